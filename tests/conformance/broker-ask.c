/* SPDX-License-Identifier: Apache-2.0
 *
 * One request to a server over a connection of its own, blocking.
 */
#include "broker-ask.h"

#include <gio/gio.h>
#include "base/rmq-byte-writer-private.h"
#include "wire/rmq-remoting-command-private.h"

#define ANSWER_TIMEOUT_S 15
#define ANSWER_LIMIT 1048576

static GBytes *
make_frame (int code, const char *const *ext, GBytes *body)
{
  g_autoptr (RmqRemotingCommand) request = rmq_remoting_command_new (code, body);
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (ANSWER_LIMIT);
  g_autoptr (GError) error = NULL;
  size_t size = 0;
  const void *data = body != NULL ? g_bytes_get_data (body, &size) : NULL;

  for (; ext != NULL && ext[0] != NULL; ext += 2)
    if (!rmq_remoting_command_set_ext_field (request, ext[0], ext[1], &error))
      g_error ("%s: %s", ext[0], error->message);
  if (!_rmq_remoting_command_write (request, &out, size, &error))
    g_error ("request %d: %s", code, error->message);
  rmq_byte_writer_bytes (&out, data, size);
  return _rmq_byte_writer_steal (&out);
}

static GBytes *
read_frame (GInputStream *input, int code)
{
  g_autoptr (GError) error = NULL;
  uint32_t word;
  size_t n;
  size_t length;
  unsigned char *frame;

  if (!g_input_stream_read_all (input, &word, sizeof word, &n, NULL, &error) || n != sizeof word)
    g_error ("no answer to %d: %s", code, error != NULL ? error->message : "closed");
  length = GUINT32_FROM_BE (word);
  g_assert_cmpuint (length, <, ANSWER_LIMIT);
  frame = g_malloc (length + sizeof word);
  memcpy (frame, &word, sizeof word);
  if (!g_input_stream_read_all (input, frame + sizeof word, length, &n, NULL, &error) || n != length)
    g_error ("half an answer to %d: %s", code, error != NULL ? error->message : "closed");
  return g_bytes_new_take (frame, length + sizeof word);
}

RmqRemotingCommand *
broker_ask (const char *address, int code, const char *const *ext, GBytes *body)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnection) connection = NULL;
  g_autoptr (GBytes) request = make_frame (code, ext, body);
  g_autoptr (GBytes) answer = NULL;
  g_autoptr (RmqFrameDecoder) decoder = _rmq_frame_decoder_new ();
  g_autoptr (GError) error = NULL;
  RmqFrame frame;
  size_t size;
  const void *data = g_bytes_get_data (request, &size);

  g_socket_client_set_timeout (client, ANSWER_TIMEOUT_S);
  connection = g_socket_client_connect_to_host (client, address, 10911, NULL, &error);
  if (connection == NULL
      || !g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), data, size, NULL, NULL,
                                     &error))
    g_error ("%s: %s", address, error->message);
  answer = read_frame (g_io_stream_get_input_stream (G_IO_STREAM (connection)), code);
  data = g_bytes_get_data (answer, &size);
  if (!_rmq_frame_decode (decoder, data, size, &frame, &error))
    g_error ("answer to %d: %s", code, error->message);
  return _rmq_remoting_command_new_from_frame (&frame, NULL);
}
