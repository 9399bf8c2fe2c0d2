/* SPDX-License-Identifier: Apache-2.0
 *
 * RmqBrokerServer: the object, its settings, and the events that it brings to the owner's context.
 */
#include "rmq-broker-server-internal-private.h"

#include "base/rmq-error-private.h"
#include "base/rmq-sync-private.h"
#include "rmq-broker-embedded-private.h"

/* Events that nobody takes are not kept for ever. */
#define MAX_EVENTS 100000

/**
 * RmqBrokerServer:
 *
 * A name server and a broker in one object: for tests, for a laptop, for an edge box.
 *
 * Any RocketMQ client may connect to [property@RmqBroker.Server:address], as name server and as broker; those in this
 * process to `embedded://NAME`, too, by its [property@RmqBroker.Server:name] and without a socket. Messages are in
 * memory, unless [property@RmqBroker.Server:data-directory] names a folder; what the server knows survives a stop and a
 * start of the same object.
 *
 * It runs in a thread of its own, or in [property@RmqBroker.Server:io-context]. Signals come in the thread-default
 * context of the thread that made the object. All functions may be called from any thread.
 *
 * RocketMQ: NamesrvController and BrokerController.
 */

typedef enum
{
  PROP_NAME = 1,
  PROP_LISTEN,
  PROP_ADDRESS,
  PROP_PORT,
  PROP_RUNNING,
  PROP_BROKER_NAME,
  PROP_CLUSTER_NAME,
  PROP_BROKER_ID,
  PROP_STORE,
  PROP_DATA_DIRECTORY,
  PROP_MAX_BYTES,
  PROP_IO_CONTEXT,
  N_PROPS,
} Property;

static GParamSpec *props[N_PROPS];

enum
{
  CONNECTION_OPENED,
  CONNECTION_CLOSED,
  TOPIC_CREATED,
  MESSAGE_STORED,
  FAULT_FIRED,
  N_SIGNALS,
};

static unsigned signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (RmqBrokerServer, rmq_broker_server, G_TYPE_OBJECT)

/* --- events -------------------------------------------------------------------------------------------------- */

typedef struct
{
  unsigned signal;
  char *text;
  char *other;
  int number;
  int64_t offset;
} Event;

static void
event_free (void *data)
{
  Event *event = data;

  g_free (event->text);
  g_free (event->other);
  g_free (event);
}

static void
dispatch_event (void *item, void *data)
{
  g_autoptr (RmqBrokerServer) self = g_weak_ref_get (data);
  Event *event = item;

  if (self != NULL)
    switch (event->signal)
      {
      case MESSAGE_STORED:
        g_signal_emit (self, signals[MESSAGE_STORED], 0, event->text, event->number, event->offset);
        break;
      case FAULT_FIRED:
        g_signal_emit (self, signals[FAULT_FIRED], 0, event->text, event->number, event->other);
        break;
      default:
        g_signal_emit (self, signals[event->signal], 0, event->text);
        break;
      }
  event_free (event);
}

static void
push_event (RmqBrokerServer *self, unsigned signal, const char *text, int number, int64_t offset, char *other)
{
  Event *event = g_new0 (Event, 1);

  event->signal = signal;
  event->text = g_strdup (text);
  event->other = other;
  event->number = number;
  event->offset = offset;
  if (_rmq_queue_source_get_length (self->events) >= MAX_EVENTS || !_rmq_queue_source_push (self->events, event))
    event_free (event);
}

static void
on_opened (RmqBrokerPeer *peer, void *data)
{
  push_event (data, CONNECTION_OPENED, _rmq_server_connection_get_peer (peer->connection), 0, 0, NULL);
}

static void
on_closed (RmqBrokerPeer *peer, void *data)
{
  push_event (data, CONNECTION_CLOSED, _rmq_server_connection_get_peer (peer->connection), 0, 0, NULL);
}

static void
on_topic_created (const char *topic, void *data)
{
  push_event (data, TOPIC_CREATED, topic, 0, 0, NULL);
}

