/* SPDX-License-Identifier: Apache-2.0
 *
 * RmqPushConsumer: the handle that applications hold, its properties and signals. Its methods stand in
 * rmq-push-consumer-api.c, what it does in its core.
 */
#include "rmq-push-consumer-handle-private.h"

#include "base/rmq-fork-private.h"
#include "base/rmq-sync-private.h"

/**
 * RmqPushConsumer:
 *
 * Receives the messages of a consumer group.
 *
 * Subscribe to topics, set a handler (or connect to [signal@PushConsumer::message]), then
 * [method@PushConsumer.start]. The queues of the topics are shared out among all running members of the group; each
 * member calls its handler for the messages of its queues, and commits what was finished.
 *
 * A message whose handler answers %RMQ_CONSUME_RETRY goes back to the broker and comes again later, each time later,
 * up to [property@PushConsumer:max-reconsume-times] times; then it goes to the group's dead-letter topic. A message
 * may come more than once: handlers must stand that.
 *
 * Handlers run in [property@PushConsumer:main-context], one at a time; with [property@PushConsumer:consume-threads]
 * they run in that many worker threads instead. They may block only there. Settings are taken along by start; ranges
 * are checked by it. All methods may be called from any thread.
 *
 * RocketMQ: `DefaultMQPushConsumer`, concurrent; clustering or broadcasting.
 */
G_DEFINE_FINAL_TYPE (RmqPushConsumer, rmq_push_consumer, G_TYPE_OBJECT)

G_DEFINE_ENUM_TYPE (RmqConsumeResult,
                    rmq_consume_result,
                    G_DEFINE_ENUM_VALUE (RMQ_CONSUME_RETRY, "retry"),
                    G_DEFINE_ENUM_VALUE (RMQ_CONSUME_SUCCESS, "success"),
                    G_DEFINE_ENUM_VALUE (RMQ_CONSUME_DEFERRED, "deferred"))

G_DEFINE_ENUM_TYPE (RmqConsumeFrom,
                    rmq_consume_from,
                    G_DEFINE_ENUM_VALUE (RMQ_CONSUME_FROM_LAST_OFFSET, "last-offset"),
                    G_DEFINE_ENUM_VALUE (RMQ_CONSUME_FROM_FIRST_OFFSET, "first-offset"),
                    G_DEFINE_ENUM_VALUE (RMQ_CONSUME_FROM_TIMESTAMP, "timestamp"),
                    G_DEFINE_ENUM_VALUE (RMQ_CONSUME_FROM_NEWEST, "newest"),
                    G_DEFINE_ENUM_VALUE (RMQ_CONSUME_FROM_SAFE, "safe"))

enum
{
  PROP_CLIENT = 1,
  PROP_GROUP,
  PROP_MAIN_CONTEXT,
  PROP_STATE,
  PROP_BROADCASTING,
  PROP_CONSUME_FROM,
  PROP_CONSUME_TIMESTAMP,
  PROP_PULL_BATCH_SIZE,
  PROP_PULL_BATCH_BYTES,
  PROP_PULL_INTERVAL,
  PROP_PULL_THRESHOLD_COUNT,
  PROP_PULL_THRESHOLD_BYTES,
  PROP_PULL_THRESHOLD_SPAN,
  PROP_PULL_THRESHOLD_TOPIC_COUNT,
  PROP_PULL_THRESHOLD_TOPIC_BYTES,
  PROP_CONSUME_BATCH_SIZE,
  PROP_CONSUME_TIMEOUT,
  PROP_CONSUME_THREADS,
  PROP_MAX_RECONSUME_TIMES,
  PROP_DISPATCH_PRIORITY,
  PROP_ALLOCATION,
  PROP_ALLOCATION_NAME,
  N_PROPS
};

enum
{
  MESSAGE,
  ASSIGNMENT_CHANGED,
  N_SIGNALS
};

static GParamSpec *props[N_PROPS];
static unsigned signals[N_SIGNALS];

