/* SPDX-License-Identifier: Apache-2.0
 *
 * PULL_MESSAGE and LITE_PULL_MESSAGE, and pulls that wait for messages. (RocketMQ: PullMessageProcessor.)
 */
#include "broker/rmq-broker-core-private.h"

#include "base/rmq-error-private.h"
#include "broker/tables/rmq-broker-hash-private.h"
#include "broker/rmq-broker-modules-private.h"
#include "wire/rmq-flags-private.h"
#include "wire/rmq-header-pull-private.h"

/* Versions of subscriptions beyond this are times, in milliseconds. */
#define FIRST_TIME INT64_C (1000000000000)

/* forbiddenType */
enum
{
  FORBIDDEN_BROKER = 1,
  FORBIDDEN_GROUP = 2,
  FORBIDDEN_TOPIC = 3,
  FORBIDDEN_BROADCASTING = 4,
  FORBIDDEN_SUBSCRIPTION = 5,
};

/* What a pull asks, checked; and while it waits. */
typedef struct
{
  RmqBrokerHold hold;
  RmqBrokerTopic *topic;
  RmqBrokerQueue *queue;
  RmqBrokerFilter *filter; /* or NULL */
  RmqSlice group;
  char *group_text; /* owned; only while it waits */
  int64_t offset;
  unsigned max_messages;
  int32_t group_sys_flag;
} Pull;

/* --- answers ------------------------------------------------------------------------------------------------- */

static void
fill_header (const Pull *pull, int64_t next_offset, RmqPullMessageResponseHeader *header)
{
  RMQ_HEADER_SET (*header, suggest_which_broker_id, 0);
  RMQ_HEADER_SET (*header, next_begin_offset, next_offset);
  RMQ_HEADER_SET (*header, min_offset, pull->queue->min_offset);
  RMQ_HEADER_SET (*header, max_offset, pull->queue->max_offset);
  RMQ_HEADER_SET (*header, topic_sys_flag, pull->topic->sys_flag);
  RMQ_HEADER_SET (*header, group_sys_flag, pull->group_sys_flag);
}

static void
answer_pull (RmqBrokerCore *core,
             const RmqBrokerTicket *ticket,
             const Pull *pull,
             int code,
             const char *status,
             int64_t next_offset,
             GBytes *body)
{
  RmqPullMessageResponseHeader header = { 0 };
  RmqBrokerAnswer answer = {
    .code = code,
    .remark = status,
    .table = RMQ_HEADER (PullMessageResponseHeader),
    .header = &header,
    .body = body,
  };

  fill_header (pull, next_offset, &header);
  _rmq_broker_answer (core, ticket, &answer);
}

/* A refusal that says in its header what is forbidden; Java reads the other fields of every answer. */
static void
answer_forbidden (RmqBrokerCore *core, const RmqBrokerTicket *ticket, int type, const char *format, ...)
{
  RmqPullMessageResponseHeader header = { 0 };
  g_autofree char *remark = NULL;
  RmqBrokerAnswer answer = {
    .code = RMQ_RESPONSE_NO_PERMISSION,
    .table = RMQ_HEADER (PullMessageResponseHeader),
    .header = &header,
  };
  va_list arguments;

  va_start (arguments, format);
  remark = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  answer.remark = remark;
  RMQ_HEADER_SET (header, suggest_which_broker_id, 0);
  RMQ_HEADER_SET (header, next_begin_offset, 0);
  RMQ_HEADER_SET (header, min_offset, 0);
  RMQ_HEADER_SET (header, max_offset, 0);
  RMQ_HEADER_SET (header, forbidden_type, type);
  _rmq_broker_answer (core, ticket, &answer);
}

/* --- reading ------------------------------------------------------------------------------------------------- */

typedef enum
{
  READ_DONE, /* answered */
  READ_NOTHING,
} ReadResult;