static void
on_message_stored (const RmqBrokerMessage *message, void *data)
{
  RmqBrokerServer *self = data;
  int64_t now_us = _rmq_io_now (self->io);

  /* Once a turn: the question takes a lock. */
  if (self->asked_us != now_us)
    self->wants_messages = g_signal_has_handler_pending (self, signals[MESSAGE_STORED], 0, TRUE);
  self->asked_us = now_us;
  if (self->wants_messages)
    push_event (self, MESSAGE_STORED, message->topic->name, message->record.queue_id, message->record.queue_offset,
                NULL);
}

static void
on_fault_fired (const char *fault, int code, const char *address, void *data)
{
  push_event (data, FAULT_FIRED, fault, code, 0, g_strdup (address));
}

const RmqBrokerEvents _rmq_broker_server_events = {
  on_opened, on_closed, on_topic_created, on_message_stored, on_fault_fired,
};

/**
 * rmq_broker_server_new:
 * @listen: (nullable): where to listen: "127.0.0.1:9876", "127.0.0.1:0" for any free port, "*:9876" for every
 *   address; %NULL: nowhere, for connections in this process only
 *
 * Makes a server. It does nothing before it is started.
 *
 * Returns: (transfer full): a new server
 */
RmqBrokerServer *
rmq_broker_server_new (const char *listen)
{
  return g_object_new (RMQ_BROKER_TYPE_SERVER, "listen", listen, NULL);
}

/* --- settings ------------------------------------------------------------------------------------------------ */

/**
 * rmq_broker_server_set_setting:
 * @self: a server
 * @name: a name as in the configuration of Apache's broker, "maxMessageSize"
 * @value: (nullable): its value as text
 * @error: return location for a [error@Rmq.Error]
 *
 * Changes a setting. It counts from the next start on.
 *
 * Returns: %FALSE: there is no such setting, or it has no such value
 */
gboolean
rmq_broker_server_set_setting (RmqBrokerServer *self, const char *name, const char *value, GError **error)
{
  bool set;

  g_return_val_if_fail (RMQ_BROKER_IS_SERVER (self), FALSE);
  g_return_val_if_fail (name != NULL, FALSE);

  rmq_mutex_lock (&self->mutex);
  set = _rmq_broker_settings_set (self->settings, name, value, false, error);
  rmq_mutex_unlock (&self->mutex);
  return set;
}

/**
 * rmq_broker_server_dup_setting:
 * @self: a server
 * @name: a name as in the configuration of Apache's broker
 *
 * Tells a setting.
 *
 * Returns: (transfer full) (nullable): its value as text; %NULL when it has none, or there is no such setting
 */
char *
rmq_broker_server_dup_setting (RmqBrokerServer *self, const char *name)
{
  char *value;

  g_return_val_if_fail (RMQ_BROKER_IS_SERVER (self), NULL);
  g_return_val_if_fail (name != NULL, NULL);

  rmq_mutex_lock (&self->mutex);
  value = _rmq_broker_settings_get (self->settings, name);
  rmq_mutex_unlock (&self->mutex);
  return value;
}

/**
 * rmq_broker_server_dup_address: (get-property address)
 * @self: a server
 *
 * Where clients find it: what routes say, and what to give them as name server.
 *
 * Returns: (transfer full) (nullable): "127.0.0.1:9876", or "embedded://NAME" when it does not listen; %NULL before its
 *   first start
 */
char *
rmq_broker_server_dup_address (RmqBrokerServer *self)
{
  char *address;

  g_return_val_if_fail (RMQ_BROKER_IS_SERVER (self), NULL);

  rmq_mutex_lock (&self->mutex);
  address = g_strdup (self->address);
  rmq_mutex_unlock (&self->mutex);
  return address;
}

/**
 * rmq_broker_server_get_port: (get-property port)
 * @self: a server
 *
 * Tells the port that the system gave, when it was asked for any.
 *
 * Returns: the port it listens at, 0 while it does not
 */
