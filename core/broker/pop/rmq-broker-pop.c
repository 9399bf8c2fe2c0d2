/* SPDX-License-Identifier: Apache-2.0
 *
 * The POP module, the checks of its requests, and POP_MESSAGE. (RocketMQ: PopMessageProcessor.)
 */
#include "rmq-broker-pop-private.h"

#include "base/rmq-error-private.h"
#include "broker/rmq-broker-modules-private.h"
#include "wire/rmq-header-pop-private.h"
#include "wire/rmq-names-private.h"

/* Requests that are late by more than this are not worth an answer. */
#define LATE_MS 500

/* --- checks ---------------------------------------------------------------------------------------------------- */

void
_rmq_broker_pop_refuse (RmqBrokerPop *pop,
                        const RmqBrokerTicket *ticket,
                        const RmqHeaderTable *table,
                        const void *header,
                        int code,
                        const char *format,
                        ...)
{
  g_autofree char *remark = NULL;
  RmqBrokerAnswer answer = { .code = code, .table = table, .header = header };
  va_list arguments;

  va_start (arguments, format);
  remark = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  answer.remark = remark;
  _rmq_broker_answer (pop->core, ticket, &answer);
}

static bool
check_topic (RmqBrokerPop *pop,
             const RmqBrokerTicket *ticket,
             const RmqHeaderTable *table,
             const void *header,
             RmqSlice name,
             int32_t queue_id,
             RmqPopRequest *request)
{
  RmqBrokerTopic *topic = _rmq_broker_topics_find (pop->core->topics, name);

  if (topic == NULL)
    _rmq_broker_pop_refuse (pop, ticket, table, header, RMQ_RESPONSE_TOPIC_NOT_EXIST,
                            "topic[%.*s] not exist, apply first please!", (int) name.len, name.data);
  else if (!rmq_broker_topic_is_readable (topic))
    _rmq_broker_pop_refuse (pop, ticket, table, header, RMQ_RESPONSE_NO_PERMISSION,
                            "the topic[%s] peeking message is forbidden", topic->name);
  else if (queue_id >= topic->read_queues)
    _rmq_broker_pop_refuse (pop, ticket, table, header, RMQ_RESPONSE_INVALID_PARAMETER,
                            "queueId[%d] is illegal, topic:[%s] topicConfig.readQueueNums:[%d] consumer:[%s]", queue_id,
                            topic->name, topic->read_queues, _rmq_server_connection_get_peer (ticket->connection));
  else
    {
      request->topic = topic;
      request->queue_id = MAX (queue_id, -1);
      return true;
    }
  return false;
}

static bool
check_group (RmqBrokerPop *pop,
             const RmqBrokerTicket *ticket,
             const RmqHeaderTable *table,
             const void *header,
             RmqSlice group,
             RmqPopRequest *request)
{
  RmqGroupConfigBody *config = _rmq_broker_subscribers_find_or_create (pop->core->subscribers, group);

  if (config == NULL)
    _rmq_broker_pop_refuse (pop, ticket, table, header, RMQ_RESPONSE_SUBSCRIPTION_GROUP_NOT_EXIST,
                            "subscription group [%.*s] does not exist", (int) group.len, group.data);
  else if (!config->consume_enable)
    _rmq_broker_pop_refuse (pop, ticket, table, header, RMQ_RESPONSE_NO_PERMISSION,
                            "subscription group no permission, %s", config->name);
  else
    {
      request->group = group;
      return true;
    }
  return false;
}

bool
_rmq_broker_pop_check (RmqBrokerPop *pop,
                       const RmqBrokerTicket *ticket,
                       const RmqHeaderTable *table,
                       const void *header,
                       RmqSlice group,
                       RmqSlice topic,
                       int32_t queue_id,
                       RmqPopRequest *request)
{
  if ((pop->core->settings->perm & RMQ_PERM_READ) == 0)
    {
      _rmq_broker_pop_refuse (pop, ticket, table, header, RMQ_RESPONSE_NO_PERMISSION,
                              "the broker[%s] peeking message is forbidden", pop->core->address);
      return false;
    }
  return check_topic (pop, ticket, table, header, topic, queue_id, request)
         && check_group (pop, ticket, table, header, group, request);
}