/* Looks at the queue from pull->offset on. READ_NOTHING: there is nothing yet, and the pull may wait. */
static ReadResult
read_and_answer (RmqBrokerCore *core, const RmqBrokerTicket *ticket, Pull *pull, bool waited)
{
  const RmqBrokerSettings *settings = core->settings;
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (RMQ_FRAME_MAX_LENGTH);
  g_autoptr (GBytes) body = NULL;
  RmqBrokerRead read = {
    .filter = pull->filter,
    .offset = pull->offset,
    .max_messages = pull->max_messages,
    .max_examined = (unsigned) settings->max_pull_examined / 20,
    .max_bytes = (size_t) settings->max_pull_bytes,
    .out = &out,
  };

  _rmq_broker_store_read (core->store, pull->queue, &read);
  if (read.n_messages == 0)
    {
      /* A pull that waits goes on behind what is not for it. */
      if (waited && read.next_offset == pull->queue->max_offset)
        {
          pull->offset = read.next_offset;
          return READ_NOTHING;
        }
      if (read.n_examined == 0)
        return READ_NOTHING;
      answer_pull (core, ticket, pull, RMQ_RESPONSE_PULL_RETRY_IMMEDIATELY, "NO_MATCHED_MESSAGE", read.next_offset,
                   NULL);
      return READ_DONE;
    }

  body = _rmq_byte_writer_steal (&out);
  core->counters.n_got += read.n_messages;
  core->counters.n_got_bytes += g_bytes_get_size (body);
  _rmq_broker_offsets_set_pulled (core->offsets, pull->group, pull->topic->slice, pull->queue->id, read.next_offset);
  answer_pull (core, ticket, pull, RMQ_RESPONSE_SUCCESS, "FOUND", read.next_offset, body);
  return READ_DONE;
}

/* Where the queue does not reach. True: answered. */
static bool
answer_outside (RmqBrokerCore *core, const RmqBrokerTicket *ticket, const Pull *pull)
{
  const RmqBrokerQueue *queue = pull->queue;

  if (queue->max_offset == 0 && pull->offset != 0)
    answer_pull (core, ticket, pull, RMQ_RESPONSE_PULL_OFFSET_MOVED, "NO_MESSAGE_IN_QUEUE", 0, NULL);
  else if (pull->offset > queue->max_offset)
    answer_pull (core, ticket, pull, RMQ_RESPONSE_PULL_OFFSET_MOVED, "OFFSET_OVERFLOW_BADLY", queue->max_offset, NULL);
  else if (pull->offset < queue->min_offset)
    answer_pull (core, ticket, pull, RMQ_RESPONSE_PULL_OFFSET_MOVED, "OFFSET_TOO_SMALL", queue->min_offset, NULL);
  else
    return false;
  return true;
}

static void
answer_nothing (RmqBrokerCore *core, const RmqBrokerTicket *ticket, const Pull *pull)
{
  answer_pull (core, ticket, pull, RMQ_RESPONSE_PULL_NOT_FOUND,
               pull->queue->max_offset == 0 ? "NO_MESSAGE_IN_QUEUE" : "OFFSET_OVERFLOW_ONE", pull->offset, NULL);
}

/* --- waiting ------------------------------------------------------------------------------------------------- */

static void
pull_free (void *data)
{
  Pull *pull = data;

  g_clear_pointer (&pull->filter, _rmq_broker_filter_unref);
  g_free (pull->group_text);
  g_free (pull);
}

static bool
on_hold_event (RmqBrokerCore *core, RmqBrokerHold *hold, RmqHoldEvent event, RmqBrokerQueue *queue)
{
  Pull *pull = (Pull *) hold;
  int64_t reset;

  if (event == RMQ_HOLD_CLOSED)
    return true;
  if (event != RMQ_HOLD_NEWS)
    {
      answer_nothing (core, &hold->ticket, pull);
      return true;
    }
  reset = _rmq_broker_offsets_take_reset (core->offsets, pull->group, pull->topic->slice, pull->queue->id);
  if (reset != RMQ_BROKER_NO_OFFSET)
    {
      answer_pull (core, &hold->ticket, pull, RMQ_RESPONSE_PULL_OFFSET_MOVED, "OFFSET_RESET", reset, NULL);
      return true;
    }
  return answer_outside (core, &hold->ticket, pull) || read_and_answer (core, &hold->ticket, pull, true) == READ_DONE;
}

/* Takes the filter. */
static void
wait_for_messages (RmqBrokerCore *core, const RmqBrokerTicket *ticket, Pull *pull, int64_t timeout_ms)
{
  Pull *waiting = g_memdup2 (pull, sizeof *pull);

  waiting->filter = g_steal_pointer (&pull->filter);
  waiting->group_text = rmq_broker_slice_copy (pull->group);
  waiting->group.data = waiting->group_text;
  waiting->hold.func = on_hold_event;
  waiting->hold.free = pull_free;
  _rmq_broker_hold_at_queue (&waiting->hold, waiting->queue);
  _rmq_broker_hold_begin (core, &waiting->hold, ticket, timeout_ms);
}

/* --- checks -------------------------------------------------------------------------------------------------- */