/* --- what the core and its delivery ask for --- */

RmqConsumeResult
_rmq_push_consumer_emit_message (RmqPushConsumer *self, RmqMessage *message)
{
  RmqConsumeResult result = RMQ_CONSUME_RETRY;

  g_signal_emit (self, signals[MESSAGE], 0, message, &result);
  return result;
}

bool
_rmq_push_consumer_has_message_handler (RmqPushConsumer *self)
{
  return g_signal_has_handler_pending (self, signals[MESSAGE], 0, FALSE);
}

void
_rmq_push_consumer_emit_assignment_changed (RmqPushConsumer *self,
                                            const char *topic,
                                            GPtrArray *queues,
                                            GPtrArray *assigned)
{
  g_signal_emit (self, signals[ASSIGNMENT_CHANGED], 0, topic, queues, assigned);
}

void
_rmq_push_consumer_notify_state (RmqPushConsumer *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_STATE]);
}

RmqPushConsumerCore *
_rmq_push_consumer_get_core (RmqPushConsumer *self)
{
  return self->core;
}

/* --- the object --- */

static void
rmq_push_consumer_constructed (GObject *object)
{
  RmqPushConsumer *self = RMQ_PUSH_CONSUMER (object);

  G_OBJECT_CLASS (rmq_push_consumer_parent_class)->constructed (object);
  if (self->client == NULL)
    self->client = rmq_client_instance_new (NULL);
  if (self->main_context == NULL)
    self->main_context = g_main_context_ref_thread_default ();
  self->fork_generation = _rmq_fork_generation ();
  self->core = _rmq_push_consumer_core_new (_rmq_client_instance_get_core (self->client),
                                            self->group != NULL ? self->group : "", self, self->main_context);
  self->core->inner.owner = self->client;
}

static void
rmq_push_consumer_dispose (GObject *object)
{
  RmqPushConsumer *self = RMQ_PUSH_CONSUMER (object);

  /* A forked child leaves alone what belongs to its parent's thread. */
  if (self->fork_generation == _rmq_fork_generation ())
    _rmq_push_consumer_core_abort (self->core);
  g_clear_pointer (&self->handler, _rmq_consume_handler_unref);
  g_clear_object (&self->client);
  G_OBJECT_CLASS (rmq_push_consumer_parent_class)->dispose (object);
}

static void
rmq_push_consumer_finalize (GObject *object)
{
  RmqPushConsumer *self = RMQ_PUSH_CONSUMER (object);

  if (self->fork_generation == _rmq_fork_generation ())
    _rmq_push_consumer_core_unref (self->core);
  _rmq_push_consumer_settings_clear (&self->settings);
  g_mutex_clear (&self->mutex);
  g_free (self->group);
  g_clear_pointer (&self->main_context, g_main_context_unref);
  G_OBJECT_CLASS (rmq_push_consumer_parent_class)->finalize (object);
}

static void
rmq_push_consumer_init (RmqPushConsumer *self)
{
  g_mutex_init (&self->mutex);
  _rmq_push_consumer_settings_init (&self->settings);
}

/* --- settings as properties --- */

