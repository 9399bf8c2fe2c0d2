/* SPDX-License-Identifier: Apache-2.0
 *
 * Delay levels: a message with DELAY waits in a queue of the schedule topic, one queue a level. In a queue everything
 * is due in the order it was stored, so one offset a level says what was delivered. (RocketMQ: ScheduleMessageService.)
 */
#include "broker/rmq-broker-core-private.h"

#include <inttypes.h>
#include "base/rmq-error-private.h"
#include "base/rmq-log-private.h"
#include "broker/rmq-broker-modules-private.h"
#include "wire/rmq-delay-level-private.h"
#include "wire/rmq-names-private.h"
#include "wire/rmq-stats-body-private.h"

#define STATE_TABLE "delay"
#define NEVER INT64_MAX
/* What is delivered before other work gets its turn. */
#define PART 128
#define PART_BYTES (1024u * 1024)
/* The wall clock may jump, and what could not be stored is tried again. */
#define LOOK_AGAIN_MS 10000
#define TRY_AGAIN_MS 1000
#define MAX_SKEW_MS 60000
#define ACCURACY_US 5000

typedef struct
{
  RmqBrokerQueue *queue;
  int64_t next;   /* offset of the first that is not delivered */
  int64_t due_ms; /* when it is; NEVER: nothing waits */
  bool unsaved;
} Level;

typedef struct
{
  RmqIoDeferred save;
  RmqBrokerCore *core;
  RmqBrokerTopic *topic;
  RmqDelayTable table;
  Level levels[RMQ_DELAY_LEVEL_MAX + 1]; /* by level */
  RmqTimer timer;
  RmqByteWriter part;
  RmqDataVersion version;
} Delay;

/* --- what was delivered, in the store ------------------------------------------------------------------------- */

static void
save_levels (RmqIoDeferred *deferred)
{
  Delay *self = (Delay *) deferred;

  for (int id = 1; id <= RMQ_DELAY_LEVEL_MAX; id++)
    {
      Level *level = &self->levels[id];
      g_autofree char *key = NULL;
      g_autoptr (GBytes) value = NULL;
      char *text;

      if (!level->unsaved)
        continue;
      level->unsaved = false;
      key = g_strdup_printf ("%d", id);
      text = g_strdup_printf ("%" PRId64, level->next);
      value = g_bytes_new_take (text, strlen (text));
      _rmq_broker_store_put_state (self->core->store, STATE_TABLE, key, value);
    }
}

static void
load_level (const char *key, GBytes *value, void *data)
{
  Delay *self = data;
  size_t len;
  const char *text = g_bytes_get_data (value, &len);
  int32_t id;
  int64_t next;

  if (_rmq_property_parse_int32 (rmq_slice_from_string (key), &id) && id >= 1 && id <= RMQ_DELAY_LEVEL_MAX
      && _rmq_property_parse_int64 (rmq_slice (text, len), &next) && next >= 0)
    self->levels[id].next = next;
  else
    rmq_warning ("broker", key, "The stored offset of delay level %s cannot be read", key);
}

static void
set_next (Delay *self, Level *level, int64_t next)
{
  level->next = next;
  level->unsaved = true;
  self->version.counter++;
  _rmq_io_defer (self->core->io, &self->save);
}

/* --- delivery ------------------------------------------------------------------------------------------------- */

static void
arm (Delay *self)
{
  int64_t due_ms = NEVER;
  int64_t wait_ms;

  for (int id = 1; id <= RMQ_DELAY_LEVEL_MAX; id++)
    due_ms = MIN (due_ms, self->levels[id].due_ms);
  if (due_ms == NEVER)
    {
      _rmq_timer_disarm (self->core->timers, &self->timer);
      return;
    }
  wait_ms = CLAMP (due_ms - rmq_broker_now_ms (self->core), 0, LOOK_AGAIN_MS);
  _rmq_timer_arm (self->core->timers, &self->timer, rmq_broker_now_us (self->core) + wait_ms * 1000,
                  wait_ms > 0 ? ACCURACY_US : 0);
}

/* A record from the future says that the clock was set back: nobody knows how long it waited, so it waits no more. */
static int64_t
due_time (Delay *self, int id, int64_t store_ms, int64_t now_ms)
{
  if (store_ms > now_ms + MAX_SKEW_MS)
    return now_ms;
  return _rmq_delay_table_deliver_time (&self->table, id, store_ms);
}