bool
_rmq_broker_pop_compile (RmqBrokerPop *pop,
                         const RmqBrokerTicket *ticket,
                         const RmqHeaderTable *table,
                         const void *header,
                         RmqSlice type,
                         RmqSlice expression,
                         RmqPopRequest *request)
{
  g_autofree char *type_text = rmq_slice_dup (type);
  g_autofree char *text = rmq_slice_dup (expression);
  g_autoptr (GError) error = NULL;
  bool unsupported;

  if (text == NULL || *text == '\0')
    return true;
  unsupported = !_rmq_subscription_is_tag_type (type_text) && !pop->core->settings->property_filter;
  if (!unsupported)
    {
      request->filter =
          _rmq_broker_filter_new_for_expression (pop->core, request->topic->name, type_text, text, &error);
      if (error == NULL)
        return true;
      unsupported = g_error_matches (error, RMQ_ERROR, RMQ_ERROR_NOT_SUPPORTED);
    }
  if (unsupported)
    _rmq_broker_pop_refuse (pop, ticket, table, header, RMQ_RESPONSE_SYSTEM_ERROR,
                            "The broker does not support consumer to filter message by %s", type_text);
  else
    _rmq_broker_pop_refuse (pop, ticket, table, header, RMQ_RESPONSE_SUBSCRIPTION_PARSE_FAILED,
                            "parse the consumer's subscription failed: %s", error->message);
  return false;
}

/* --- POP_MESSAGE ----------------------------------------------------------------------------------------------- */

static RmqSlice
written (const RmqByteWriter *out)
{
  return rmq_slice (out->data != NULL ? (const char *) out->data : "", out->len);
}

static void
fill_header (const RmqPopRequest *request, const RmqPopBatch *batch, RmqPopMessageResponseHeader *header)
{
  RMQ_HEADER_SET (*header, pop_time, batch->pop_time);
  RMQ_HEADER_SET (*header, invisible_time, request->invisible_ms);
  RMQ_HEADER_SET (*header, revive_qid, request->order ? RMQ_POP_REVIVE_QUEUE_ORDERED : 0);
  RMQ_HEADER_SET (*header, rest_num, batch->rest);
  RMQ_HEADER_SET (*header, start_offset_info, written (&batch->start_info));
  RMQ_HEADER_SET (*header, msg_offset_info, written (&batch->offset_info));
  if (request->order)
    RMQ_HEADER_SET (*header, order_count_info, written (&batch->count_info));
}

static bool
try_pop (RmqBrokerPop *pop, const RmqBrokerTicket *ticket, const RmqPopRequest *request)
{
  g_auto (RmqPopBatch) batch;
  g_autoptr (GBytes) body = NULL;
  RmqPopMessageResponseHeader header = { 0 };
  RmqBrokerAnswer answer = {
    .code = RMQ_RESPONSE_SUCCESS,
    .remark = "FOUND",
    .table = RMQ_HEADER (PopMessageResponseHeader),
    .header = &header,
  };

  _rmq_pop_batch_init (&batch);
  _rmq_broker_pop_read (pop, request, &batch);
  if (batch.n == 0)
    {
      pop->unfinished = batch.unfinished;
      return false;
    }
  fill_header (request, &batch, &header);
  answer.body = body = _rmq_byte_writer_steal (&batch.body);
  _rmq_broker_answer (pop->core, ticket, &answer);
  return true;
}

/* Goes on at the end of the turn, behind what did not pass the filter. */
static bool
try_pop_again (RmqBrokerPop *pop, const RmqBrokerTicket *ticket, const RmqPopRequest *request)
{
  if (try_pop (pop, ticket, request))
    return true;
  if (pop->unfinished)
    _rmq_broker_pop_wake (pop->core, request->topic);
  return false;
}

static void
answer_nothing (RmqBrokerPop *pop, const RmqBrokerTicket *ticket, const RmqPopRequest *request, int code)
{
  g_auto (RmqPopBatch) batch;
  RmqPopMessageResponseHeader header = { 0 };
  RmqBrokerAnswer answer = {
    .code = code,
    .remark = "NO_MESSAGE_IN_QUEUE",
    .table = RMQ_HEADER (PopMessageResponseHeader),
    .header = &header,
  };

  _rmq_pop_batch_init (&batch);
  fill_header (request, &batch, &header);
  _rmq_broker_answer (pop->core, ticket, &answer);
}

