/* SPDX-License-Identifier: Apache-2.0
 *
 * produce: JSON lines in, one result line each. flood: numbers as bodies, by the rate path, one line a receipt.
 */
#include "interop-peer.h"

#include "base/rmq-json-private.h"

#include <glib-unix.h>
#include <string.h>

/* --- produce --------------------------------------------------------------------------------------------------------
 */

static char *
dup_member (const RmqJsonNode *object, const char *name)
{
  RmqSlice text;

  if (!_rmq_json_get_string (_rmq_json_find (object, name), &text))
    return NULL;
  return g_strndup (text.data, text.len);
}

static bool
set_properties (RmqMessage *message, const RmqJsonNode *properties, GError **error)
{
  if (properties == NULL || properties->type != RMQ_JSON_OBJECT)
    return true;
  for (const RmqJsonNode *node = properties->first; node != NULL; node = node->next)
    {
      g_autofree char *name = g_strndup (node->key->string.data, node->key->string.len);
      g_autofree char *value = g_strndup (node->string.data, node->string.len);

      if (!rmq_message_set_property (message, name, value, error))
        return false;
    }
  return true;
}

static RmqMessage *
read_message (const PeerOptions *options, const RmqJsonNode *object, GError **error)
{
  g_autofree char *base64 = dup_member (object, "body_base64");
  g_autofree char *tag = dup_member (object, "tag");
  g_autofree char *keys = dup_member (object, "keys");
  g_autoptr (GBytes) body = NULL;
  g_autoptr (RmqMessage) message = NULL;
  size_t size = 0;
  int32_t flag = 0;

  if (base64 != NULL && *base64 != '\0')
    {
      unsigned char *data = g_base64_decode (base64, &size);

      body = g_bytes_new_take (data, size);
    }
  else
    {
      body = g_bytes_new (NULL, 0);
    }
  message = rmq_message_new (options->topic, body);
  if (tag != NULL && !rmq_message_set_tag (message, tag, error))
    return NULL;
  if (keys != NULL)
    {
      g_auto (GStrv) list = g_strsplit (keys, " ", -1);

      if (!rmq_message_set_keys (message, (const char *const *) list, error))
        return NULL;
    }
  if (_rmq_json_get_int32 (_rmq_json_find (object, "flag"), &flag) && !rmq_message_set_flag (message, flag, error))
    return NULL;
  if (!set_properties (message, _rmq_json_find (object, "properties"), error))
    return NULL;
  return g_steal_pointer (&message);
}

static RmqSendReceipt *
send_to (RmqProducer *producer, RmqMessage *message, int queue_id, GError **error)
{
  g_autoptr (GPtrArray) queues = NULL;

  if (queue_id < 0)
    return rmq_producer_send (producer, message, NULL, error);
  queues = rmq_producer_dup_queues (producer, rmq_message_get_topic (message), NULL, error);
  if (queues == NULL)
    return NULL;
  for (unsigned i = 0; i < queues->len; i++)
    if (rmq_message_queue_get_queue_id (queues->pdata[i]) == queue_id)
      return rmq_producer_send_to_queue (producer, message, queues->pdata[i], NULL, error);
  g_set_error (error, RMQ_ERROR, RMQ_ERROR_NOT_FOUND, "no queue %d", queue_id);
  return NULL;
}

static void
print_receipt (RmqSendReceipt *receipt)
{
  g_autoptr (GString) line = g_string_new ("{\"msgId\":");

  peer_append_json (line, rmq_send_receipt_get_message_id (receipt));
  g_string_append (line, ",\"offsetMsgId\":");
  peer_append_json (line, rmq_send_receipt_get_offset_id (receipt));
  g_string_append_printf (line, ",\"queueId\":%d,\"queueOffset\":%" G_GINT64_FORMAT ",\"status\":\"SEND_OK\"}\n",
                          rmq_send_receipt_get_queue_id (receipt), rmq_send_receipt_get_queue_offset (receipt));
  peer_write (line->str, line->len);
}

static bool
send_line (const PeerOptions *options, RmqProducer *producer, const char *text, size_t length, GError **error)
{
  g_autoptr (RmqJsonDocument) document = _rmq_json_parse (text, length, error);
  const RmqJsonNode *object = document != NULL ? _rmq_json_document_get_root (document) : NULL;
  g_autoptr (RmqMessage) message = object != NULL ? read_message (options, object, error) : NULL;
  g_autoptr (RmqSendReceipt) receipt = NULL;
  g_autofree char *compress = NULL;
  int32_t queue_id = -1;
  bool oneway = false;

  if (message == NULL)
    return false;
  compress = dup_member (object, "compress");
  if (compress != NULL)
    g_object_set (producer, "compression", compress, NULL);
  _rmq_json_get_int32 (_rmq_json_find (object, "queueId"), &queue_id);
  _rmq_json_get_boolean (_rmq_json_find (object, "oneway"), &oneway);
  if (oneway)
    {
      if (!rmq_producer_send_oneway (producer, message, error))
        return false;
      peer_printf ("{\"status\":\"ONEWAY\"}\n");
      return true;
    }
  receipt = send_to (producer, message, queue_id, error);
  if (receipt == NULL)
    return false;
  print_receipt (receipt);
  return true;
}