/* Also when the clock was set back since that was computed. */
static bool
is_due (Delay *self, int id, int64_t now_ms)
{
  int64_t due_ms = self->levels[id].due_ms;

  return due_ms != NEVER
         && (due_ms <= now_ms || due_ms > _rmq_delay_table_deliver_time (&self->table, id, now_ms + MAX_SKEW_MS));
}

/* Its properties say that it was delayed already. */
static void
deliver_as_it_is (RmqBrokerCore *core, RmqBrokerMessage *message, void *data)
{
  message->direct = true;
}

/* False: the broker cannot take it now. */
static bool
deliver (Delay *self, const RmqRecord *record)
{
  int code = _rmq_broker_put_parked (self->core, record, NULL, deliver_as_it_is, NULL, NULL);

  if (code == RMQ_RESPONSE_TOPIC_NOT_EXIST)
    rmq_warning ("broker", self->topic->name, "A delayed message is dropped: its topic was deleted");
  return code == RMQ_RESPONSE_SUCCESS || code == RMQ_RESPONSE_TOPIC_NOT_EXIST;
}

/* Reads the next records of the level into self->part. */
static RmqBrokerRead
read_part (Delay *self, Level *level)
{
  RmqBrokerRead read = {
    .max_messages = PART,
    .max_examined = PART,
    .max_bytes = PART_BYTES,
    .out = &self->part,
  };

  if (level->next < level->queue->min_offset)
    {
      rmq_warning ("broker", self->topic->name, "%" PRId64 " delayed messages are lost: the store was full",
                   level->queue->min_offset - level->next);
      set_next (self, level, level->queue->min_offset);
    }
  read.offset = level->next;
  self->part.len = 0;
  _rmq_broker_store_read (self->core->store, level->queue, &read);
  return read;
}

/* Delivers what is due, and sets when the rest is. */
static void
deliver_level (Delay *self, int id)
{
  Level *level = &self->levels[id];
  int64_t now_ms = rmq_broker_now_ms (self->core);
  RmqBrokerRead read = read_part (self, level);
  RmqRecord record;

  for (size_t at = 0; at < self->part.len; at += record.total_size)
    {
      if (!_rmq_record_decode (&record, self->part.data + at, self->part.len - at, at, NULL))
        break;
      level->due_ms = due_time (self, id, record.store_timestamp, now_ms);
      if (level->due_ms > now_ms)
        return;
      if (!deliver (self, &record))
        {
          level->due_ms = now_ms + TRY_AGAIN_MS;
          return;
        }
      set_next (self, level, record.queue_offset + 1);
    }
  if (level->next >= level->queue->max_offset)
    level->due_ms = NEVER;
  else
    level->due_ms = read.n_messages > 0 ? now_ms : now_ms + TRY_AGAIN_MS;
}

static void
on_timer (RmqTimer *timer, void *data)
{
  Delay *self = data;
  int64_t now_ms = rmq_broker_now_ms (self->core);

  for (int id = 1; id <= RMQ_DELAY_LEVEL_MAX; id++)
    if (is_due (self, id, now_ms))
      deliver_level (self, id);
  arm (self);
}

/* --- the way in ----------------------------------------------------------------------------------------------- */

static void
remove_property (RmqBrokerMessage *message, const char *name)
{
  if (_rmq_broker_message_get_property (message, name).data != NULL)
    _rmq_broker_message_set_property (message, name, RMQ_SLICE_NULL);
}

static RmqBrokerPutVerdict
before_put (RmqBrokerCore *core, RmqBrokerMessage *message, void *data)
{
  Delay *self = data;
  RmqSlice text = _rmq_broker_message_get_property (message, RMQ_PROPERTY_DELAY);
  int32_t level;

  /* A topic with an owner holds what is parked already. */
  if (text.data == NULL || message->topic->owner != NULL || self->table.n_levels == 0)
    return RMQ_BROKER_PUT_ON;
  if (!_rmq_property_parse_int32 (text, &level))
    return _rmq_broker_message_refuse (message, RMQ_RESPONSE_SYSTEM_ERROR, "the delay level is not a number");
  if (level <= 0)
    return RMQ_BROKER_PUT_ON;

  remove_property (message, RMQ_PROPERTY_TIMER_DELAY_SEC);
  remove_property (message, RMQ_PROPERTY_TIMER_DELAY_MS);
  remove_property (message, RMQ_PROPERTY_TIMER_DELIVER_MS);
  if (level > (int32_t) self->table.n_levels)
    {
      g_autofree char *most = NULL;

      level = (int32_t) self->table.n_levels;
      most = g_strdup_printf ("%d", level);
      _rmq_broker_message_set_property (message, RMQ_PROPERTY_DELAY, rmq_slice_from_string (most));
    }
  _rmq_broker_message_redirect (message, self->topic, level - 1);
  return RMQ_BROKER_PUT_ON;
}

