/* SPDX-License-Identifier: Apache-2.0
 *
 * RmqBrokerTopics: the table of topics, kept in the store as JSON. (RocketMQ: TopicConfigManager.)
 */
#include "broker/rmq-broker-core-private.h"

#include "base/rmq-error-private.h"
#include "base/rmq-log-private.h"
#include "base/rmq-sync-private.h"
#include "rmq-broker-hash-private.h"
#include "wire/rmq-names-private.h"

/* Made by messages; administrators may make more. */
#define MAX_TOPICS 100000

struct _RmqBrokerTopics
{
  RmqBrokerCore *core;
  GHashTable *by_name; /* &topic->slice → topic */
  GPtrArray *all;      /* RmqBrokerTopic, owned */
  RmqDataVersion version;
  bool loading;
};

/* Never used twice, whatever broker of this process makes the topic. */
static uint64_t
next_id (void)
{
  static GMutex mutex;
  static uint64_t last;
  uint64_t id;

  rmq_mutex_lock (&mutex);
  id = ++last;
  rmq_mutex_unlock (&mutex);
  return id;
}

static void
topic_free (void *data)
{
  RmqBrokerTopic *topic = data;

  for (int32_t i = 0; i < topic->n_queues; i++)
    g_free (topic->queues[i]);
  g_free (topic->queues);
  g_ptr_array_unref (topic->attributes);
  g_free (topic->name);
  g_free (topic);
}

RmqBrokerTopics *
_rmq_broker_topics_new (RmqBrokerCore *core)
{
  RmqBrokerTopics *self = g_new0 (RmqBrokerTopics, 1);

  self->core = core;
  self->by_name = g_hash_table_new (rmq_broker_slice_hash, rmq_broker_slice_equal);
  self->all = g_ptr_array_new_with_free_func (topic_free);
  self->version.timestamp = rmq_broker_now_ms (core);
  return self;
}

void
_rmq_broker_topics_free (RmqBrokerTopics *self)
{
  for (unsigned i = 0; i < self->all->len; i++)
    {
      RmqBrokerTopic *topic = g_ptr_array_index (self->all, i);

      for (int32_t q = 0; q < topic->n_queues; q++)
        if (topic->queues[q] != NULL)
          _rmq_broker_store_detach (self->core->store, topic->queues[q], false);
    }
  g_hash_table_unref (self->by_name);
  g_ptr_array_unref (self->all);
  g_free (self);
}

static RmqBrokerTopic *
add_topic (RmqBrokerTopics *self, RmqSlice name)
{
  RmqBrokerTopic *topic = g_new0 (RmqBrokerTopic, 1);

  topic->name = rmq_slice_dup (name);
  topic->slice = rmq_slice_from_string (topic->name);
  topic->id = next_id ();
  topic->route_perm = -1;
  topic->attributes = g_ptr_array_new_with_free_func ((GDestroyNotify) _rmq_string_pair_free);
  topic->system = _rmq_topic_is_system (topic->name);
  g_ptr_array_add (self->all, topic);
  g_hash_table_insert (self->by_name, &topic->slice, topic);
  return topic;
}

static void
apply (RmqBrokerTopic *topic, const RmqTopicConfigBody *config)
{
  topic->read_queues = CLAMP (config->read_queues, 0, RMQ_BROKER_MAX_QUEUES);
  topic->write_queues = CLAMP (config->write_queues, 0, RMQ_BROKER_MAX_QUEUES);
  topic->perm = config->perm;
  topic->sys_flag = config->sys_flag;
  topic->filter_type = config->filter_type;
  topic->order = config->order;
  g_ptr_array_set_size (topic->attributes, 0);
  for (unsigned i = 0; config->attributes != NULL && i < config->attributes->len; i++)
    {
      const RmqStringPair *pair = g_ptr_array_index (config->attributes, i);

      _rmq_string_pairs_add (topic->attributes, pair->key, pair->value);
    }
}