guint
rmq_broker_server_get_port (RmqBrokerServer *self)
{
  unsigned port;

  g_return_val_if_fail (RMQ_BROKER_IS_SERVER (self), 0);

  rmq_mutex_lock (&self->mutex);
  port = self->state == RMQ_BROKER_RUNNING ? self->port : 0;
  rmq_mutex_unlock (&self->mutex);
  return port;
}

/**
 * rmq_broker_server_get_running: (get-property running)
 * @self: a server
 *
 * Tells whether it answers.
 *
 * Returns: whether it is started
 */
gboolean
rmq_broker_server_get_running (RmqBrokerServer *self)
{
  bool running;

  g_return_val_if_fail (RMQ_BROKER_IS_SERVER (self), FALSE);

  rmq_mutex_lock (&self->mutex);
  running = self->state == RMQ_BROKER_RUNNING;
  rmq_mutex_unlock (&self->mutex);
  return running;
}

/* --- the object ---------------------------------------------------------------------------------------------- */

static void
get_setting (RmqBrokerServer *self, Property property, GValue *value)
{
  rmq_mutex_lock (&self->mutex);
  switch (property)
    {
    case PROP_BROKER_NAME:
      g_value_set_string (value, self->settings->broker_name);
      break;
    case PROP_CLUSTER_NAME:
      g_value_set_string (value, self->settings->cluster_name);
      break;
    case PROP_BROKER_ID:
      g_value_set_int64 (value, self->settings->broker_id);
      break;
    case PROP_DATA_DIRECTORY:
      g_value_set_string (value, self->settings->directory);
      break;
    case PROP_MAX_BYTES:
      g_value_set_int64 (value, self->settings->max_store_bytes);
      break;
    default:
      break;
    }
  rmq_mutex_unlock (&self->mutex);
}