static void
stored (RmqBrokerCore *core, RmqBrokerQueue *queue, RmqBrokerMessage *message, void *data)
{
  Delay *self = data;
  int id = queue->id + 1;
  Level *level = &self->levels[id];

  if (level->due_ms != NEVER)
    return;
  level->due_ms = due_time (self, id, message->record.store_timestamp, message->record.store_timestamp);
  arm (self);
}

/* --- 45 ------------------------------------------------------------------------------------------------------- */

static void
handle_get_offsets (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  Delay *self = data;
  g_autoptr (RmqDelayOffsetsBody) body = _rmq_delay_offsets_body_new ();

  for (int id = 1; id <= RMQ_DELAY_LEVEL_MAX; id++)
    {
      const Level *level = &self->levels[id];
      RmqIdOffset *entry;

      if (level->queue == NULL || (level->next == 0 && level->queue->max_offset == 0))
        continue;
      entry = _rmq_id_offset_new ();
      *entry = (RmqIdOffset){ id, level->next };
      g_ptr_array_add (body->offsets, entry);
    }
  body->data_version = _rmq_data_version_new ();
  *body->data_version = self->version;
  _rmq_broker_answer_body (core, &request->ticket, &_rmq_delay_offsets_body_type, body);
}

/* --- life ----------------------------------------------------------------------------------------------------- */

/* What waited when the broker stopped: the timer looks when it is due. */
static bool
open_level (Delay *self, int id)
{
  Level *level = &self->levels[id];

  level->queue = _rmq_broker_topic_get_queue (self->core, self->topic, id - 1);
  if (level->queue == NULL)
    return false;
  level->next = MIN (level->next, level->queue->max_offset);
  if (level->next < level->queue->max_offset)
    level->due_ms = 0;
  return true;
}

static void
stop (RmqBrokerCore *core, void *data)
{
  Delay *self = data;

  _rmq_timer_disarm (core->timers, &self->timer);
  _rmq_io_undefer (core->io, &self->save);
  save_levels (&self->save);
  _rmq_byte_writer_clear (&self->part);
  g_free (self);
}

static bool
start (RmqBrokerCore *core, void **data, GError **error)
{
  Delay *self = g_new0 (Delay, 1);
  const char *levels = core->settings->delay_levels;
  int n_queues;

  self->core = core;
  self->save.run = save_levels;
  self->part = RMQ_BYTE_WRITER_INIT (SIZE_MAX);
  self->version.timestamp = rmq_broker_now_ms (core);
  rmq_timer_init (&self->timer, on_timer, self);
  if (!_rmq_delay_table_parse (&self->table, levels != NULL ? levels : RMQ_DELAY_LEVELS_DEFAULT))
    rmq_warning ("broker", core->address, "Of the delay levels \"%s\" the first %u are used", levels,
                 self->table.n_levels);
  self->topic = _rmq_broker_topics_find (core->topics, RMQ_SLICE_LITERAL (RMQ_TOPIC_SCHEDULE));
  n_queues = MAX (rmq_broker_topic_get_n_queues (self->topic), (int) self->table.n_levels);
  self->topic->read_queues = self->topic->write_queues = n_queues;
  self->topic->owner = &rmq_broker_delay_module;
  for (int id = 1; id <= RMQ_DELAY_LEVEL_MAX; id++)
    self->levels[id].due_ms = NEVER;
  _rmq_broker_store_each_state (core->store, STATE_TABLE, load_level, self);
  *data = self;
  for (int id = 1; id <= MIN (n_queues, RMQ_DELAY_LEVEL_MAX); id++)
    if (!open_level (self, id))
      {
        _rmq_set_error (error, RMQ_ERROR_FAILED, NULL, "the queue of delay level %d does not open", id);
        stop (core, self);
        return false;
      }
  arm (self);
  return true;
}

static const RmqBrokerRoute routes[] = {
  { RMQ_REQUEST_GET_ALL_DELAY_OFFSET, handle_get_offsets },
};

const RmqBrokerModule rmq_broker_delay_module = {
  .name = "delay",
  .routes = routes,
  .n_routes = G_N_ELEMENTS (routes),
  .start = start,
  .stop = stop,
  .before_put = before_put,
  .stored = stored,
};