void
_rmq_broker_topic_to_config (const RmqBrokerTopic *topic, RmqTopicConfigBody *config)
{
  g_free (config->name);
  config->name = g_strdup (topic->name);
  config->read_queues = topic->read_queues;
  config->write_queues = topic->write_queues;
  config->perm = topic->perm;
  config->sys_flag = topic->sys_flag;
  config->filter_type = topic->filter_type;
  config->order = topic->order;
  for (unsigned i = 0; i < topic->attributes->len; i++)
    {
      const RmqStringPair *pair = g_ptr_array_index (topic->attributes, i);

      _rmq_string_pairs_add (config->attributes, pair->key, pair->value);
    }
}

/* --- keeping them -------------------------------------------------------------------------------------------- */

static void
load_one (const char *key, GBytes *value, void *data)
{
  RmqBrokerTopics *self = data;
  size_t len;
  const char *text = g_bytes_get_data (value, &len);
  g_autoptr (GError) error = NULL;
  g_autoptr (RmqTopicConfigBody) config = _rmq_topic_config_body_decode (rmq_slice (text, len), &error);

  if (config != NULL)
    apply (add_topic (self, rmq_slice_from_string (key)), config);
  else
    rmq_warning ("broker", key, "The stored topic %s cannot be read: %s", key, error->message);
}

/* Those that a broker has from the start. */
static const struct
{
  const char *name;
  int32_t queues; /* 0: as the settings say */
  int32_t perm;
} system_topics[] = {
  { RMQ_TOPIC_AUTO_CREATE, 0, RMQ_PERM_READ | RMQ_PERM_WRITE | RMQ_PERM_INHERIT },
  { RMQ_TOPIC_BENCHMARK, 1024, RMQ_PERM_READ | RMQ_PERM_WRITE },
  { "SELF_TEST_TOPIC", 1, RMQ_PERM_READ | RMQ_PERM_WRITE },
  { "OFFSET_MOVED_EVENT", 1, RMQ_PERM_READ | RMQ_PERM_WRITE },
  { RMQ_TOPIC_SCHEDULE, 18, RMQ_PERM_READ | RMQ_PERM_WRITE },
  { RMQ_TOPIC_TRANS_HALF, 1, RMQ_PERM_READ | RMQ_PERM_WRITE },
  { RMQ_TOPIC_TRANS_OP_HALF, 1, RMQ_PERM_READ | RMQ_PERM_WRITE },
  { RMQ_TOPIC_TRANS_CHECK_MAX_TIME, 1, RMQ_PERM_READ | RMQ_PERM_WRITE },
  { RMQ_TOPIC_TRACE, 1, RMQ_PERM_READ | RMQ_PERM_WRITE },
};

static void
ensure_system (RmqBrokerTopics *self, const char *name, int32_t queues, int32_t perm)
{
  RmqBrokerTopic *topic = _rmq_broker_topics_find (self, rmq_slice_from_string (name));

  if (topic == NULL)
    {
      topic = add_topic (self, rmq_slice_from_string (name));
      topic->read_queues = topic->write_queues = queues;
      topic->perm = perm;
    }
  topic->system = true;
}

bool
_rmq_broker_topics_load (RmqBrokerTopics *self, GError **error)
{
  const RmqBrokerSettings *settings = self->core->settings;
  g_autofree char *reply = _rmq_topic_new_reply (settings->cluster_name);

  self->loading = true;
  _rmq_broker_store_each_state (self->core->store, RMQ_STATE_TOPICS, load_one, self);
  for (unsigned i = 0; i < G_N_ELEMENTS (system_topics); i++)
    {
      int32_t queues = system_topics[i].queues;

      if (g_str_equal (system_topics[i].name, RMQ_TOPIC_AUTO_CREATE) && !settings->auto_create_topics)
        continue;
      ensure_system (self, system_topics[i].name, queues != 0 ? queues : (int32_t) settings->default_queues,
                     system_topics[i].perm);
    }
  ensure_system (self, settings->cluster_name, 16, RMQ_PERM_READ | RMQ_PERM_WRITE | RMQ_PERM_INHERIT);
  ensure_system (self, settings->broker_name, 1, RMQ_PERM_READ | RMQ_PERM_WRITE | RMQ_PERM_INHERIT);
  ensure_system (self, reply, 1, RMQ_PERM_READ | RMQ_PERM_WRITE);
  self->loading = false;
  return true;
}