static void
give_up_pop (RmqBrokerPop *pop, const RmqBrokerTicket *ticket, const RmqPopRequest *request)
{
  answer_nothing (pop, ticket, request, RMQ_RESPONSE_POLLING_TIMEOUT);
}

/* Those that come before the topic is looked for. */
static bool
check_pop (RmqBrokerPop *pop,
           const RmqBrokerTicket *ticket,
           const RmqPopMessageRequestHeader *header,
           int64_t born_ms,
           const RmqPopMessageResponseHeader *empty)
{
  const RmqHeaderTable *table = RMQ_HEADER (PopMessageResponseHeader);
  const char *address = pop->core->address;

  if (rmq_broker_now_ms (pop->core) - born_ms > MAX (header->poll_time, 0) + LATE_MS)
    _rmq_broker_pop_refuse (pop, ticket, table, empty, RMQ_RESPONSE_POLLING_TIMEOUT,
                            "the broker[%s] pop message is timeout too much", address);
  else if ((pop->core->settings->perm & RMQ_PERM_READ) == 0)
    _rmq_broker_pop_refuse (pop, ticket, table, empty, RMQ_RESPONSE_NO_PERMISSION,
                            "the broker[%s] pop message is forbidden", address);
  else if (header->max_msg_nums > RMQ_POP_MAX_MESSAGES)
    _rmq_broker_pop_refuse (pop, ticket, table, empty, RMQ_RESPONSE_INVALID_PARAMETER,
                            "the broker[%s] pop message's num is greater than %d", address, RMQ_POP_MAX_MESSAGES);
  else if (!pop->core->settings->timer)
    _rmq_broker_pop_refuse (pop, ticket, table, empty, RMQ_RESPONSE_SYSTEM_ERROR,
                            "the broker[%s] pop message is forbidden because timerWheelEnable is false", address);
  else
    return true;
  return false;
}

static void
pop_or_wait (RmqBrokerPop *pop, const RmqBrokerTicket *ticket, RmqPopRequest *request, int64_t born_ms, int64_t poll_ms)
{
  RmqPopWaitResult result;

  if (try_pop (pop, ticket, request))
    return;
  result = _rmq_broker_pop_wait (pop, ticket, request, born_ms, poll_ms, try_pop_again, give_up_pop);
  if (result == RMQ_POP_WAITS && pop->unfinished)
    _rmq_broker_pop_wake (pop->core, request->topic);
  if (result != RMQ_POP_WAITS)
    answer_nothing (pop, ticket, request,
                    result == RMQ_POP_WAIT_FULL ? RMQ_RESPONSE_POLLING_FULL : RMQ_RESPONSE_POLLING_TIMEOUT);
}

static void
handle_pop (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqBrokerPop *pop = data;
  const RmqHeaderTable *table = RMQ_HEADER (PopMessageResponseHeader);
  RmqPopMessageRequestHeader header;
  RmqPopMessageResponseHeader empty = { 0 };
  RmqPopRequest wanted = { 0 };
  int64_t born_ms;

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (PopMessageRequestHeader), &header))
    return;
  RMQ_HEADER_SET (empty, pop_time, 0);
  RMQ_HEADER_SET (empty, invisible_time, 0);
  RMQ_HEADER_SET (empty, revive_qid, 0);
  RMQ_HEADER_SET (empty, rest_num, 0);
  born_ms = header.born_time > 0 ? header.born_time : rmq_broker_now_ms (core);
  if (!check_pop (pop, &request->ticket, &header, born_ms, &empty)
      || !_rmq_broker_pop_check (pop, &request->ticket, table, &empty, header.consumer_group, header.topic,
                                 header.queue_id, &wanted)
      || !_rmq_broker_pop_compile (pop, &request->ticket, table, &empty, header.exp_type, header.exp, &wanted))
    return;
  wanted.max_messages = (unsigned) CLAMP (header.max_msg_nums, 1, RMQ_POP_MAX_MESSAGES);
  wanted.invisible_ms = MAX (header.invisible_time, 0);
  wanted.init_mode = header.init_mode;
  wanted.order = header.has.order && header.order;
  if (header.has.attempt_id)
    wanted.attempt_id = header.attempt_id;
  pop_or_wait (pop, &request->ticket, &wanted, born_ms, header.poll_time);
  g_clear_pointer (&wanted.filter, _rmq_broker_filter_unref);
}

