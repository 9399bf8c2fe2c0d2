/* SPDX-License-Identifier: Apache-2.0
 *
 * RmqProducer: the handle that applications hold, its own properties and its signals. What it does is in the other
 * files.
 */
#include "rmq-producer-private.h"

#include "base/rmq-error-private.h"
#include "base/rmq-fork-private.h"
#include "base/rmq-sync-private.h"
#include "wire/rmq-names-private.h"

/**
 * RmqProducer:
 *
 * Sends messages to topics.
 *
 * Three ways, by what they cost: [method@Producer.send] blocks until the broker
 * answers, [method@Producer.send_async] calls back, and
 * [method@Producer.enqueue] is for rate: receipts come many at a time by the
 * signal [signal@Producer::receipts].
 *
 * A send has one deadline ([property@Producer:send-timeout]) for the route, the
 * connection and every try, and one of three outcomes: stored, not stored,
 * maybe stored ([enum@Outcome]).
 *
 * The first send starts the client and registers the group. Methods may be
 * called from any thread; signals are emitted in the main context that was the
 * thread default where the producer was made.
 *
 * See RocketMQ's `DefaultMQProducer`.
 */
G_DEFINE_FINAL_TYPE (RmqProducer, rmq_producer, G_TYPE_OBJECT)

enum
{
  PROP_CLIENT = 1,
  PROP_GROUP,
  PROP_MAIN_CONTEXT,
  PROP_STATE,
  FIRST_OPTION,
  N_PROPS = FIRST_OPTION + RMQ_PRODUCER_N_OPTIONS
};

unsigned _rmq_producer_signals[RMQ_PRODUCER_N_SIGNALS];
static GParamSpec *props[N_PROPS];

/* --- Receipts, in the main context
 * ------------------------------------------------------------------------------------ */

static bool
hears_receipts (RmqProducer *self)
{
  return g_signal_has_handler_pending (self, _rmq_producer_signals[RMQ_PRODUCER_SIGNAL_RECEIPTS], 0, FALSE);
}

bool
_rmq_producer_hears_receipts (RmqProducer *self)
{
  int turn = g_atomic_int_get (&self->core->n_turns);

  if (g_atomic_int_get (&self->heard_in_turn) == turn)
    return true;
  if (!hears_receipts (self))
    return false;
  g_atomic_int_set (&self->heard_in_turn, turn);
  return true;
}

/* The array is the handlers' to keep. */
static void
emit_receipts (RmqProducer *self, GPtrArray *receipts)
{
  bool writable = _rmq_producer_core_release_slots (self->core, receipts->len);

  if (hears_receipts (self))
    g_signal_emit (self, _rmq_producer_signals[RMQ_PRODUCER_SIGNAL_RECEIPTS], 0, receipts);
  else
    g_ptr_array_foreach (receipts, (GFunc) _rmq_producer_core_note_unseen, self->core);
  if (writable)
    g_signal_emit (self, _rmq_producer_signals[RMQ_PRODUCER_SIGNAL_WRITABLE], 0);
}

static void
deliver (void *item, void *data)
{
  GWeakRef *handle = data;
  g_autoptr (RmqProducer) producer = g_weak_ref_get (handle);

  if (producer != NULL && item != RMQ_PRODUCER_WRITABLE)
    emit_receipts (producer, item);
  else if (producer != NULL)
    g_signal_emit (producer, _rmq_producer_signals[RMQ_PRODUCER_SIGNAL_WRITABLE], 0);
  _rmq_producer_item_free (item);
}

static void
handle_free (void *data)
{
  g_weak_ref_clear (data);
  g_free (data);
}

static void
make_receipts (RmqProducer *self)
{
  GWeakRef *handle = g_new0 (GWeakRef, 1);

  g_weak_ref_init (handle, self);
  self->receipts = _rmq_queue_source_new ("rmq-receipts", _rmq_producer_item_free);
  _rmq_queue_source_set_func (self->receipts, deliver, NULL, handle, handle_free);
  g_source_attach ((GSource *) self->receipts, self->main_context);
}

/* --- The object ------------------------------------------------------------------------------------------------------
 */

static void
rmq_producer_constructed (GObject *object)
{
  RmqProducer *self = RMQ_PRODUCER (object);

  G_OBJECT_CLASS (rmq_producer_parent_class)->constructed (object);
  if (self->client == NULL)
    self->client = rmq_client_instance_new (NULL);
  if (self->main_context == NULL)
    self->main_context = g_main_context_ref_thread_default ();
  self->fork_generation = _rmq_fork_generation ();
  self->group_is_valid = _rmq_producer_group_check (self->group, NULL);
  self->heard_in_turn = -1;
  make_receipts (self);
  self->core = _rmq_producer_core_new (_rmq_client_instance_get_core (self->client), self->group, self->receipts);
  self->core->inner.owner = self->client;
}