static void
persist (RmqBrokerTopics *self, const RmqBrokerTopic *topic)
{
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (SIZE_MAX);
  g_autoptr (RmqTopicConfigBody) config = _rmq_topic_config_body_new ();
  g_autoptr (GBytes) bytes = NULL;

  _rmq_broker_topic_to_config (topic, config);
  _rmq_topic_config_body_encode (config, &out);
  bytes = _rmq_byte_writer_steal (&out);
  _rmq_broker_store_put_state (self->core->store, RMQ_STATE_TOPICS, topic->name, bytes);
}

static void
bump (RmqBrokerTopics *self)
{
  self->version.counter++;
  self->version.timestamp = rmq_broker_now_ms (self->core);
  _rmq_broker_core_topics_changed (self->core);
}

void
_rmq_broker_topic_changed (RmqBrokerTopics *self, RmqBrokerTopic *topic)
{
  topic->unrouted = false;
  topic->route_perm = -1;
  if (self->loading)
    return;
  bump (self);
  persist (self, topic);
}

/* --- use ----------------------------------------------------------------------------------------------------- */

RmqBrokerTopic *
_rmq_broker_topics_find (RmqBrokerTopics *self, RmqSlice name)
{
  return name.data != NULL ? g_hash_table_lookup (self->by_name, &name) : NULL;
}

static void
announce (RmqBrokerTopics *self, const RmqBrokerTopic *topic)
{
  RmqBrokerCore *core = self->core;

  rmq_info ("broker", topic->name, "Topic %s was made, with %d queues", topic->name,
            rmq_broker_topic_get_n_queues (topic));
  if (core->events.topic_created != NULL && !topic->system)
    core->events.topic_created (topic->name, core->events_data);
}

RmqBrokerTopic *
_rmq_broker_topics_ensure (RmqBrokerTopics *self, RmqSlice name, int queues, int perm)
{
  RmqBrokerTopic *topic = _rmq_broker_topics_find (self, name);
  bool made = topic == NULL;

  if (topic != NULL && topic->read_queues == queues && topic->write_queues == queues && topic->perm == perm)
    return topic;
  if (made)
    topic = add_topic (self, name);
  topic->read_queues = topic->write_queues = CLAMP (queues, 1, RMQ_BROKER_MAX_QUEUES);
  topic->perm = perm;
  _rmq_broker_topic_changed (self, topic);
  if (made)
    announce (self, topic);
  return topic;
}

RmqBrokerTopic *
_rmq_broker_topics_update (RmqBrokerTopics *self, const RmqTopicConfigBody *config)
{
  RmqSlice name = rmq_slice_from_string (config->name);
  RmqBrokerTopic *topic = _rmq_broker_topics_find (self, name);
  bool made = topic == NULL;

  if (made)
    topic = add_topic (self, name);
  apply (topic, config);
  _rmq_broker_topic_changed (self, topic);
  if (made)
    announce (self, topic);
  return topic;
}

void
_rmq_broker_topics_delete (RmqBrokerTopics *self, RmqBrokerTopic *topic)
{
  RmqBrokerCore *core = self->core;

  _rmq_broker_holds_topic_gone (core, topic);
  for (unsigned i = 0; rmq_broker_modules[i] != NULL; i++)
    if (rmq_broker_modules[i]->topic_deleted != NULL)
      rmq_broker_modules[i]->topic_deleted (core, topic, core->module_data[i]);
  /* Queues that nobody asked for since the start have records, too. */
  for (int32_t i = 0; i < rmq_broker_topic_get_n_queues (topic) || i < topic->n_queues; i++)
    {
      RmqBrokerQueue *queue = _rmq_broker_topic_get_any_queue (core, topic, i);

      if (queue != NULL && queue->has_news)
        g_ptr_array_remove_fast (core->news, queue);
      if (queue != NULL)
        _rmq_broker_store_detach (core->store, queue, true);
    }
  _rmq_broker_store_put_state (core->store, RMQ_STATE_TOPICS, topic->name, NULL);
  _rmq_broker_offsets_remove_topic (core->offsets, topic->slice);
  g_hash_table_remove (self->by_name, &topic->slice);
  g_ptr_array_remove (self->all, topic);
  bump (self);
}