/* --- the module ------------------------------------------------------------------------------------------------ */

static bool
pop_start (RmqBrokerCore *core, void **data, GError **error)
{
  RmqBrokerPop *pop = g_new0 (RmqBrokerPop, 1);

  pop->core = core;
  pop->polls = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  pop->turns = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  pop->orders = _rmq_pop_orders_new (core);
  pop->leases = _rmq_leases_new (core, _rmq_broker_pop_revive, pop);
  *data = pop;
  return true;
}

static void
pop_stop (RmqBrokerCore *core, void *data)
{
  RmqBrokerPop *pop = data;

  _rmq_leases_free (pop->leases);
  _rmq_pop_orders_free (pop->orders);
  g_hash_table_unref (pop->polls);
  g_hash_table_unref (pop->turns);
  g_free (pop);
}

static gboolean
turn_is_of_topic (void *key, void *value, void *data)
{
  const RmqBrokerTopic *topic = data;

  return g_str_has_prefix (key, topic->name) && ((const char *) key)[topic->slice.len] == '\n';
}

static gboolean
turn_is_of_group (void *key, void *value, void *data)
{
  return g_strcmp0 (strchr (key, '\n') + 1, data) == 0;
}

/* The topics in which its messages came again go with it. */
static void
delete_retry_topics (RmqBrokerCore *core, const RmqBrokerTopic *topic)
{
  g_autoptr (GPtrArray) groups = _rmq_broker_subscribers_get_all (core->subscribers);

  for (unsigned i = 0; i < groups->len; i++)
    {
      const RmqGroupConfigBody *group = groups->pdata[i];
      g_autofree char *first = _rmq_pop_retry_topic_v1 (topic->name, group->name);
      g_autofree char *second = _rmq_pop_retry_topic_v2 (topic->name, group->name);
      const char *const names[] = { first, second };

      for (unsigned j = 0; j < G_N_ELEMENTS (names); j++)
        {
          RmqBrokerTopic *retry = _rmq_broker_topics_find (core->topics, rmq_slice_from_string (names[j]));

          if (retry != NULL)
            _rmq_broker_topics_delete (core->topics, retry);
        }
    }
}

static void
pop_topic_deleted (RmqBrokerCore *core, RmqBrokerTopic *topic, void *data)
{
  RmqBrokerPop *pop = data;

  _rmq_leases_drop (pop->leases, RMQ_SLICE_NULL, topic->slice, -1);
  _rmq_pop_orders_drop (pop->orders, RMQ_SLICE_NULL, topic->slice, -1);
  g_hash_table_foreach_remove (pop->turns, turn_is_of_topic, topic);
  if (_rmq_pop_topic_retry_flag (topic->slice) == '0')
    delete_retry_topics (core, topic);
}

static void
pop_group_deleted (RmqBrokerCore *core, const char *group, void *data)
{
  RmqBrokerPop *pop = data;

  _rmq_leases_drop (pop->leases, rmq_slice_from_string (group), RMQ_SLICE_NULL, -1);
  _rmq_pop_orders_drop (pop->orders, rmq_slice_from_string (group), RMQ_SLICE_NULL, -1);
  g_hash_table_foreach_remove (pop->turns, turn_is_of_group, (char *) group);
}

static const RmqBrokerRoute routes[] = {
  { RMQ_REQUEST_POP_MESSAGE, handle_pop },
  { RMQ_REQUEST_PEEK_MESSAGE, _rmq_broker_pop_handle_peek },
  { RMQ_REQUEST_NOTIFICATION, _rmq_broker_pop_handle_notification },
  { RMQ_REQUEST_POLLING_INFO, _rmq_broker_pop_handle_polling_info },
  { RMQ_REQUEST_ACK_MESSAGE, _rmq_broker_pop_handle_ack },
  { RMQ_REQUEST_BATCH_ACK_MESSAGE, _rmq_broker_pop_handle_batch_ack },
  { RMQ_REQUEST_CHANGE_MESSAGE_INVISIBLETIME, _rmq_broker_pop_handle_change },
};

const RmqBrokerModule rmq_broker_pop_module = {
  .name = "pop",
  .routes = routes,
  .n_routes = G_N_ELEMENTS (routes),
  .start = pop_start,
  .stop = pop_stop,
  .topic_deleted = pop_topic_deleted,
  .group_deleted = pop_group_deleted,
};