typedef struct
{
  RmqIoOp op;
  RmqProducerCore *core;
} AbandonOp;

static void
abandon_drop (RmqIoOp *op)
{
  _rmq_producer_core_unref (((AbandonOp *) op)->core);
  g_free (op);
}

static void
abandon_run (RmqIoOp *op)
{
  _rmq_producer_core_close (((AbandonOp *) op)->core, 0, NULL);
  abandon_drop (op);
}

static void
rmq_producer_dispose (GObject *object)
{
  RmqProducer *self = RMQ_PRODUCER (object);
  AbandonOp *op;

  if (!self->released && self->fork_generation == _rmq_fork_generation ())
    {
      self->released = true;
      _rmq_producer_core_forget_receipts (self->core);
      g_source_destroy ((GSource *) self->receipts);
      op = g_new0 (AbandonOp, 1);
      op->op.run = abandon_run;
      op->op.drop = abandon_drop;
      op->core = _rmq_producer_core_ref (self->core);
      _rmq_io_submit (_rmq_client_core_get_io (op->core->client), &op->op);
    }
  G_OBJECT_CLASS (rmq_producer_parent_class)->dispose (object);
}

static void
rmq_producer_finalize (GObject *object)
{
  RmqProducer *self = RMQ_PRODUCER (object);

  /* What belongs to a parent process is left as it is: its locks may be held for ever. */
  if (self->fork_generation == _rmq_fork_generation ())
    {
      g_source_unref ((GSource *) self->receipts);
      _rmq_producer_core_unref (self->core);
    }
  g_clear_object (&self->client);
  g_free (self->group);
  g_clear_pointer (&self->main_context, g_main_context_unref);
  G_OBJECT_CLASS (rmq_producer_parent_class)->finalize (object);
}

RmqProducerOptions
_rmq_producer_get_options (RmqProducer *self)
{
  bool forked = self->fork_generation != _rmq_fork_generation ();
  RmqProducerOptions options;

  if (!forked)
    rmq_mutex_lock (&self->core->lock);
  options = self->core->options;
  if (!forked)
    rmq_mutex_unlock (&self->core->lock);
  return options;
}

static void
set_option (RmqProducer *self, unsigned prop_id, const GValue *value)
{
  RmqProducerOptions options = _rmq_producer_get_options (self);

  if (self->fork_generation != _rmq_fork_generation ())
    return;
  _rmq_producer_options_set (&options, prop_id - FIRST_OPTION, value);
  rmq_mutex_lock (&self->core->lock);
  self->core->options = options;
  rmq_mutex_unlock (&self->core->lock);
  g_object_notify_by_pspec (G_OBJECT (self), props[prop_id]);
}

static void
rmq_producer_get_property (GObject *object, unsigned prop_id, GValue *value, GParamSpec *pspec)
{
  RmqProducer *self = RMQ_PRODUCER (object);
  RmqProducerOptions options;

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
      g_value_set_enum (value, rmq_producer_get_state (self));
      break;
    default:
      options = _rmq_producer_get_options (self);
      _rmq_producer_options_get (&options, prop_id - FIRST_OPTION, value);
    }
}

static void
rmq_producer_set_property (GObject *object, unsigned prop_id, const GValue *value, GParamSpec *pspec)
{
  RmqProducer *self = RMQ_PRODUCER (object);

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
      set_option (self, prop_id, value);
    }
}

static void
install_identity (void)
{
  GParamFlags construct = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;
  GParamFlags read = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  /**
   * RmqProducer:client: (getter get_client)
   *
   * The client whose connections are used.
   */
  props[PROP_CLIENT] = g_param_spec_object ("client", "Client", "The client", RMQ_TYPE_CLIENT_INSTANCE, construct);
  /**
   * RmqProducer:group: (getter get_group)
   *
   * The producer group.
   */
  props[PROP_GROUP] = g_param_spec_string ("group", "Group", "The producer group", NULL, construct);
  /**
   * RmqProducer:main-context:
   *
   * Where signals are emitted. `NULL` at construction: the thread default
   * context of the thread that constructs.
   */
  props[PROP_MAIN_CONTEXT] =
      g_param_spec_boxed ("main-context", "Main context", "Where signals are emitted", G_TYPE_MAIN_CONTEXT, construct);
  /**
   * RmqProducer:state: (getter get_state)
   *
   * The state.
   */
  props[PROP_STATE] = g_param_spec_enum ("state", "State", "The state", RMQ_TYPE_STATE, RMQ_STATE_CREATED, read);
}