/* False, as of all checks: answered. */
static bool
check_group (RmqBrokerCore *core,
             const RmqBrokerRequest *request,
             const RmqPullMessageRequestHeader *header,
             RmqGroupConfigBody **config)
{
  const RmqBrokerTicket *ticket = &request->ticket;

  if ((core->settings->perm & RMQ_PERM_READ) == 0)
    {
      answer_forbidden (core, ticket, FORBIDDEN_BROKER, "the broker[%s] pulling message is forbidden", core->address);
      return false;
    }
  if (ticket->code == RMQ_REQUEST_LITE_PULL_MESSAGE && !core->settings->lite_pull)
    {
      answer_forbidden (core, ticket, FORBIDDEN_BROKER, "the broker[%s] for lite pull consumer is forbidden",
                        core->address);
      return false;
    }
  *config = _rmq_broker_subscribers_find_or_create (core->subscribers, header->consumer_group);
  if (*config == NULL)
    {
      _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_SUBSCRIPTION_GROUP_NOT_EXIST,
                               "subscription group [%.*s] does not exist", (int) header->consumer_group.len,
                               header->consumer_group.data);
      return false;
    }
  if (!(*config)->consume_enable)
    {
      answer_forbidden (core, ticket, FORBIDDEN_GROUP, "subscription group no permission, %s", (*config)->name);
      return false;
    }
  return true;
}

static bool
check_topic (RmqBrokerCore *core,
             const RmqBrokerRequest *request,
             const RmqPullMessageRequestHeader *header,
             Pull *pull)
{
  const RmqBrokerTicket *ticket = &request->ticket;

  pull->topic = _rmq_broker_topics_find (core->topics, header->topic);
  if (pull->topic == NULL)
    {
      _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_TOPIC_NOT_EXIST, "topic[%.*s] not exist, apply first please!",
                               (int) header->topic.len, header->topic.data);
      return false;
    }
  if (!rmq_broker_topic_is_readable (pull->topic))
    {
      answer_forbidden (core, ticket, FORBIDDEN_TOPIC, "the topic[%s] pulling message is forbidden", pull->topic->name);
      return false;
    }
  if (header->queue_id < 0 || header->queue_id >= pull->topic->read_queues)
    {
      _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_INVALID_PARAMETER,
                               "queueId[%d] is illegal, topic:[%s] topicConfig.readQueueNums:[%d] consumer:[%s]",
                               header->queue_id, pull->topic->name, pull->topic->read_queues,
                               _rmq_server_connection_get_peer (ticket->connection));
      return false;
    }
  pull->queue = _rmq_broker_topic_get_queue (core, pull->topic, header->queue_id);
  if (pull->queue == NULL)
    _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_SYSTEM_ERROR, "queue %d of %s cannot be opened",
                             header->queue_id, pull->topic->name);
  return pull->queue != NULL;
}

/* The expression comes with the request. */
static bool
compile_filter (RmqBrokerCore *core,
                const RmqBrokerRequest *request,
                const RmqPullMessageRequestHeader *header,
                Pull *pull)
{
  g_autofree char *type = rmq_slice_dup (header->expression_type);
  g_autofree char *expression = rmq_slice_dup (header->subscription);
  g_autoptr (GError) error = NULL;
  int code = RMQ_RESPONSE_SUBSCRIPTION_PARSE_FAILED;

  if (!_rmq_subscription_is_tag_type (type) && !core->settings->property_filter)
    {
      _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_SYSTEM_ERROR,
                               "The broker does not support consumer to filter message by %s", type);
      return false;
    }
  pull->filter = _rmq_broker_filter_new_for_expression (core, pull->topic->name, type, expression, &error);
  if (error == NULL)
    return true;
  if (g_error_matches (error, RMQ_ERROR, RMQ_ERROR_NOT_SUPPORTED))
    code = RMQ_RESPONSE_SYSTEM_ERROR;
  _rmq_broker_answer_code (core, &request->ticket, code, "parse the consumer's subscription failed: %s",
                           error->message);
  return false;
}

/* A request that knows a newer subscription than the last heartbeat told. Java's client may lose a heartbeat and be
 * refused for half a minute; tags it filters itself, so it gets everything meanwhile. */
static bool
check_version (RmqBrokerCore *core,
               const RmqBrokerRequest *request,
               const RmqPullMessageRequestHeader *header,
               const RmqBrokerSubscription *entry,
               bool *unfiltered)
{
  const RmqSubscription *subscription = entry->subscription;

  *unfiltered = false;
  if (subscription->version >= header->sub_version)
    return true;
  if (subscription->version >= FIRST_TIME && _rmq_subscription_is_tag_type (subscription->type))
    {
      *unfiltered = true;
      return true;
    }
  _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_SUBSCRIPTION_NOT_LATEST,
                           "the consumer's subscription not latest");
  return false;
}

