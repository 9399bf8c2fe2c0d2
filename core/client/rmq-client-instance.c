/* SPDX-License-Identifier: Apache-2.0
 *
 * RmqClientInstance: the handle that applications hold. It shows, in its main context, what its core does in the I/O
 * context.
 */
#include "rmq-client-instance-private.h"

#include "base/rmq-error-private.h"
#include "base/rmq-fork-private.h"

/**
 * RmqClientInstance:
 *
 * One client of a RocketMQ cluster: its connections, routes and heartbeats,
 * shared by the producers and consumers made with it.
 *
 * The first operation starts it; [method@ClientInstance.start] does so
 * explicitly. Its signals, notifies and list models belong to the main context
 * that was the thread default where it was made ([property@ClientInstance:main-context]);
 * its methods may be called from any thread.
 *
 * See RocketMQ's `MQClientInstance`.
 */

G_DEFINE_FINAL_TYPE (RmqClientInstance, rmq_client_instance, G_TYPE_OBJECT)

enum
{
  PROP_CONFIG = 1,
  PROP_MAIN_CONTEXT,
  PROP_STATE,
  PROP_CLIENT_ID,
  PROP_NAME_SERVERS,
  N_PROPS
};

enum
{
  CONNECTION_OPENED,
  CONNECTION_CLOSED,
  ROUTE_CHANGED,
  REBALANCED,
  BROKER_REQUEST,
  QUEUE_STALLED,
  N_SIGNALS
};

static GParamSpec *props[N_PROPS];
static unsigned signals[N_SIGNALS];

RmqClientCore *
_rmq_client_instance_get_core (RmqClientInstance *self)
{
  return self->core;
}

/* --- Events ----------------------------------------------------------------------------------------------------------
 */

/* Once the handlers of this turn's signals have run. */
static void
flush_models (RmqClientInstance *self)
{
  _rmq_client_model_flush (&self->connections);
  _rmq_client_model_flush (&self->producers);
  _rmq_client_model_flush (&self->consumers);
}

static void
take_snapshot (RmqClientInstance *self, const RmqClientEvent *snapshot)
{
  _rmq_client_model_replace (&self->connections, (const char *const *) snapshot->connections);
  _rmq_client_model_replace (&self->producers, (const char *const *) snapshot->producers);
  _rmq_client_model_replace (&self->consumers, (const char *const *) snapshot->consumers);
}

/* Signals of what happened are gone; what is now is told again. */
static void
catch_up (RmqClientInstance *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_STATE]);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_NAME_SERVERS]);
  if (self->sink != NULL)
    _rmq_client_core_replay (self->core, _rmq_client_event_sink_get_id (self->sink));
}

static void
handle_event (GObject *object, const RmqClientEvent *event)
{
  RmqClientInstance *self = RMQ_CLIENT_INSTANCE (object);

  switch (event->kind)
    {
    case RMQ_CLIENT_EVENT_TURN:
      flush_models (self);
      break;
    case RMQ_CLIENT_EVENT_LOST:
      catch_up (self);
      break;
    case RMQ_CLIENT_EVENT_SNAPSHOT:
      take_snapshot (self, event);
      break;
    case RMQ_CLIENT_EVENT_STATE:
      g_object_notify_by_pspec (object, props[PROP_STATE]);
      break;
    case RMQ_CLIENT_EVENT_NAME_SERVERS:
      g_object_notify_by_pspec (object, props[PROP_NAME_SERVERS]);
      break;
    case RMQ_CLIENT_EVENT_OPENED:
      _rmq_client_model_add (&self->connections, event->name);
      g_signal_emit (self, signals[CONNECTION_OPENED], 0, event->name);
      break;
    case RMQ_CLIENT_EVENT_CLOSED:
      _rmq_client_model_remove (&self->connections, event->name);
      g_signal_emit (self, signals[CONNECTION_CLOSED], 0, event->name, event->error);
      break;
    case RMQ_CLIENT_EVENT_ROUTE_CHANGED:
      g_signal_emit (self, signals[ROUTE_CHANGED], 0, event->name);
      break;
    case RMQ_CLIENT_EVENT_REBALANCED:
      g_signal_emit (self, signals[REBALANCED], 0, event->name, event->detail);
      break;
    case RMQ_CLIENT_EVENT_QUEUE_STALLED:
      g_signal_emit (self, signals[QUEUE_STALLED], 0, event->name, event->queue, event->detail);
      break;
    case RMQ_CLIENT_EVENT_BROKER_REQUEST:
      g_signal_emit (self, signals[BROKER_REQUEST], 0, event->name, event->command);
      break;
    case RMQ_CLIENT_EVENT_PRODUCER_ADDED:
      _rmq_client_model_add (&self->producers, event->name);
      break;
    case RMQ_CLIENT_EVENT_PRODUCER_REMOVED:
      _rmq_client_model_remove (&self->producers, event->name);
      break;
    case RMQ_CLIENT_EVENT_CONSUMER_ADDED:
      _rmq_client_model_add (&self->consumers, event->name);
      break;
    case RMQ_CLIENT_EVENT_CONSUMER_REMOVED:
      _rmq_client_model_remove (&self->consumers, event->name);
      break;
    default:
      g_assert_not_reached ();
    }
}