static void
install_signals (GType type)
{
  /**
   * RmqProducer::receipts:
   * @self: the producer
   * @receipts: (element-type RmqSendReceipt): how enqueued messages ended
   *
   * Enqueued messages were answered, or failed. Many at a time. Without a
   * handler at the time of the enqueue, failures are counted and logged.
   */
  _rmq_producer_signals[RMQ_PRODUCER_SIGNAL_RECEIPTS] =
      g_signal_new ("receipts", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_PTR_ARRAY);
  /**
   * RmqProducer::writable:
   * @self: the producer
   *
   * After `RMQ_ERROR_QUEUE_FULL`: half of the room is free again.
   */
  _rmq_producer_signals[RMQ_PRODUCER_SIGNAL_WRITABLE] =
      g_signal_new ("writable", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
rmq_producer_class_init (RmqProducerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->constructed = rmq_producer_constructed;
  object_class->dispose = rmq_producer_dispose;
  object_class->finalize = rmq_producer_finalize;
  object_class->get_property = rmq_producer_get_property;
  object_class->set_property = rmq_producer_set_property;
  install_identity ();
  _rmq_producer_options_install (&props[FIRST_OPTION]);
  g_object_class_install_properties (object_class, N_PROPS, props);
  install_signals (G_TYPE_FROM_CLASS (klass));
}

static void
rmq_producer_init (RmqProducer *self)
{
}

/**
 * rmq_producer_new:
 * @client: the client whose connections are used
 * @group: the producer group
 *
 * Creates a producer. Never fails: a group that cannot be is reported by the
 * first send.
 *
 * Returns: (transfer full): a new producer
 */
RmqProducer *
rmq_producer_new (RmqClientInstance *client, const char *group)
{
  g_return_val_if_fail (RMQ_IS_CLIENT_INSTANCE (client), NULL);
  g_return_val_if_fail (group != NULL, NULL);

  return g_object_new (RMQ_TYPE_PRODUCER, "client", client, "group", group, NULL);
}

/**
 * rmq_producer_get_client: (get-property client)
 * @self: a producer
 *
 * Gets the client.
 *
 * Returns: (transfer none): the client
 */
RmqClientInstance *
rmq_producer_get_client (RmqProducer *self)
{
  g_return_val_if_fail (RMQ_IS_PRODUCER (self), NULL);

  return self->client;
}

/**
 * rmq_producer_get_group: (get-property group)
 * @self: a producer
 *
 * Gets the producer group.
 *
 * Returns: the group
 */
const char *
rmq_producer_get_group (RmqProducer *self)
{
  g_return_val_if_fail (RMQ_IS_PRODUCER (self), NULL);

  return self->group;
}

/**
 * rmq_producer_get_state: (get-property state)
 * @self: a producer
 *
 * Gets the state. May be called from any thread.
 *
 * Returns: the state
 */
RmqState
rmq_producer_get_state (RmqProducer *self)
{
  g_return_val_if_fail (RMQ_IS_PRODUCER (self), RMQ_STATE_CLOSED);

  return _rmq_producer_core_get_state (self->core);
}

/**
 * rmq_producer_get_send_timeout: (get-property send-timeout)
 * @self: a producer
 *
 * Gets how long a send may take.
 *
 * Returns: milliseconds
 */
unsigned
rmq_producer_get_send_timeout (RmqProducer *self)
{
  g_return_val_if_fail (RMQ_IS_PRODUCER (self), 0);

  return _rmq_producer_get_options (self).send_timeout_ms;
}

/**
 * rmq_producer_set_send_timeout: (set-property send-timeout)
 * @self: a producer
 * @milliseconds: from 1 to 86400000
 *
 * Sets how long sends may take from now on.
 */
void
rmq_producer_set_send_timeout (RmqProducer *self, unsigned milliseconds)
{
  g_return_if_fail (RMQ_IS_PRODUCER (self));

  g_object_set (self, "send-timeout", milliseconds, NULL);
}

/**
 * rmq_producer_get_retries: (get-property retries)
 * @self: a producer
 *
 * Gets how often a send is tried again.
 *
 * Returns: the number
 */
unsigned
rmq_producer_get_retries (RmqProducer *self)
{
  g_return_val_if_fail (RMQ_IS_PRODUCER (self), 0);

  return _rmq_producer_get_options (self).retries;
}

/**
 * rmq_producer_set_retries: (set-property retries)
 * @self: a producer
 * @retries: from 0 to 1000
 *
 * Sets how often sends are tried again from now on.
 */
void
rmq_producer_set_retries (RmqProducer *self, unsigned retries)
{
  g_return_if_fail (RMQ_IS_PRODUCER (self));

  g_object_set (self, "retries", retries, NULL);
}

/**
 * rmq_producer_get_n_pending:
 * @self: a producer
 *
 * Gets how many enqueued and one-way messages are on their way. May be called
 * from any thread.
 *
 * Returns: the number
 */
uint64_t
rmq_producer_get_n_pending (RmqProducer *self)
{
  g_return_val_if_fail (RMQ_IS_PRODUCER (self), 0);

  return (uint64_t) g_atomic_int_get (&self->core->n_pending);
}