static const size_t setting_offsets[N_PROPS] = {
  [PROP_BROADCASTING] = offsetof (RmqPushConsumerSettings, broadcasting),
  [PROP_CONSUME_FROM] = offsetof (RmqPushConsumerSettings, consume_from),
  [PROP_CONSUME_TIMESTAMP] = offsetof (RmqPushConsumerSettings, consume_timestamp),
  [PROP_PULL_BATCH_SIZE] = offsetof (RmqPushConsumerSettings, pull_batch_size),
  [PROP_PULL_BATCH_BYTES] = offsetof (RmqPushConsumerSettings, pull_batch_bytes),
  [PROP_PULL_INTERVAL] = offsetof (RmqPushConsumerSettings, pull_interval),
  [PROP_PULL_THRESHOLD_COUNT] = offsetof (RmqPushConsumerSettings, pull_threshold_count),
  [PROP_PULL_THRESHOLD_BYTES] = offsetof (RmqPushConsumerSettings, pull_threshold_bytes),
  [PROP_PULL_THRESHOLD_SPAN] = offsetof (RmqPushConsumerSettings, pull_threshold_span),
  [PROP_PULL_THRESHOLD_TOPIC_COUNT] = offsetof (RmqPushConsumerSettings, pull_threshold_topic_count),
  [PROP_PULL_THRESHOLD_TOPIC_BYTES] = offsetof (RmqPushConsumerSettings, pull_threshold_topic_bytes),
  [PROP_CONSUME_BATCH_SIZE] = offsetof (RmqPushConsumerSettings, consume_batch_size),
  [PROP_CONSUME_TIMEOUT] = offsetof (RmqPushConsumerSettings, consume_timeout),
  [PROP_CONSUME_THREADS] = offsetof (RmqPushConsumerSettings, consume_threads),
  [PROP_MAX_RECONSUME_TIMES] = offsetof (RmqPushConsumerSettings, max_reconsume_times),
  [PROP_DISPATCH_PRIORITY] = offsetof (RmqPushConsumerSettings, dispatch_priority),
  [PROP_ALLOCATION] = offsetof (RmqPushConsumerSettings, allocation),
  [PROP_ALLOCATION_NAME] = offsetof (RmqPushConsumerSettings, allocation_name),
};

static void
get_setting (void *place, GValue *value)
{
  if (G_VALUE_HOLDS_BOOLEAN (value))
    g_value_set_boolean (value, *(bool *) place);
  else if (G_VALUE_HOLDS_ENUM (value))
    g_value_set_enum (value, *(RmqConsumeFrom *) place);
  else if (G_VALUE_HOLDS_STRING (value))
    g_value_set_string (value, *(char **) place);
  else if (G_VALUE_HOLDS_OBJECT (value))
    g_value_set_object (value, *(GObject **) place);
  else if (G_VALUE_HOLDS_UINT64 (value))
    g_value_set_uint64 (value, *(uint64_t *) place);
  else if (G_VALUE_HOLDS_INT64 (value))
    g_value_set_int64 (value, *(int64_t *) place);
  else if (G_VALUE_HOLDS_INT (value))
    g_value_set_int (value, *(int *) place);
  else
    g_value_set_uint (value, *(unsigned *) place);
}

static void
set_setting (void *place, const GValue *value)
{
  if (G_VALUE_HOLDS_BOOLEAN (value))
    *(bool *) place = g_value_get_boolean (value);
  else if (G_VALUE_HOLDS_ENUM (value))
    *(RmqConsumeFrom *) place = (RmqConsumeFrom) g_value_get_enum (value);
  else if (G_VALUE_HOLDS_STRING (value))
    {
      g_free (*(char **) place);
      *(char **) place = g_value_dup_string (value);
    }
  else if (G_VALUE_HOLDS_OBJECT (value))
    g_set_object ((GObject **) place, g_value_get_object (value));
  else if (G_VALUE_HOLDS_UINT64 (value))
    *(uint64_t *) place = g_value_get_uint64 (value);
  else if (G_VALUE_HOLDS_INT64 (value))
    *(int64_t *) place = g_value_get_int64 (value);
  else if (G_VALUE_HOLDS_INT (value))
    *(int *) place = g_value_get_int (value);
  else
    *(unsigned *) place = g_value_get_uint (value);
}

static void
rmq_push_consumer_get_property (GObject *object, unsigned prop_id, GValue *value, GParamSpec *pspec)
{
  RmqPushConsumer *self = RMQ_PUSH_CONSUMER (object);

  switch (prop_id)
    {
    case PROP_CLIENT:
      g_value_set_object (value, self->client);
      break;
    case PROP_GROUP:
      g_value_set_string (value, self->group);
      break;
    case PROP_MAIN_CONTEXT:
      g_value_set_boxed (value, self->main_context);
      break;
    case PROP_STATE:
      g_value_set_enum (value, rmq_push_consumer_get_state (self));
      break;
    default:
      rmq_mutex_lock (&self->mutex);
      get_setting ((char *) &self->settings + setting_offsets[prop_id], value);
      rmq_mutex_unlock (&self->mutex);
    }
}