int
peer_produce (const PeerOptions *options)
{
  g_autoptr (RmqClientInstance) client = peer_make_client (options);
  g_autoptr (RmqProducer) producer = rmq_producer_new (client, "interop-producer");
  g_autoptr (GIOChannel) input = g_io_channel_unix_new (0);
  g_autoptr (GError) error = NULL;
  char *line;
  size_t length;
  int status = 0;

  g_object_set (producer, "send-timeout", 15000u, NULL);
  while (g_io_channel_read_line (input, &line, &length, NULL, &error) == G_IO_STATUS_NORMAL)
    {
      g_autofree char *text = line;
      g_autoptr (GError) send_error = NULL;

      if (!send_line (options, producer, text, length, &send_error))
        {
          g_autoptr (GString) out = g_string_new ("{\"error\":");

          peer_append_json (out, send_error->message);
          g_string_append (out, "}\n");
          peer_write (out->str, out->len);
          status = 1;
        }
    }
  if (error != NULL || !rmq_producer_close (producer, NULL, &error)
      || !rmq_client_instance_close (client, NULL, &error))
    {
      g_printerr ("%s\n", error->message);
      return 1;
    }
  return status;
}

/* --- flood ----------------------------------------------------------------------------------------------------------
 */

typedef struct
{
  const PeerOptions *options;
  RmqProducer *producer;
  GMainLoop *loop;
  int next;
  int n_receipts;
  bool stopped; /* stdin has ended: no more */
  int64_t start_us;
} Flood;

static void
quit_when_done (Flood *self)
{
  if (self->n_receipts == self->next && (self->stopped || self->next == self->options->count))
    g_main_loop_quit (self->loop);
}

static gboolean
on_input_end (int fd, GIOCondition condition, void *data)
{
  Flood *self = data;

  self->stopped = true;
  quit_when_done (self);
  return G_SOURCE_REMOVE;
}

static void
on_receipts (RmqProducer *producer, GPtrArray *receipts, Flood *self)
{
  g_autoptr (GString) out = g_string_new (NULL);

  for (unsigned i = 0; i < receipts->len; i++)
    {
      RmqSendReceipt *receipt = receipts->pdata[i];
      g_autofree char *number = rmq_message_dup_text (rmq_send_receipt_get_message (receipt));
      const GError *error = rmq_send_receipt_get_error (receipt);
      const RmqErrorDetails *details = rmq_send_receipt_get_details (receipt);

      if (error == NULL)
        g_string_append_printf (out, "s %s\n", number);
      else
        g_string_append_printf (out, "f %s %d %u %s\n", number, rmq_send_receipt_get_outcome (receipt),
                                details != NULL ? rmq_error_details_get_n_attempts (details) : 0, error->message);
    }
  peer_write (out->str, out->len);
  self->n_receipts += (int) receipts->len;
  quit_when_done (self);
}

/* As many as are due by now. */
static gboolean
send_due (Flood *self)
{
  int64_t elapsed_us = g_get_monotonic_time () - self->start_us;
  int64_t due = self->options->rate > 0 ? elapsed_us * self->options->rate / G_USEC_PER_SEC : G_MAXINT;

  while (!self->stopped && self->next < self->options->count && self->next < due)
    {
      g_autofree char *number = g_strdup_printf ("%d", self->options->first + self->next);
      g_autoptr (RmqMessage) message = rmq_message_new_text (self->options->topic, number);
      g_autoptr (GError) error = NULL;

      if (!rmq_producer_enqueue (self->producer, message, &error))
        {
          if (g_error_matches (error, RMQ_ERROR, RMQ_ERROR_QUEUE_FULL))
            return G_SOURCE_CONTINUE;
          g_error ("enqueue: %s", error->message);
        }
      self->next++;
    }
  return !self->stopped && self->next < self->options->count ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

int
peer_flood (const PeerOptions *options)
{
  g_autoptr (RmqClientInstance) client = peer_make_client (options);
  g_autoptr (RmqProducer) producer = rmq_producer_new (client, "faults-producer");
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GError) error = NULL;
  Flood flood = { .options = options, .producer = producer, .loop = loop };

  g_signal_connect (producer, "receipts", G_CALLBACK (on_receipts), &flood);
  flood.start_us = g_get_monotonic_time ();
  g_timeout_add (10, (GSourceFunc) send_due, &flood);
  g_unix_fd_add (0, G_IO_IN | G_IO_HUP, on_input_end, &flood);
  g_main_loop_run (loop);
  peer_printf ("n %d\n", flood.next);
  if (!rmq_client_instance_close (client, NULL, &error))
    g_printerr ("close: %s\n", error->message);
  return 0;
}