static void
rmq_broker_server_get_property (GObject *object, unsigned prop_id, GValue *value, GParamSpec *pspec)
{
  RmqBrokerServer *self = RMQ_BROKER_SERVER (object);

  switch ((Property) prop_id)
    {
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_LISTEN:
      g_value_set_string (value, self->listen);
      break;
    case PROP_ADDRESS:
      g_value_take_string (value, rmq_broker_server_dup_address (self));
      break;
    case PROP_PORT:
      g_value_set_uint (value, rmq_broker_server_get_port (self));
      break;
    case PROP_RUNNING:
      g_value_set_boolean (value, rmq_broker_server_get_running (self));
      break;
    case PROP_STORE:
      g_value_set_string (value, self->store_name);
      break;
    case PROP_IO_CONTEXT:
      g_value_set_boxed (value, self->io_context);
      break;
    case PROP_BROKER_NAME:
    case PROP_CLUSTER_NAME:
    case PROP_BROKER_ID:
    case PROP_DATA_DIRECTORY:
    case PROP_MAX_BYTES:
      get_setting (self, prop_id, value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
      break;
    }
}

static void
replace_string (char **member, const GValue *value)
{
  g_free (*member);
  *member = g_value_dup_string (value);
}

static void
rmq_broker_server_set_property (GObject *object, unsigned prop_id, const GValue *value, GParamSpec *pspec)
{
  RmqBrokerServer *self = RMQ_BROKER_SERVER (object);

  rmq_mutex_lock (&self->mutex);
  switch ((Property) prop_id)
    {
    case PROP_NAME:
      self->name = g_value_dup_string (value);
      break;
    case PROP_LISTEN:
      replace_string (&self->listen, value);
      break;
    case PROP_STORE:
      replace_string (&self->store_name, value);
      break;
    case PROP_IO_CONTEXT:
      self->io_context = g_value_dup_boxed (value);
      break;
    case PROP_BROKER_NAME:
      replace_string (&self->settings->broker_name, value);
      break;
    case PROP_CLUSTER_NAME:
      replace_string (&self->settings->cluster_name, value);
      break;
    case PROP_BROKER_ID:
      self->settings->broker_id = g_value_get_int64 (value);
      break;
    case PROP_DATA_DIRECTORY:
      replace_string (&self->settings->directory, value);
      break;
    case PROP_MAX_BYTES:
      self->settings->max_store_bytes = g_value_get_int64 (value);
      break;
    case PROP_ADDRESS:
    case PROP_PORT:
    case PROP_RUNNING:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
      break;
    }
  rmq_mutex_unlock (&self->mutex);
}

static void
weak_free (void *data)
{
  g_weak_ref_clear (data);
  g_free (data);
}

static void
rmq_broker_server_constructed (GObject *object)
{
  RmqBrokerServer *self = RMQ_BROKER_SERVER (object);
  GWeakRef *weak = g_new0 (GWeakRef, 1);

  g_weak_ref_init (weak, self);
  self->main_context = g_main_context_ref_thread_default ();
  if (self->name == NULL)
    self->name = _rmq_broker_embedded_make_name ();
  self->events = _rmq_queue_source_new ("rmq-broker-events", event_free);
  _rmq_queue_source_set_func (self->events, dispatch_event, NULL, weak, weak_free);
  g_source_attach ((GSource *) self->events, self->main_context);
  G_OBJECT_CLASS (rmq_broker_server_parent_class)->constructed (object);
}

static void
rmq_broker_server_dispose (GObject *object)
{
  RmqBrokerServer *self = RMQ_BROKER_SERVER (object);

  _rmq_broker_server_halt (self);
  G_OBJECT_CLASS (rmq_broker_server_parent_class)->dispose (object);
}

static void
rmq_broker_server_finalize (GObject *object)
{
  RmqBrokerServer *self = RMQ_BROKER_SERVER (object);

  g_source_destroy ((GSource *) self->events);
  g_source_unref ((GSource *) self->events);
  g_main_context_unref (self->main_context);
  g_clear_pointer (&self->io_context, g_main_context_unref);
  g_clear_object (&self->store);
  g_clear_pointer (&self->faults, g_ptr_array_unref);
  g_clear_pointer (&self->clock, _rmq_clock_unref);
  _rmq_broker_settings_free (self->settings);
  g_free (self->name);
  g_free (self->listen);
  g_free (self->address);
  g_free (self->store_name);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->cond);
  G_OBJECT_CLASS (rmq_broker_server_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass *klass)
{
  const GParamFlags read = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;
  const GParamFlags write = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  /**
   * RmqBrokerServer:name:
   *
   * Clients in this process reach it by the name server address `embedded://NAME`, without a socket. No two that run
   * have the same name. %NULL: one is made up.
   */
  props[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, write | G_PARAM_CONSTRUCT_ONLY);
  /**
   * RmqBrokerServer:listen:
   *
   * Where to listen, from the next start on; %NULL: nowhere.
   */
  props[PROP_LISTEN] = g_param_spec_string ("listen", NULL, NULL, NULL, write | G_PARAM_CONSTRUCT);
  /**
   * RmqBrokerServer:address: (getter dup_address)
   *
   * Where clients find it: "127.0.0.1:9876", or "embedded://NAME" when it does not listen; %NULL before its first
   * start.
   */
  props[PROP_ADDRESS] = g_param_spec_string ("address", NULL, NULL, NULL, read);
  /**
   * RmqBrokerServer:port: (getter get_port)
   *
   * The port it listens at, 0 while it does not.
   */
  props[PROP_PORT] = g_param_spec_uint ("port", NULL, NULL, 0, G_MAXUINT16, 0, read);
  /**
   * RmqBrokerServer:running: (getter get_running)
   *
   * Whether it is started.
   */
  props[PROP_RUNNING] = g_param_spec_boolean ("running", NULL, NULL, FALSE, read);
  /**
   * RmqBrokerServer:broker-name:
   *
   * The name that routes give it.
   */
  props[PROP_BROKER_NAME] = g_param_spec_string ("broker-name", NULL, NULL, "broker-a", write | G_PARAM_CONSTRUCT);
  /**
   * RmqBrokerServer:cluster-name:
   *
   * The cluster that routes say it belongs to.
   */
  props[PROP_CLUSTER_NAME] =
      g_param_spec_string ("cluster-name", NULL, NULL, "DefaultCluster", write | G_PARAM_CONSTRUCT);
  /**
   * RmqBrokerServer:broker-id:
   *
   * 0 is the master, others are slaves as far as clients see them.
   */
  props[PROP_BROKER_ID] = g_param_spec_int64 ("broker-id", NULL, NULL, 0, G_MAXINT64, 0, write | G_PARAM_CONSTRUCT);
  /**
   * RmqBrokerServer:store:
   *
   * What keeps the messages: "memory", or "sqlite" for a file in [property@RmqBroker.Server:data-directory]. %NULL: the
   * one that fits there being a data directory or none.
   */
  props[PROP_STORE] = g_param_spec_string ("store", NULL, NULL, NULL, write | G_PARAM_CONSTRUCT);
  /**
   * RmqBrokerServer:data-directory:
   *
   * The folder of a store that has files. It is made when it is not there. One broker at a time may use it.
   */
  props[PROP_DATA_DIRECTORY] = g_param_spec_string ("data-directory", NULL, NULL, NULL, write);
  /**
   * RmqBrokerServer:max-bytes:
   *
   * How much messages may take in the store, in bytes; the oldest go first. 0: 256 MiB in memory, no limit in a file.
   */
  props[PROP_MAX_BYTES] = g_param_spec_int64 ("max-bytes", NULL, NULL, 0, G_MAXINT64, 0, write | G_PARAM_CONSTRUCT);
  /**
   * RmqBrokerServer:io-context:
   *
   * The context that the server runs in, which the application iterates; %NULL: a thread of its own.
   */
  props[PROP_IO_CONTEXT] =
      g_param_spec_boxed ("io-context", NULL, NULL, G_TYPE_MAIN_CONTEXT, write | G_PARAM_CONSTRUCT_ONLY);
  g_object_class_install_properties (klass, N_PROPS, props);
}

static void
install_signals (GObjectClass *klass)
{
  GType type = G_TYPE_FROM_CLASS (klass);

  /**
   * RmqBrokerServer::connection-opened:
   * @self: the server
   * @address: of the client
   *
   * A client connected.
   */
  signals[CONNECTION_OPENED] =
      g_signal_new ("connection-opened", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  /**
   * RmqBrokerServer::connection-closed:
   * @self: the server
   * @address: of the client
   *
   * A connection ended.
   */
  signals[CONNECTION_CLOSED] =
      g_signal_new ("connection-closed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  /**
   * RmqBrokerServer::topic-created:
   * @self: the server
   * @topic: its name
   *
   * A topic was made, by an administrator or by a first message.
   */
  signals[TOPIC_CREATED] =
      g_signal_new ("topic-created", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  /**
   * RmqBrokerServer::message-stored:
   * @self: the server
   * @topic: the topic it is stored in
   * @queue_id: its queue
   * @queue_offset: its offset there
   *
   * A message was stored. Costs nothing while nobody is connected to it.
   */
  signals[MESSAGE_STORED] = g_signal_new ("message-stored", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                          3, G_TYPE_STRING, G_TYPE_INT, G_TYPE_INT64);
  /**
   * RmqBrokerServer::fault-fired:
   * @self: the server
   * @fault: the fault as it was asked for
   * @code: of the request it happened to
   * @address: of the client
   *
   * A fault that was asked for happened.
   */
  signals[FAULT_FIRED] = g_signal_new ("fault-fired", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 3,
                                       G_TYPE_STRING, G_TYPE_INT, G_TYPE_STRING);
}

void
_rmq_broker_server_notify_running (RmqBrokerServer *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_RUNNING]);
}

static void
rmq_broker_server_class_init (RmqBrokerServerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = rmq_broker_server_get_property;
  object_class->set_property = rmq_broker_server_set_property;
  object_class->constructed = rmq_broker_server_constructed;
  object_class->dispose = rmq_broker_server_dispose;
  object_class->finalize = rmq_broker_server_finalize;
  install_properties (object_class);
  install_signals (object_class);
}

static void
rmq_broker_server_init (RmqBrokerServer *self)
{
  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);
  self->settings = _rmq_broker_settings_new ();
}
