/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests of a consumer by POP.
 */
#include "pop-client.h"

#include "wire/rmq-pop-handle-private.h"

#define OR(text, otherwise) ((text) != NULL ? (text) : (otherwise))
#define IF(text, name) ((text) != NULL ? (name) : "-") /* a field that nobody knows */

BrokerReply *
pop_ask (BrokerClient *client, const PopArgs *args)
{
  return broker_call (client, RMQ_REQUEST_POP_MESSAGE, RMQ_SLICE_NULL, "topic", OR (args->topic, POP_TOPIC),
                      "consumerGroup", OR (args->group, POP_GROUP), "queueId", OR (args->queue_id, "-1"), "maxMsgNums",
                      OR (args->max, "32"), "invisibleTime", OR (args->invisible, "60000"), "pollTime",
                      OR (args->poll, "0"), "bornTime", OR (args->born, "0"), "initMode", OR (args->init_mode, "0"),
                      "order", OR (args->order, "false"), IF (args->attempt_id, "attemptId"), OR (args->attempt_id, ""),
                      IF (args->type, "expType"), OR (args->type, ""), IF (args->expression, "exp"),
                      OR (args->expression, ""), NULL);
}

GPtrArray *
pop_read (const BrokerReply *reply, const PopArgs *args)
{
  RmqPopContext context = { .group = OR (args->group, POP_GROUP), .order = args->order != NULL };
  g_auto (RmqPopResult) result = { 0 };
  g_autoptr (GError) error = NULL;

  context.decode.topic = g_ref_string_new (OR (args->topic, POP_TOPIC));
  context.decode.broker_name = g_ref_string_new ("broker-a");
  _rmq_pop_result_parse (&result, &reply->frame, reply->bytes, &context, &error);
  g_assert_no_error (error);
  g_ref_string_release (context.decode.topic);
  g_ref_string_release (context.decode.broker_name);
  return result.messages != NULL ? g_ptr_array_ref (result.messages)
                                 : g_ptr_array_new_with_free_func ((GDestroyNotify) rmq_message_unref);
}

GPtrArray *
pop (BrokerClient *client, const PopArgs *args)
{
  g_autoptr (BrokerReply) reply = pop_ask (client, args);

  g_assert_nonnull (reply);
  if (reply->frame.code != RMQ_RESPONSE_POLLING_TIMEOUT)
    broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
  return pop_read (reply, args);
}

void
pop_assert (const GPtrArray *messages, const char *bodies)
{
  g_autoptr (GString) found = g_string_new (NULL);

  for (unsigned i = 0; i < messages->len; i++)
    {
      GBytes *body = rmq_message_get_body (messages->pdata[i]);

      g_string_append_printf (found, "%s%.*s", i > 0 ? " " : "", (int) g_bytes_get_size (body),
                              (const char *) g_bytes_get_data (body, NULL));
    }
  g_assert_cmpstr (found->str, ==, bodies);
}

void
pop_expect (BrokerClient *client, const PopArgs *args, const char *bodies)
{
  g_autoptr (GPtrArray) messages = pop (client, args);

  pop_assert (messages, bodies);
}

static void
parse_handle (RmqMessage *message, const char *group, RmqPopHandle *handle, char **topic)
{
  const char *text = rmq_message_get_property (message, RMQ_PROPERTY_POP_CK);
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (text);
  g_assert_true (_rmq_pop_handle_parse (handle, rmq_slice_from_string (text), &error));
  *topic = _rmq_pop_handle_real_topic (handle, rmq_message_get_topic (message), group);
}

int
pop_ack (BrokerClient *client, const char *group, RmqMessage *message)
{
  RmqPopHandle handle;
  g_autofree char *topic = NULL;
  g_autofree char *queue = NULL;
  g_autofree char *offset = NULL;
  g_autoptr (BrokerReply) reply = NULL;

  parse_handle (message, group, &handle, &topic);
  queue = g_strdup_printf ("%d", handle.queue_id);
  offset = g_strdup_printf ("%" G_GINT64_FORMAT, handle.offset);
  reply =
      broker_call (client, RMQ_REQUEST_ACK_MESSAGE, RMQ_SLICE_NULL, "consumerGroup", group, "topic", topic, "queueId",
                   queue, "offset", offset, "extraInfo", rmq_message_get_property (message, RMQ_PROPERTY_POP_CK), NULL);
  g_assert_nonnull (reply);
  return reply->frame.code;
}

int
pop_ack_with (BrokerClient *client, const char *topic, const char *queue_id, const char *offset, const char *handle)
{
  g_autoptr (BrokerReply) reply =
      broker_call (client, RMQ_REQUEST_ACK_MESSAGE, RMQ_SLICE_NULL, "consumerGroup", POP_GROUP, "topic", topic,
                   "queueId", queue_id, "offset", offset, "extraInfo", handle, NULL);

  g_assert_nonnull (reply);
  return reply->frame.code;
}

BrokerReply *
pop_change (BrokerClient *client, const char *group, RmqMessage *message, int64_t ms, const char *suspend)
{
  RmqPopHandle handle;
  g_autofree char *topic = NULL;
  g_autofree char *queue = NULL;
  g_autofree char *offset = NULL;
  g_autofree char *invisible = g_strdup_printf ("%" G_GINT64_FORMAT, ms);

  parse_handle (message, group, &handle, &topic);
  queue = g_strdup_printf ("%d", handle.queue_id);
  offset = g_strdup_printf ("%" G_GINT64_FORMAT, handle.offset);
  return broker_call (client, RMQ_REQUEST_CHANGE_MESSAGE_INVISIBLETIME, RMQ_SLICE_NULL, "consumerGroup", group, "topic",
                      topic, "queueId", queue, "offset", offset, "extraInfo",
                      rmq_message_get_property (message, RMQ_PROPERTY_POP_CK), "invisibleTime", invisible,
                      IF (suspend, "suspend"), OR (suspend, ""), NULL);
}

char *
pop_changed_handle (const BrokerReply *reply, RmqMessage *message)
{
  RmqPopHandle handle;
  g_autofree char *topic = NULL;

  parse_handle (message, POP_GROUP, &handle, &topic);
  handle.start_offset = handle.offset;
  handle.pop_time = broker_reply_get (reply, "popTime");
  handle.invisible_time = broker_reply_get (reply, "invisibleTime");
  handle.revive_queue_id = (int32_t) broker_reply_get (reply, "reviveQid");
  return _rmq_pop_handle_format (&handle, 8);
}

void
pop_send (BrokerClient *client, const char *topic, int queue_id, const char *bodies)
{
  g_auto (GStrv) all = g_strsplit (bodies, " ", -1);

  for (char **body = all; *body != NULL; body++)
    {
      g_autoptr (BrokerReply) reply = broker_send (client, topic, queue_id, *body, "TAGS=T;KEYS=k;colour=red");

      broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
    }
}