const GPtrArray *
_rmq_broker_topics_get_all (RmqBrokerTopics *self)
{
  return self->all;
}

const RmqDataVersion *
_rmq_broker_topics_get_version (RmqBrokerTopics *self)
{
  return &self->version;
}

RmqBrokerTopic *
_rmq_broker_topics_find_or_create (RmqBrokerTopics *self, RmqSlice name, RmqSlice default_topic, int default_queues)
{
  RmqBrokerTopic *topic = _rmq_broker_topics_find (self, name);
  RmqBrokerTopic *pattern;
  char text[RMQ_BROKER_TEXT_SIZE];
  int queues;

  if (G_LIKELY (topic != NULL))
    return topic;
  pattern = _rmq_broker_topics_find (self, default_topic);
  if (pattern == NULL || (pattern->perm & RMQ_PERM_INHERIT) == 0 || self->all->len >= MAX_TOPICS
      || (g_str_equal (pattern->name, RMQ_TOPIC_AUTO_CREATE) && !self->core->settings->auto_create_topics)
      || !rmq_broker_slice_is_text (name) || !_rmq_topic_check_broker (rmq_broker_text (name, text), NULL))
    return NULL;
  queues = CLAMP (MIN (default_queues, pattern->write_queues), 0, RMQ_BROKER_MAX_QUEUES);
  if (queues == 0)
    return NULL;
  return _rmq_broker_topics_ensure (self, name, queues, pattern->perm & ~RMQ_PERM_INHERIT);
}

/* --- queues -------------------------------------------------------------------------------------------------- */

static RmqBrokerQueue *
open_queue (RmqBrokerCore *core, RmqBrokerTopic *topic, int32_t id)
{
  g_autofree RmqBrokerQueue *queue = g_new0 (RmqBrokerQueue, 1);
  g_autoptr (GError) error = NULL;

  queue->topic = topic;
  queue->id = id;
  if (!_rmq_broker_store_attach (core->store, queue, &error))
    {
      rmq_warning ("broker", topic->name, "Queue %d of %s: %s", id, topic->name, error->message);
      return NULL;
    }
  if (id >= topic->n_queues)
    {
      int32_t n = MAX (id + 1, MIN (rmq_broker_topic_get_n_queues (topic), RMQ_BROKER_MAX_QUEUES));

      topic->queues = g_renew (RmqBrokerQueue *, topic->queues, n);
      memset (topic->queues + topic->n_queues, 0, sizeof (void *) * (size_t) (n - topic->n_queues));
      topic->n_queues = n;
    }
  topic->queues[id] = g_steal_pointer (&queue);
  return topic->queues[id];
}

RmqBrokerQueue *
_rmq_broker_topic_get_any_queue (RmqBrokerCore *core, RmqBrokerTopic *topic, int32_t id)
{
  if (id < 0 || id >= RMQ_BROKER_MAX_QUEUES)
    return NULL;
  if (G_LIKELY (id < topic->n_queues && topic->queues[id] != NULL))
    return topic->queues[id];
  return open_queue (core, topic, id);
}

RmqBrokerQueue *
_rmq_broker_topic_get_queue (RmqBrokerCore *core, RmqBrokerTopic *topic, int32_t id)
{
  if (id < 0 || id >= rmq_broker_topic_get_n_queues (topic))
    return NULL;
  return _rmq_broker_topic_get_any_queue (core, topic, id);
}
