/* SPDX-License-Identifier: Apache-2.0
 *
 * What every transport must do: `check-transport NAME [KEY=VALUE…]`, against a peer on 127.0.0.1 or, for a transport
 * that needs no address, the one of CHECK_ENDPOINT (a peer that sends back what it gets).
 */
#include "check.h"
#include <string.h>

typedef struct
{
  RmqTransport *transport;
  GMainContext *context;
  GSocketService *service; /* sends back what it gets; NULL with CHECK_ENDPOINT */
  RmqEndpoint *endpoint;
  GSocketAddress *address;
} Fix;

static gboolean
on_incoming (GThreadedSocketService *service, GSocketConnection *connection, GObject *source, void *data)
{
  GInputStream *in = g_io_stream_get_input_stream (G_IO_STREAM (connection));
  GOutputStream *out = g_io_stream_get_output_stream (G_IO_STREAM (connection));
  g_autofree uint8_t *buffer = g_malloc (65536);
  gssize n;

  while ((n = g_input_stream_read (in, buffer, 65536, NULL, NULL)) > 0)
    if (!g_output_stream_write_all (out, buffer, n, NULL, NULL, NULL) || buffer[n - 1] == 'Q')
      break;
  return TRUE;
}

/* A context of its own, as the I/O context is one: the peer accepts there, too, and sends back in threads of its own.
 */
static Fix *
fix_new (void)
{
  Fix *fix = g_new0 (Fix, 1);
  const char *given = g_getenv ("CHECK_ENDPOINT");
  uint16_t port = 0;

  fix->context = g_main_context_new ();
  g_main_context_push_thread_default (fix->context);
  fix->transport = check_create ();
  if (given != NULL)
    {
      fix->endpoint = rmq_endpoint_new_from_string (given, check_get_name (), NULL);
      g_assert_nonnull (fix->endpoint);
      return fix;
    }

  fix->service = g_threaded_socket_service_new (64);
  port = g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER (fix->service), NULL, NULL);
  g_assert_cmpuint (port, !=, 0);
  g_signal_connect (fix->service, "run", G_CALLBACK (on_incoming), NULL);
  fix->endpoint = rmq_endpoint_new (check_get_name (), "127.0.0.1", port, NULL);
  if (rmq_transport_needs_address (fix->transport, fix->endpoint))
    fix->address = g_inet_socket_address_new_from_string ("127.0.0.1", port);
  return fix;
}

static void
fix_free (Fix *fix)
{
  if (fix->service != NULL)
    {
      g_socket_service_stop (fix->service);
      g_socket_listener_close (G_SOCKET_LISTENER (fix->service));
    }
  rmq_test_drain (fix->context);
  g_clear_object (&fix->service);
  g_clear_object (&fix->address);
  rmq_endpoint_unref (fix->endpoint);
  g_assert_finalize_object (fix->transport);
  g_main_context_pop_thread_default (fix->context);
  g_main_context_unref (fix->context);
  g_free (fix);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fix, fix_free)

static GIOStream *
connect_now (Fix *fix, GCancellable *cancellable, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  rmq_transport_connect_async (fix->transport, fix->endpoint, fix->address, cancellable, rmq_test_keep_result, &result);
  g_assert_null (result); /* never inside the call */
  rmq_test_await_result (fix->context, &result);
  return rmq_transport_connect_finish (fix->transport, result, error);
}