static void
rmq_push_consumer_set_property (GObject *object, unsigned prop_id, const GValue *value, GParamSpec *pspec)
{
  RmqPushConsumer *self = RMQ_PUSH_CONSUMER (object);

  switch (prop_id)
    {
    case PROP_CLIENT:
      self->client = g_value_dup_object (value);
      break;
    case PROP_GROUP:
      self->group = g_value_dup_string (value);
      break;
    case PROP_MAIN_CONTEXT:
      self->main_context = g_value_dup_boxed (value);
      break;
    default:
      rmq_mutex_lock (&self->mutex);
      set_setting ((char *) &self->settings + setting_offsets[prop_id], value);
      rmq_mutex_unlock (&self->mutex);
      if (prop_id == PROP_CONSUME_THREADS && self->core != NULL && g_value_get_uint (value) > 0)
        _rmq_push_consumer_core_set_n_threads (self->core, g_value_get_uint (value));
      g_object_notify_by_pspec (object, pspec);
    }
}

#define IDENTITY (G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS)
#define SETTING (G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS)

static void
install_identity (void)
{
  /**
   * RmqPushConsumer:client: (getter get_client)
   *
   * The client whose connections are used.
   */
  props[PROP_CLIENT] = g_param_spec_object ("client", NULL, NULL, RMQ_TYPE_CLIENT_INSTANCE, IDENTITY);
  /**
   * RmqPushConsumer:group: (getter get_group)
   *
   * The consumer group.
   */
  props[PROP_GROUP] = g_param_spec_string ("group", NULL, NULL, NULL, IDENTITY);
  /**
   * RmqPushConsumer:main-context:
   *
   * Where handlers are called and signals are emitted. `NULL` at construction: the thread-default context of the thread
   * that constructs.
   */
  props[PROP_MAIN_CONTEXT] = g_param_spec_boxed ("main-context", NULL, NULL, G_TYPE_MAIN_CONTEXT, IDENTITY);
  /**
   * RmqPushConsumer:state: (getter get_state)
   *
   * The state.
   */
  props[PROP_STATE] = g_param_spec_enum ("state", NULL, NULL, RMQ_TYPE_STATE, RMQ_STATE_CREATED,
                                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
}

static void
install_start_point (void)
{
  /**
   * RmqPushConsumer:broadcasting:
   *
   * Whether every member of the group gets every message, instead of a share of them.
   *
   * How far a member is no broker knows then: it stands in a file,
   * `$XDG_STATE_HOME/rmq-1/offsets/CLIENT/GROUP/offsets.json`, where CLIENT is the `client-id` or else `instance-name`
   * that was set, or `DEFAULT`. Members that share a home need names of their own. A message whose handler fails does
   * not come again, and [property@PushConsumer:consume-timeout] has no effect.
   *
   * RocketMQ: `MessageModel.BROADCASTING`, `LocalFileOffsetStore`.
   */
  props[PROP_BROADCASTING] = g_param_spec_boolean ("broadcasting", NULL, NULL, FALSE, SETTING);
  /**
   * RmqPushConsumer:consume-from:
   *
   * Where the group begins in queues for which it has no offset yet.
   */
  props[PROP_CONSUME_FROM] =
      g_param_spec_enum ("consume-from", NULL, NULL, RMQ_TYPE_CONSUME_FROM, RMQ_CONSUME_FROM_LAST_OFFSET, SETTING);
  /**
   * RmqPushConsumer:consume-timestamp:
   *
   * The time for %RMQ_CONSUME_FROM_TIMESTAMP as `yyyyMMddHHmmss` in local time; `NULL`: half an hour before the start.
   */
  props[PROP_CONSUME_TIMESTAMP] = g_param_spec_string ("consume-timestamp", NULL, NULL, NULL, SETTING);
}

static void
install_pulling (void)
{
  /**
   * RmqPushConsumer:pull-batch-size:
   *
   * Messages that one pull asks for, 1 to 1024.
   */
  props[PROP_PULL_BATCH_SIZE] = g_param_spec_uint ("pull-batch-size", NULL, NULL, 0, G_MAXUINT, 32, SETTING);
  /**
   * RmqPushConsumer:pull-batch-bytes:
   *
   * Bytes that one pull asks for. Brokers give one message at least, however large.
   */
  props[PROP_PULL_BATCH_BYTES] = g_param_spec_uint ("pull-batch-bytes", NULL, NULL, 0, G_MAXUINT, 256 * 1024, SETTING);
  /**
   * RmqPushConsumer:pull-interval:
   *
   * Milliseconds between an answer and the next pull of its queue, 0 to 65535.
   */
  props[PROP_PULL_INTERVAL] = g_param_spec_uint ("pull-interval", NULL, NULL, 0, G_MAXUINT, 0, SETTING);
  /**
   * RmqPushConsumer:pull-threshold-count:
   *
   * A queue with more unfinished messages than this is not pulled, 1 to 65535.
   */
  props[PROP_PULL_THRESHOLD_COUNT] =
      g_param_spec_uint ("pull-threshold-count", NULL, NULL, 0, G_MAXUINT, 1000, SETTING);
  /**
   * RmqPushConsumer:pull-threshold-bytes:
   *
   * A queue with more bytes of unfinished messages than this is not pulled, 1 MiB to 1 GiB.
   */
  props[PROP_PULL_THRESHOLD_BYTES] =
      g_param_spec_uint64 ("pull-threshold-bytes", NULL, NULL, 0, G_MAXUINT64, 100 * 1024 * 1024, SETTING);
  /**
   * RmqPushConsumer:pull-threshold-span:
   *
   * A queue whose unfinished messages are further apart than this many offsets is not pulled, 1 to 65535: one message
   * that does not finish holds the committed offset back.
   */
  props[PROP_PULL_THRESHOLD_SPAN] = g_param_spec_uint ("pull-threshold-span", NULL, NULL, 0, G_MAXUINT, 2000, SETTING);
  /**
   * RmqPushConsumer:pull-threshold-topic-count:
   *
   * When it is not -1, [property@PushConsumer:pull-threshold-count] becomes this divided by the queues owned.
   */
  props[PROP_PULL_THRESHOLD_TOPIC_COUNT] =
      g_param_spec_int ("pull-threshold-topic-count", NULL, NULL, G_MININT, G_MAXINT, -1, SETTING);
  /**
   * RmqPushConsumer:pull-threshold-topic-bytes:
   *
   * When it is not -1, [property@PushConsumer:pull-threshold-bytes] becomes this divided by the queues owned.
   */
  props[PROP_PULL_THRESHOLD_TOPIC_BYTES] =
      g_param_spec_int64 ("pull-threshold-topic-bytes", NULL, NULL, G_MININT64, G_MAXINT64, -1, SETTING);
}

static void
install_consuming (void)
{
  /**
   * RmqPushConsumer:consume-batch-size:
   *
   * Messages a batch handler gets at most, 1 to 1024.
   */
  props[PROP_CONSUME_BATCH_SIZE] = g_param_spec_uint ("consume-batch-size", NULL, NULL, 0, G_MAXUINT, 1, SETTING);
  /**
   * RmqPushConsumer:consume-timeout:
   *
   * Milliseconds after which a message whose handler has not answered is sent back; what it answers later is ignored.
   */
  props[PROP_CONSUME_TIMEOUT] =
      g_param_spec_uint ("consume-timeout", NULL, NULL, 0, G_MAXUINT, 15 * 60 * 1000, SETTING);
  /**
   * RmqPushConsumer:consume-threads:
   *
   * Worker threads that call the handler, up to 1000; 0: it is called in [property@PushConsumer:main-context]. The
   * number may be changed at any time, but not from or to 0. Language bindings that cannot be called from foreign
   * threads, GJS for one, must leave it 0.
   */
  props[PROP_CONSUME_THREADS] = g_param_spec_uint ("consume-threads", NULL, NULL, 0, G_MAXUINT, 0, SETTING);
  /**
   * RmqPushConsumer:max-reconsume-times:
   *
   * How often a message comes again before it goes to the dead-letter topic; -1: 16.
   */
  props[PROP_MAX_RECONSUME_TIMES] =
      g_param_spec_int ("max-reconsume-times", NULL, NULL, G_MININT, G_MAXINT, -1, SETTING);
  /**
   * RmqPushConsumer:dispatch-priority:
   *
   * Priority of the source that calls handlers. User interfaces want %G_PRIORITY_DEFAULT_IDLE.
   */
  props[PROP_DISPATCH_PRIORITY] =
      g_param_spec_int ("dispatch-priority", NULL, NULL, G_MININT, G_MAXINT, G_PRIORITY_DEFAULT, SETTING);
  /**
   * RmqPushConsumer:allocation:
   *
   * The strategy that shares out queues. `NULL`: the one named [property@PushConsumer:allocation-name]. All members of
   * a group must use the same.
   */
  props[PROP_ALLOCATION] = g_param_spec_object ("allocation", NULL, NULL, RMQ_TYPE_ALLOCATION_STRATEGY, SETTING);
  /**
   * RmqPushConsumer:allocation-name:
   *
   * A strategy of the plugin registry, by name.
   */
  props[PROP_ALLOCATION_NAME] = g_param_spec_string ("allocation-name", NULL, NULL, "averagely", SETTING);
}

static void
install_signals (void)
{
  /**
   * RmqPushConsumer::message:
   * @self: the consumer
   * @message: the message
   *
   * A message came, and the consumer has no handler. The first connected callback counts. One that fails, or returns
   * nothing, means %RMQ_CONSUME_RETRY. Messages wait while nothing is connected. A callback set by
   * [method@PushConsumer.set_handler] is cheaper, one set by [method@PushConsumer.set_batch_handler] cheapest.
   *
   * Returns: what became of it
   */
  signals[MESSAGE] =
      g_signal_new ("message", RMQ_TYPE_PUSH_CONSUMER, G_SIGNAL_RUN_LAST, 0, g_signal_accumulator_first_wins, NULL,
                    NULL, RMQ_TYPE_CONSUME_RESULT, 1, RMQ_TYPE_MESSAGE);
  /**
   * RmqPushConsumer::assignment-changed:
   * @self: the consumer
   * @topic: a topic
   * @queues: (element-type RmqMessageQueue): all its queues
   * @assigned: (element-type RmqMessageQueue): those that are this consumer's now
   *
   * A rebalance changed which queues of a topic this consumer has.
   */
  signals[ASSIGNMENT_CHANGED] =
      g_signal_new ("assignment-changed", RMQ_TYPE_PUSH_CONSUMER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                    3, G_TYPE_STRING, G_TYPE_PTR_ARRAY, G_TYPE_PTR_ARRAY);
}

static void
rmq_push_consumer_class_init (RmqPushConsumerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->constructed = rmq_push_consumer_constructed;
  object_class->dispose = rmq_push_consumer_dispose;
  object_class->finalize = rmq_push_consumer_finalize;
  object_class->get_property = rmq_push_consumer_get_property;
  object_class->set_property = rmq_push_consumer_set_property;
  install_identity ();
  install_start_point ();
  install_pulling ();
  install_consuming ();
  g_object_class_install_properties (object_class, N_PROPS, props);
  install_signals ();
}
