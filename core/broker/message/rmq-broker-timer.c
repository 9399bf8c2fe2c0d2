/* SPDX-License-Identifier: Apache-2.0
 *
 * Timer messages: they wait in one queue of a system topic, whatever their time, and here by their time; a ledger says
 * which of them are over, and the rest is read from the queue when the broker starts. (RocketMQ: TimerMessageStore.)
 */
#include "rmq-broker-timer-private.h"

#include <inttypes.h>
#include "base/rmq-error-private.h"
#include "base/rmq-log-private.h"
#include "broker/rmq-broker-core-private.h"
#include "broker/rmq-broker-modules-private.h"
#include "wire/rmq-names-private.h"
#include "wire/rmq-recall-handle-private.h"

#define STATE_TABLE "timer"
#define ENQUEUE_MS "TIMER_ENQUEUE_MS"
#define DEQUEUE_MS "TIMER_DEQUEUE_MS"
/* What is delivered before other work gets its turn. */
#define PART 128
/* The wall clock may jump, and what could not be stored is tried again. */
#define LOOK_AGAIN_MS 10000
#define TRY_AGAIN_MS 1000
#define ACCURACY_US 5000

/* --- slots ---------------------------------------------------------------------------------------------------- */

static int
compare_times (const void *a, const void *b, void *data)
{
  int64_t x = *(const int64_t *) a;
  int64_t y = *(const int64_t *) b;

  return (x > y) - (x < y);
}

static void
slot_free (void *data)
{
  RmqBrokerSlot *slot = data;

  g_array_unref (slot->offsets);
  g_free (slot);
}

static RmqBrokerSlot *
first_slot (RmqBrokerTimers *self)
{
  GTreeNode *node = g_tree_node_first (self->slots);

  return node != NULL ? g_tree_node_value (node) : NULL;
}

static void
add_to_slot (RmqBrokerTimers *self, int64_t out_ms, int64_t offset)
{
  RmqBrokerSlot *slot = g_tree_lookup (self->slots, &out_ms);

  if (slot == NULL)
    {
      slot = g_new0 (RmqBrokerSlot, 1);
      slot->out_ms = out_ms;
      slot->offsets = g_array_new (FALSE, FALSE, sizeof (int64_t));
      g_tree_insert (self->slots, &slot->out_ms, slot);
    }
  g_array_append_val (slot->offsets, offset);
}

static void
remove_slot (RmqBrokerTimers *self, RmqBrokerSlot *slot)
{
  /* A copy: the key goes with the slot. */
  int64_t out_ms = slot->out_ms;

  g_tree_remove (self->slots, &out_ms);
}

/* One step of the precision after TIMER_OUT_MS, so never before the time that was asked for. */
static int64_t
due_time (RmqBrokerTimers *self, const RmqBrokerSlot *slot)
{
  return slot->out_ms > INT64_MAX - self->precision_ms ? INT64_MAX : slot->out_ms + self->precision_ms;
}

static void
arm (RmqBrokerTimers *self)
{
  RmqBrokerSlot *slot = first_slot (self);
  int64_t now_ms = rmq_broker_now_ms (self->core);
  int64_t due_ms;

  if (slot == NULL)
    {
      _rmq_timer_disarm (self->core->timers, &self->timer);
      return;
    }
  due_ms = CLAMP (MAX (due_time (self, slot), self->try_again_ms), now_ms, now_ms + LOOK_AGAIN_MS);
  _rmq_timer_arm (self->core->timers, &self->timer, rmq_broker_now_us (self->core) + (due_ms - now_ms) * 1000,
                  due_ms > now_ms ? ACCURACY_US : 0);
}

/* --- delivery ------------------------------------------------------------------------------------------------- */

static void
set_number (RmqBrokerMessage *message, const char *name, int64_t number)
{
  g_autofree char *text = g_strdup_printf ("%" PRId64, number);

  _rmq_broker_message_set_property (message, name, rmq_slice_from_string (text));
}