/* --- The object ------------------------------------------------------------------------------------------------------
 */

static void
rmq_client_instance_constructed (GObject *object)
{
  RmqClientInstance *self = RMQ_CLIENT_INSTANCE (object);
  bool is_new;

  G_OBJECT_CLASS (rmq_client_instance_parent_class)->constructed (object);
  if (self->config == NULL)
    self->config = rmq_client_config_new (NULL);
  if (self->main_context == NULL)
    self->main_context = g_main_context_ref_thread_default ();
  self->fork_generation = _rmq_fork_generation ();
  self->core = _rmq_client_instance_take_core (self->config, &is_new);
  self->sink = _rmq_client_events_add_sink (self->core->events, object, self->main_context, handle_event);
  if (!is_new)
    _rmq_client_core_replay (self->core, _rmq_client_event_sink_get_id (self->sink));
}

static void
rmq_client_instance_dispose (GObject *object)
{
  _rmq_client_instance_release (RMQ_CLIENT_INSTANCE (object));
  G_OBJECT_CLASS (rmq_client_instance_parent_class)->dispose (object);
}

static void
rmq_client_instance_finalize (GObject *object)
{
  RmqClientInstance *self = RMQ_CLIENT_INSTANCE (object);

  /* A core of the parent process is left as it is: its locks may be held for ever. */
  if (self->fork_generation == _rmq_fork_generation ())
    _rmq_client_core_unref (self->core);
  g_clear_object (&self->config);
  _rmq_client_model_clear (&self->connections);
  _rmq_client_model_clear (&self->producers);
  _rmq_client_model_clear (&self->consumers);
  g_clear_pointer (&self->main_context, g_main_context_unref);
  G_OBJECT_CLASS (rmq_client_instance_parent_class)->finalize (object);
}