/* The expression is that of the heartbeat. */
static bool
find_filter (RmqBrokerCore *core,
             const RmqBrokerRequest *request,
             const RmqPullMessageRequestHeader *header,
             const RmqGroupConfigBody *config,
             Pull *pull)
{
  const RmqBrokerTicket *ticket = &request->ticket;
  RmqBrokerOnline *online = _rmq_broker_clients_find_consumers (core->clients, header->consumer_group);
  RmqBrokerSubscription *entry;
  bool unfiltered;

  if (online == NULL)
    {
      _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_SUBSCRIPTION_NOT_EXIST,
                               "the consumer's group info not exist");
      return false;
    }
  if (!config->consume_broadcast_enable && online->model == RMQ_HEARTBEAT_BROADCASTING)
    {
      answer_forbidden (core, ticket, FORBIDDEN_BROADCASTING, "the consumer group[%s] can not consume by broadcast way",
                        config->name);
      return false;
    }
  if (_rmq_broker_subscribers_is_forbidden (core->subscribers, header->consumer_group, header->topic))
    {
      answer_forbidden (core, ticket, FORBIDDEN_SUBSCRIPTION, "the consumer group[%s] is forbidden for topic[%s]",
                        config->name, pull->topic->name);
      return false;
    }
  entry = _rmq_broker_online_find_subscription (online, header->topic);
  if (entry == NULL)
    {
      _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_SUBSCRIPTION_NOT_EXIST,
                               "the consumer's subscription not exist");
      return false;
    }
  if (!check_version (core, request, header, entry, &unfiltered))
    return false;
  if (!_rmq_subscription_is_tag_type (entry->subscription->type) && !core->settings->property_filter)
    {
      _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_SYSTEM_ERROR,
                               "The broker does not support consumer to filter message by %s",
                               entry->subscription->type);
      return false;
    }
  if (entry->invalid)
    {
      _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_SUBSCRIPTION_PARSE_FAILED,
                               "parse the consumer's subscription failed");
      return false;
    }
  if (entry->filter != NULL && !unfiltered)
    pull->filter = _rmq_broker_filter_ref (entry->filter);
  return true;
}

/* --- the request --------------------------------------------------------------------------------------------- */

static void
pull_checked (RmqBrokerCore *core, const RmqBrokerTicket *ticket, const RmqPullMessageRequestHeader *header, Pull *pull)
{
  bool may_wait = (header->sys_flag & RMQ_PULL_FLAG_SUSPEND) != 0 && !core->stopping;
  int64_t timeout_ms = header->suspend_timeout_millis;
  int64_t reset =
      _rmq_broker_offsets_take_reset (core->offsets, header->consumer_group, header->topic, header->queue_id);

  if ((header->sys_flag & RMQ_PULL_FLAG_COMMIT_OFFSET) != 0 && reset == RMQ_BROKER_NO_OFFSET)
    _rmq_broker_offsets_commit (core->offsets, header->consumer_group, header->topic, header->queue_id,
                                header->commit_offset);
  if (reset != RMQ_BROKER_NO_OFFSET)
    answer_pull (core, ticket, pull, RMQ_RESPONSE_PULL_OFFSET_MOVED, "OFFSET_RESET", reset, NULL);
  else if (!answer_outside (core, ticket, pull) && read_and_answer (core, ticket, pull, false) == READ_NOTHING)
    {
      if (!core->settings->long_polling)
        timeout_ms = core->settings->short_polling_ms;
      if (may_wait && timeout_ms > 0)
        wait_for_messages (core, ticket, pull, timeout_ms);
      else
        answer_nothing (core, ticket, pull);
    }
}

static void
handle_pull (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqPullMessageRequestHeader header;
  RmqGroupConfigBody *config;
  Pull pull = { .offset = 0 };

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (PullMessageRequestHeader), &header)
      || !check_group (core, request, &header, &config) || !check_topic (core, request, &header, &pull))
    return;
  pull.group = header.consumer_group;
  pull.offset = MAX (header.queue_offset, 0);
  pull.max_messages = (unsigned) CLAMP (header.max_msg_nums, 1, MAX (core->settings->max_pull_messages, 1));
  pull.group_sys_flag = config->sys_flag;
  if ((header.sys_flag & RMQ_PULL_FLAG_SUBSCRIPTION) != 0 ? compile_filter (core, request, &header, &pull)
                                                          : find_filter (core, request, &header, config, &pull))
    pull_checked (core, &request->ticket, &header, &pull);
  g_clear_pointer (&pull.filter, _rmq_broker_filter_unref);
}

static const RmqBrokerRoute routes[] = {
  { RMQ_REQUEST_PULL_MESSAGE, handle_pull },
  { RMQ_REQUEST_LITE_PULL_MESSAGE, handle_pull },
};

const RmqBrokerModule rmq_broker_pull_module = {
  .name = "pull",
  .routes = routes,
  .n_routes = G_N_ELEMENTS (routes),
};