static void
edit_delivered (RmqBrokerCore *core, RmqBrokerMessage *message, void *data)
{
  const RmqBrokerTimers *self = data;

  set_number (message, ENQUEUE_MS, message->record.store_timestamp / self->precision_ms * self->precision_ms);
  set_number (message, DEQUEUE_MS, rmq_broker_now_ms (core));
  message->direct = true;
}

/* Into self->record. */
static bool
read_record (RmqBrokerTimers *self, int64_t offset, RmqRecord *record)
{
  RmqBrokerRead read = { .offset = offset, .max_messages = 1, .max_examined = 1, .out = &self->record };

  self->record.len = 0;
  _rmq_broker_store_read (self->core->store, self->queue, &read);
  return read.n_messages == 1 && _rmq_record_decode (record, self->record.data, self->record.len, 0, NULL);
}

/* False: the broker cannot take it now. */
static bool
deliver (RmqBrokerTimers *self, int64_t offset)
{
  RmqRecord record;
  int code;

  if (_rmq_broker_ledger_is_over (self->ledger, offset))
    return true;
  if (!read_record (self, offset, &record))
    {
      rmq_warning ("broker", self->topic->name, "The timer message at %" PRId64 " is lost: the store was full", offset);
      _rmq_broker_ledger_end (self->ledger, offset);
      return true;
    }
  code = _rmq_broker_put_parked (self->core, &record, NULL, edit_delivered, self, NULL);
  if (code == RMQ_RESPONSE_TOPIC_NOT_EXIST)
    rmq_warning ("broker", self->topic->name, "A timer message is dropped: its topic was deleted");
  else if (code != RMQ_RESPONSE_SUCCESS)
    return false;
  _rmq_broker_ledger_end (self->ledger, offset);
  return true;
}

static void
on_timer (RmqTimer *timer, void *data)
{
  RmqBrokerTimers *self = data;
  int64_t now_ms = rmq_broker_now_ms (self->core);
  RmqBrokerSlot *slot = first_slot (self);

  self->try_again_ms = 0;
  for (int i = 0; i < PART && slot != NULL && due_time (self, slot) <= now_ms; i++)
    {
      if (!deliver (self, g_array_index (slot->offsets, int64_t, slot->next)))
        {
          self->try_again_ms = now_ms + TRY_AGAIN_MS;
          break;
        }
      if (++slot->next < slot->offsets->len)
        continue;
      remove_slot (self, slot);
      slot = first_slot (self);
    }
  arm (self);
}

/* --- the way in ----------------------------------------------------------------------------------------------- */

/* When it is to come, by the first of its properties. False: not a number, or beyond all numbers. */
static bool
read_time (const RmqBrokerMessage *message, int64_t now_ms, int64_t *time_ms, bool *found)
{
  static const struct
  {
    const char *name;
    int64_t unit_ms;
    bool relative;
  } properties[] = {
    { RMQ_PROPERTY_TIMER_DELAY_SEC, 1000, true },
    { RMQ_PROPERTY_TIMER_DELAY_MS, 1, true },
    { RMQ_PROPERTY_TIMER_DELIVER_MS, 1, false },
  };

  *found = false;
  for (unsigned i = 0; i < G_N_ELEMENTS (properties); i++)
    {
      RmqSlice text = _rmq_broker_message_get_property (message, properties[i].name);

      if (text.data == NULL)
        continue;
      *found = true;
      return _rmq_property_parse_int64 (text, time_ms)
             && !__builtin_mul_overflow (*time_ms, properties[i].unit_ms, time_ms)
             && !__builtin_add_overflow (*time_ms, properties[i].relative ? now_ms : 0, time_ms);
    }
  return true;
}

/* Down to a multiple of the precision, and one step down from a multiple, as Java's broker does. */
static int64_t
align (const RmqBrokerTimers *self, int64_t time_ms)
{
  return (time_ms - 1) / self->precision_ms * self->precision_ms;
}