static GIOStream *
connect_well (Fix *fix)
{
  g_autoptr (GError) error = NULL;
  GIOStream *stream = connect_now (fix, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (G_IS_IO_STREAM (stream));
  return stream;
}

static gboolean
on_ready (GObject *stream, void *data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_REMOVE;
}

/* Until one of the two is ready; out may be NULL. */
static void
wait_ready (Fix *fix, GPollableInputStream *in, GPollableOutputStream *out)
{
  GSource *sources[] = { g_pollable_input_stream_create_source (in, NULL),
                         out != NULL ? g_pollable_output_stream_create_source (out, NULL) : NULL };
  gboolean ready = FALSE;

  for (size_t i = 0; i < G_N_ELEMENTS (sources); i++)
    if (sources[i] != NULL)
      {
        g_source_set_callback (sources[i], G_SOURCE_FUNC (on_ready), &ready, NULL);
        g_source_attach (sources[i], fix->context);
      }
  rmq_test_assert_until (fix->context, rmq_test_int_is_set, &ready);
  for (size_t i = 0; i < G_N_ELEMENTS (sources); i++)
    if (sources[i] != NULL)
      {
        g_source_destroy (sources[i]);
        g_source_unref (sources[i]);
      }
}

/* How many bytes went; 0 when it would block. */
static size_t
moved (gssize n, GError **error)
{
  if (*error != NULL)
    g_assert_error (*error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  else
    g_assert_cmpint (n, >, 0);
  g_clear_error (error);
  return MAX (n, 0);
}

/* Sends and receives as the library does, by the pollable calls only; the other side may be slow. */
static void
echo (Fix *fix, GIOStream *stream, size_t length)
{
  GPollableInputStream *in = G_POLLABLE_INPUT_STREAM (g_io_stream_get_input_stream (stream));
  GPollableOutputStream *out = G_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (stream));
  g_autofree uint8_t *sent = g_malloc (length);
  g_autofree uint8_t *got = g_malloc (length);
  size_t n_sent = 0;
  size_t n_got = 0;

  for (size_t i = 0; i < length; i++)
    sent[i] = i % 61;
  while (n_got < length)
    {
      size_t before = n_sent + n_got;
      GError *error = NULL;
      gssize n;

      if (n_sent < length)
        {
          n = g_pollable_output_stream_write_nonblocking (out, sent + n_sent, length - n_sent, NULL, &error);
          n_sent += moved (n, &error);
        }
      n = g_pollable_input_stream_read_nonblocking (in, got + n_got, length - n_got, NULL, &error);
      n_got += moved (n, &error);
      if (n_sent + n_got == before)
        wait_ready (fix, in, n_sent < length ? out : NULL);
    }
  g_assert_cmpmem (sent, length, got, length);
}

static void
test_answers_alike (void)
{
  g_autoptr (Fix) fix = fix_new ();
  gboolean needs = rmq_transport_needs_address (fix->transport, fix->endpoint);

  for (int i = 0; i < 3; i++)
    g_assert_cmpint (rmq_transport_needs_address (fix->transport, fix->endpoint), ==, needs);
}

static void
test_pollable (void)
{
  g_autoptr (Fix) fix = fix_new ();
  g_autoptr (GIOStream) stream = connect_well (fix);
  GInputStream *in = g_io_stream_get_input_stream (stream);
  GOutputStream *out = g_io_stream_get_output_stream (stream);
  g_autoptr (GError) error = NULL;
  char byte;

  g_assert_true (G_IS_POLLABLE_INPUT_STREAM (in) && g_pollable_input_stream_can_poll (G_POLLABLE_INPUT_STREAM (in)));
  g_assert_true (G_IS_POLLABLE_OUTPUT_STREAM (out)
                 && g_pollable_output_stream_can_poll (G_POLLABLE_OUTPUT_STREAM (out)));
  g_assert_cmpint (g_pollable_input_stream_read_nonblocking (G_POLLABLE_INPUT_STREAM (in), &byte, 1, NULL, &error), ==,
                   -1);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
}

static void
test_bytes (void)
{
  g_autoptr (Fix) fix = fix_new ();
  g_autoptr (GIOStream) stream = connect_well (fix);

  echo (fix, stream, 1);
  echo (fix, stream, 1000);
  echo (fix, stream, 3 * 1024 * 1024);
}

static void
test_end (void)
{
  g_autoptr (Fix) fix = fix_new ();
  g_autoptr (GIOStream) stream = NULL;
  GPollableInputStream *in;
  char bytes[4];

  if (fix->service == NULL)
    {
      g_test_skip ("the peer is not ours");
      return;
    }
  stream = connect_well (fix);
  in = G_POLLABLE_INPUT_STREAM (g_io_stream_get_input_stream (stream));
  g_assert_true (g_output_stream_write_all (g_io_stream_get_output_stream (stream), "Q", 1, NULL, NULL, NULL));
  while (g_pollable_input_stream_read_nonblocking (in, bytes, sizeof bytes, NULL, NULL) != 0)
    wait_ready (fix, in, NULL);
}

static void
test_refused (void)
{
  g_autoptr (Fix) fix = fix_new ();
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GError) error = NULL;

  if (fix->address == NULL)
    {
      g_test_skip ("no port to be refused at");
      return;
    }
  /* Bound, so that nobody else gets the port, but not listening. */
  socket = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
  g_assert_true (g_socket_bind (socket, any, FALSE, NULL));
  g_clear_object (&fix->address);
  fix->address = g_socket_get_local_address (socket, NULL);
  g_assert_null (connect_now (fix, NULL, &error));
  g_assert_nonnull (error);
}