static void
rmq_client_instance_get_property (GObject *object, unsigned prop_id, GValue *value, GParamSpec *pspec)
{
  RmqClientInstance *self = RMQ_CLIENT_INSTANCE (object);

  switch (prop_id)
    {
    case PROP_CONFIG:
      g_value_set_object (value, self->config);
      break;
    case PROP_MAIN_CONTEXT:
      g_value_set_boxed (value, self->main_context);
      break;
    case PROP_STATE:
      g_value_set_enum (value, rmq_client_instance_get_state (self));
      break;
    case PROP_CLIENT_ID:
      g_value_take_string (value, rmq_client_instance_dup_client_id (self));
      break;
    case PROP_NAME_SERVERS:
      g_value_take_boxed (value, rmq_client_instance_dup_name_servers (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
rmq_client_instance_set_property (GObject *object, unsigned prop_id, const GValue *value, GParamSpec *pspec)
{
  RmqClientInstance *self = RMQ_CLIENT_INSTANCE (object);

  switch (prop_id)
    {
    case PROP_CONFIG:
      self->config = g_value_dup_object (value);
      break;
    case PROP_MAIN_CONTEXT:
      self->main_context = g_value_dup_boxed (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
install_properties (GObjectClass *object_class)
{
  GParamFlags construct = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;
  GParamFlags read = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  /**
   * RmqClientInstance:config:
   *
   * The settings, as they were at construction: later changes have no effect.
   */
  props[PROP_CONFIG] = g_param_spec_object ("config", "Config", "The settings", RMQ_TYPE_CLIENT_CONFIG, construct);
  /**
   * RmqClientInstance:main-context: (getter get_main_context)
   *
   * Where signals and notifies are emitted. `NULL` at construction: the thread
   * default context of the thread that constructs.
   */
  props[PROP_MAIN_CONTEXT] =
      g_param_spec_boxed ("main-context", "Main context", "Where signals are emitted", G_TYPE_MAIN_CONTEXT, construct);
  /**
   * RmqClientInstance:state: (getter get_state)
   *
   * The state.
   */
  props[PROP_STATE] = g_param_spec_enum ("state", "State", "The state", RMQ_TYPE_STATE, RMQ_STATE_CREATED, read);
  /**
   * RmqClientInstance:client-id:
   *
   * How brokers know this client.
   */
  props[PROP_CLIENT_ID] = g_param_spec_string ("client-id", "Client id", "How brokers know it", NULL, read);
  /**
   * RmqClientInstance:name-servers:
   *
   * The addresses of the name servers in use.
   */
  props[PROP_NAME_SERVERS] = g_param_spec_boxed ("name-servers", "Name servers", "Their addresses", G_TYPE_STRV, read);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
install_signals (GType type)
{
  /**
   * RmqClientInstance::connection-opened:
   * @self: the client
   * @address: the address
   *
   * A connection was made.
   */
  signals[CONNECTION_OPENED] =
      g_signal_new ("connection-opened", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  /**
   * RmqClientInstance::connection-closed:
   * @self: the client
   * @address: the address
   * @error: (nullable): why; `NULL` when it was closed on purpose
   *
   * A connection ended.
   */
  signals[CONNECTION_CLOSED] = g_signal_new ("connection-closed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                             G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_ERROR);
  /**
   * RmqClientInstance::route-changed:
   * @self: the client
   * @topic: the topic
   *
   * The route of a topic became known or changed.
   */
  signals[ROUTE_CHANGED] =
      g_signal_new ("route-changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  /**
   * RmqClientInstance::rebalanced:
   * @self: the client
   * @group: the consumer group
   * @topic: the topic
   *
   * The queues of a topic that a consumer of this client owns have changed.
   */
  signals[REBALANCED] = g_signal_new ("rebalanced", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                                      G_TYPE_STRING, G_TYPE_STRING);
  /**
   * RmqClientInstance::broker-request:
   * @self: the client
   * @address: the broker's address
   * @command: the request
   *
   * A broker sent a request. It has been dealt with: this is to watch.
   */
  signals[BROKER_REQUEST] = g_signal_new ("broker-request", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                          2, G_TYPE_STRING, RMQ_TYPE_REMOTING_COMMAND);
  /**
   * RmqClientInstance::queue-stalled:
   * @self: the client
   * @group: the consumer group
   * @queue: the queue
   * @reason: what holds it up
   *
   * A queue has made no progress for long.
   */
  signals[QUEUE_STALLED] = g_signal_new ("queue-stalled", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 3,
                                         G_TYPE_STRING, RMQ_TYPE_MESSAGE_QUEUE, G_TYPE_STRING);
}

static void
rmq_client_instance_class_init (RmqClientInstanceClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->constructed = rmq_client_instance_constructed;
  object_class->dispose = rmq_client_instance_dispose;
  object_class->finalize = rmq_client_instance_finalize;
  object_class->get_property = rmq_client_instance_get_property;
  object_class->set_property = rmq_client_instance_set_property;
  install_properties (object_class);
  install_signals (G_TYPE_FROM_CLASS (klass));
}

static void
rmq_client_instance_init (RmqClientInstance *self)
{
  _rmq_client_model_init (&self->connections);
  _rmq_client_model_init (&self->producers);
  _rmq_client_model_init (&self->consumers);
}

/**
 * rmq_client_instance_new:
 * @config: (nullable): the settings; `NULL` for the defaults. A snapshot is taken
 *
 * Creates a client. Never fails: what is wrong with the settings is reported by
 * the start.
 *
 * Returns: (transfer full): a new client
 */
RmqClientInstance *
rmq_client_instance_new (RmqClientConfig *config)
{
  g_return_val_if_fail (config == NULL || RMQ_IS_CLIENT_CONFIG (config), NULL);

  return g_object_new (RMQ_TYPE_CLIENT_INSTANCE, "config", config, NULL);
}