static RmqBrokerPutVerdict
refuse_time (RmqBrokerCore *core, RmqBrokerMessage *message)
{
  return _rmq_broker_message_refuse (message, RMQ_RESPONSE_MESSAGE_ILLEGAL,
                                     "timer message illegal, the delay time should not be bigger than the max delay "
                                     "%" PRId64 "ms; or if set del msg, the delay time should be bigger than the "
                                     "current time",
                                     core->settings->timer_max_delay_s * 1000);
}

static bool
is_too_late (RmqBrokerCore *core, int64_t time_ms, int64_t now_ms)
{
  return (time_ms - now_ms) > CLAMP (core->settings->timer_max_delay_s, 0, INT64_MAX / 1000) * 1000;
}

static void
add_handle (RmqBrokerTimers *self, RmqBrokerMessage *message, int64_t out_ms)
{
  g_autofree char *topic = rmq_slice_dup (message->record.topic);
  g_autofree char *id = rmq_slice_dup (message->unique_id);
  g_autofree char *time = NULL;

  if (message->header == NULL || id == NULL || _rmq_topic_is_retry (topic))
    return;
  time = g_strdup_printf ("%" PRId64, out_ms + 1);
  g_free (message->recall_handle);
  message->recall_handle = _rmq_recall_handle_encode (topic, self->core->settings->broker_name, time, id);
}

static RmqBrokerPutVerdict
park (RmqBrokerTimers *self, RmqBrokerMessage *message, int64_t out_ms)
{
  RmqBrokerCore *core = self->core;
  const RmqBrokerSlot *slot = g_tree_lookup (self->slots, &out_ms);

  if (slot != NULL && slot->offsets->len >= core->settings->timer_max_a_slot)
    return _rmq_broker_message_refuse (message, RMQ_RESPONSE_SYSTEM_ERROR,
                                       "timer message is under flow control, max num limit is %" PRId64,
                                       core->settings->timer_max_a_slot);
  add_handle (self, message, out_ms);
  set_number (message, RMQ_PROPERTY_TIMER_OUT_MS, out_ms);
  _rmq_broker_message_redirect (message, self->topic, 0);
  return RMQ_BROKER_PUT_ON;
}

static RmqBrokerPutVerdict
before_put (RmqBrokerCore *core, RmqBrokerMessage *message, void *data)
{
  RmqBrokerTimers *self = data;
  int64_t now_ms = rmq_broker_now_ms (core);
  int64_t time_ms;
  bool found;
  bool valid;

  /* A topic with an owner holds what is parked already, and TIMER_OUT_MS says that it was. */
  if (message->topic->owner != NULL
      || _rmq_broker_message_get_property (message, RMQ_PROPERTY_TIMER_OUT_MS).data != NULL)
    return RMQ_BROKER_PUT_ON;
  valid = read_time (message, now_ms, &time_ms, &found);
  if (!found)
    return RMQ_BROKER_PUT_ON;
  if (!core->settings->timer)
    return _rmq_broker_message_refuse (message, RMQ_RESPONSE_SYSTEM_ERROR,
                                       "accurate timer message is not enabled, timerWheelEnable is false");
  if (!valid)
    return refuse_time (core, message);
  if (time_ms <= now_ms)
    return _rmq_broker_message_get_property (message, RMQ_PROPERTY_TIMER_DEL_UNIQUE_ID).data != NULL
               ? refuse_time (core, message)
               : RMQ_BROKER_PUT_ON;
  if (is_too_late (core, time_ms, now_ms))
    return refuse_time (core, message);
  return park (self, message, align (self, time_ms));
}

/* A message that takes back another one, as clients sent it before there were recall handles: TIMER_DEL_UNIQKEY is the
 * unique id, or the topic, a plus and the unique id. */
static bool
is_recall (RmqBrokerTimers *self, const RmqBrokerMessage *message)
{
  RmqSlice key = _rmq_broker_message_get_property (message, RMQ_PROPERTY_TIMER_DEL_UNIQUE_ID);
  RmqSlice topic = _rmq_broker_message_get_property (message, RMQ_PROPERTY_REAL_TOPIC);

  if (key.data == NULL || topic.data == NULL)
    return false;
  if (key.len > topic.len && memcmp (key.data, topic.data, topic.len) == 0 && key.data[topic.len] == '+')
    key = rmq_slice (key.data + topic.len + 1, key.len - topic.len - 1);
  _rmq_broker_timers_recall (self, topic, key);
  return true;
}