static void
test_cancelled_before (void)
{
  g_autoptr (Fix) fix = fix_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  g_assert_null (connect_now (fix, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* A listener whose queue is full does not answer: the connect hangs until it is cancelled. */
static void
test_cancelled_within (void)
{
  g_autoptr (Fix) fix = fix_new ();
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GPtrArray) fillers = g_ptr_array_new_with_free_func (g_object_unref);
  GAsyncResult *results[4] = { NULL };
  unsigned n_cancelled = 0;

  if (fix->address == NULL)
    {
      g_test_skip ("no address to hang at");
      return;
    }
  socket = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
  g_socket_set_listen_backlog (socket, 0);
  g_assert_true (g_socket_bind (socket, any, FALSE, NULL));
  g_assert_true (g_socket_listen (socket, NULL));
  g_clear_object (&fix->address);
  fix->address = g_socket_get_local_address (socket, NULL);

  for (size_t i = 0; i < G_N_ELEMENTS (results); i++)
    rmq_transport_connect_async (fix->transport, fix->endpoint, fix->address, cancellable, rmq_test_keep_result,
                                 &results[i]);
  rmq_test_drain (fix->context);
  g_cancellable_cancel (cancellable);
  for (size_t i = 0; i < G_N_ELEMENTS (results); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GIOStream) stream = NULL;

      rmq_test_await_result (fix->context, &results[i]);
      stream = rmq_transport_connect_finish (fix->transport, results[i], &error);
      g_object_unref (results[i]);
      g_assert_true ((stream == NULL) == (error != NULL));
      n_cancelled += g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    }
  g_assert_cmpuint (n_cancelled, >=, 1);
}

static void
test_many (void)
{
  g_autoptr (Fix) fix = fix_new ();
  GAsyncResult *results[50] = { NULL };

  for (size_t i = 0; i < G_N_ELEMENTS (results); i++)
    rmq_transport_connect_async (fix->transport, fix->endpoint, fix->address, NULL, rmq_test_keep_result, &results[i]);
  for (size_t i = 0; i < G_N_ELEMENTS (results); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GIOStream) stream = NULL;

      rmq_test_await_result (fix->context, &results[i]);
      stream = rmq_transport_connect_finish (fix->transport, results[i], &error);
      g_assert_no_error (error);
      g_object_unref (results[i]);
      g_assert_true (g_io_stream_close (stream, NULL, NULL));
    }
  g_assert_cmpuint (rmq_test_count_sources (fix->context), <=, 2); /* the service's */
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  check_setup ("transport", argc, argv, NULL);
  check_add ("answers-alike", test_answers_alike);
  check_add ("pollable", test_pollable);
  check_add ("bytes", test_bytes);
  check_add ("end", test_end);
  check_add ("refused", test_refused);
  check_add ("cancelled/before", test_cancelled_before);
  check_add ("cancelled/within", test_cancelled_within);
  check_add ("many", test_many);
  result = g_test_run ();
  check_teardown ();
  return result;
}
