/* SPDX-License-Identifier: Apache-2.0
 *
 * The embedded broker under any sequence of requests: it neither crashes nor hangs, answers what it is asked, and
 * leaves nothing behind when it stops. A line is a step:
 *
 *   CODE TAB name=value TAB … TAB :BODY    a request; one-way when the code is negative
 *   +MS    time passes        !    the broker stops and starts        x    another connection takes over
 */
#include "../broker/broker-fixture.h"
#include "rmq-fuzz.h"

#define MAX_STEPS 64
#define MAX_STEP_MS (INT64_C (86400000) * 30)
#define MAX_FRAME (1 << 20)

/* Bytes that end a part or a line, and those of properties, stand in it as in C. */
static char *
make_text (const char *part)
{
  g_autofree char *escaped = g_strdup (part);
  size_t len = strlen (escaped);
  g_autofree char *plain = NULL;

  while (len > 0 && escaped[len - 1] == '\\')
    escaped[--len] = '\0';
  plain = g_strcompress (escaped);

  return g_utf8_make_valid (plain, -1);
}

static void
add_field (RmqFrameWriter *writer, const char *part)
{
  const char *value = strchr (part, '=');
  g_autofree char *name = NULL;
  g_autofree char *text = NULL;

  if (value == NULL || value == part)
    return;
  name = g_strndup (part, (size_t) (value - part));
  text = make_text (value + 1);
  _rmq_frame_add_ext (writer, rmq_slice_from_string (name), rmq_slice_from_string (text));
}

static bool
send_request (BrokerClient *client, char **parts, int32_t opaque)
{
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (MAX_FRAME);
  int64_t code = g_ascii_strtoll (parts[0], NULL, 10);
  RmqFrameHead head = { .code = (int32_t) (ABS (code) % 1000000),
                        .opaque = opaque,
                        .flag = code < 0 ? RMQ_FRAME_FLAG_ONEWAY : 0,
                        .version = 513,
                        .language = RMQ_LANGUAGE_JAVA };
  g_autofree char *body = NULL;
  RmqFrameWriter writer;

  _rmq_frame_begin (&writer, &out, &head);
  for (char **part = parts + 1; *part != NULL; part++)
    if (**part == ':' && body == NULL)
      body = make_text (*part + 1);
    else
      add_field (&writer, *part);
  if (!_rmq_frame_end (&writer, body != NULL ? strlen (body) : 0, NULL))
    return true;
  if (body != NULL)
    rmq_byte_writer_string (&out, body);
  return out.failed || broker_write (client, out.data, out.len);
}

static void
take_replies (BrokerClient *client, int32_t last_opaque)
{
  BrokerReply *reply;

  while ((reply = broker_take (client)) != NULL)
    {
      if (rmq_frame_is_response (&reply->frame))
        RMQ_FUZZ_CHECK (reply->frame.opaque > 0 && reply->frame.opaque <= last_opaque);
      broker_reply_free (reply);
    }
}

static void
run_step (BrokerFixture *broker, BrokerClient **client, const char *line, int32_t opaque)
{
  g_auto (GStrv) parts = NULL;

  if (*line == '+')
    broker_advance (broker, CLAMP (g_ascii_strtoll (line + 1, NULL, 10), 0, MAX_STEP_MS));
  else if (*line == '!' || *line == 'x')
    {
      g_clear_pointer (client, broker_client_free);
      if (*line == '!')
        {
          broker_stop (broker);
          broker_start (broker);
        }
      *client = broker_client_new (broker);
    }
  else if (*line != '\0')
    {
      parts = g_strsplit (line, "\t", -1);
      if (!send_request (*client, parts, opaque))
        {
          broker_client_free (*client);
          *client = broker_client_new (broker);
        }
    }
  take_replies (*client, opaque);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  BrokerFixture broker = { 0 };
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_auto (GStrv) lines = g_strsplit (text, "\n", MAX_STEPS);
  BrokerClient *client;

  broker_setup (&broker, "maxStoreBytes=4194304");
  broker_add_topic (&broker, "orders", 2);
  client = broker_client_new (&broker);
  for (int32_t i = 0; lines[i] != NULL; i++)
    run_step (&broker, &client, lines[i], i + 1);
  broker_client_free (client);
  broker_teardown (&broker, NULL);
  return 0;
}