static void
stored (RmqBrokerCore *core, RmqBrokerQueue *queue, RmqBrokerMessage *message, void *data)
{
  RmqBrokerTimers *self = data;
  const RmqBrokerSlot *first = first_slot (self);
  int64_t out_ms;

  self->version.counter++;
  self->version.timestamp = rmq_broker_now_ms (core);
  if (is_recall (self, message)
      || !_rmq_property_parse_int64 (_rmq_broker_message_get_property (message, RMQ_PROPERTY_TIMER_OUT_MS), &out_ms))
    {
      _rmq_broker_ledger_end (self->ledger, message->record.queue_offset);
      return;
    }
  add_to_slot (self, out_ms, message->record.queue_offset);
  if (first == NULL || out_ms < first->out_ms)
    arm (self);
}

/* --- life ----------------------------------------------------------------------------------------------------- */

static void
load_one (const RmqRecord *record, void *data)
{
  RmqBrokerTimers *self = data;
  RmqSlice text = _rmq_properties_text_find (record->properties, RMQ_SLICE_LITERAL (RMQ_PROPERTY_TIMER_OUT_MS));
  int64_t out_ms;

  if (_rmq_property_parse_int64 (text, &out_ms))
    add_to_slot (self, out_ms, record->queue_offset);
}

static void
stop (RmqBrokerCore *core, void *data)
{
  RmqBrokerTimers *self = data;

  _rmq_timer_disarm (core->timers, &self->timer);
  g_clear_pointer (&self->ledger, _rmq_broker_ledger_free);
  g_tree_unref (self->slots);
  _rmq_byte_writer_clear (&self->record);
  g_free (self);
}

static bool
start (RmqBrokerCore *core, void **data, GError **error)
{
  RmqBrokerTimers *self = g_new0 (RmqBrokerTimers, 1);

  self->core = core;
  self->precision_ms = CLAMP (core->settings->timer_precision_ms, 1, 60000);
  self->slots = g_tree_new_full (compare_times, NULL, NULL, slot_free);
  self->record = RMQ_BYTE_WRITER_INIT (SIZE_MAX);
  self->version.timestamp = rmq_broker_now_ms (core);
  rmq_timer_init (&self->timer, on_timer, self);
  self->topic = _rmq_broker_topics_ensure (core->topics, RMQ_SLICE_LITERAL (RMQ_TOPIC_WHEEL_TIMER), 1,
                                           RMQ_PERM_READ | RMQ_PERM_WRITE);
  self->topic->owner = &rmq_broker_timer_module;
  self->queue = _rmq_broker_topic_get_queue (core, self->topic, 0);
  if (self->queue == NULL)
    {
      _rmq_set_error (error, RMQ_ERROR_FAILED, NULL, "the queue of timer messages does not open");
      stop (core, self);
      return false;
    }
  self->ledger = _rmq_broker_ledger_new (core, STATE_TABLE, self->queue);
  _rmq_broker_ledger_foreach_open (self->ledger, load_one, self);
  *data = self;
  arm (self);
  return true;
}

static const RmqBrokerRoute routes[] = {
  { RMQ_REQUEST_RECALL_MESSAGE, _rmq_broker_timers_handle_recall },
  { RMQ_REQUEST_GET_TIMER_CHECK_POINT, _rmq_broker_timers_handle_check_point },
  { RMQ_REQUEST_GET_TIMER_METRICS, _rmq_broker_timers_handle_metrics },
};

const RmqBrokerModule rmq_broker_timer_module = {
  .name = "timer",
  .routes = routes,
  .n_routes = G_N_ELEMENTS (routes),
  .start = start,
  .stop = stop,
  .before_put = before_put,
  .stored = stored,
};
