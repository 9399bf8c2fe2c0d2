/* SPDX-License-Identifier: Apache-2.0
 *
 * What a test tells the fake broker and asks of it.
 */
#include "rmq-fake-broker-internal.h"
#include "base/rmq-sync-private.h"

static RmqFakeNode *
get_node (RmqFakeBroker *self, unsigned node)
{
  g_assert_cmpuint (node, <, self->nodes->len);
  return g_ptr_array_index (self->nodes, node);
}

const char *
rmq_fake_broker_get_node_address (RmqFakeBroker *self, unsigned node)
{
  return get_node (self, node)->address;
}

const char *
rmq_fake_broker_get_address (RmqFakeBroker *self)
{
  return rmq_fake_broker_get_node_address (self, 0);
}

typedef struct
{
  RmqFakeBroker *broker;
  int node; /* -1: all */
} RmqFakeCut;

static gboolean
cut_connections (void *data)
{
  RmqFakeCut *cut = data;
  g_autoptr (GPtrArray) targets = g_ptr_array_new_with_free_func ((GDestroyNotify) _rmq_server_connection_unref);

  rmq_mutex_lock (&cut->broker->mutex);
  for (unsigned i = 0; i < cut->broker->connections->len; i++)
    {
      RmqFakeConnection *peer = g_ptr_array_index (cut->broker->connections, i);

      if (cut->node < 0 || peer->node->index == (unsigned) cut->node)
        g_ptr_array_add (targets, _rmq_server_connection_ref (peer->connection));
    }
  rmq_mutex_unlock (&cut->broker->mutex);
  for (unsigned i = 0; i < targets->len; i++)
    _rmq_server_connection_close (g_ptr_array_index (targets, i));
  return G_SOURCE_REMOVE;
}

static void
cut_later (RmqFakeBroker *self, int node)
{
  RmqFakeCut *cut = g_new0 (RmqFakeCut, 1);

  cut->broker = self;
  cut->node = node;
  rmq_fake_broker_run_in_thread (self, cut_connections, cut, g_free);
}

void
rmq_fake_broker_set_node_down (RmqFakeBroker *self, unsigned node, bool down)
{
  rmq_mutex_lock (&self->mutex);
  get_node (self, node)->down = down;
  rmq_mutex_unlock (&self->mutex);
  if (down)
    cut_later (self, (int) node);
}

void
rmq_fake_broker_disconnect_all (RmqFakeBroker *self)
{
  cut_later (self, -1);
}

/* --- topics and messages --- */

void
rmq_fake_broker_add_topic (RmqFakeBroker *self, const char *topic, const char *broker_name, int n_queues, int perm)
{
  rmq_mutex_lock (&self->mutex);
  rmq_fake_store_add_topic (&self->store, topic, broker_name != NULL ? broker_name : "broker-a", n_queues, perm);
  rmq_mutex_unlock (&self->mutex);
}

void
rmq_fake_broker_remove_topic (RmqFakeBroker *self, const char *topic)
{
  rmq_mutex_lock (&self->mutex);
  rmq_fake_store_remove_topic (&self->store, topic);
  rmq_mutex_unlock (&self->mutex);
}

char *
rmq_fake_properties_text (const RmqFakeMessage *message)
{
  static int counter;
  GString *text = g_string_new (NULL);

  for (size_t i = 0; message->properties != NULL && message->properties[i] != NULL; i += 2)
    g_string_append_printf (text, "%s\001%s\002", message->properties[i], message->properties[i + 1]);
  if (message->tag != NULL)
    g_string_append_printf (text, "TAGS\001%s\002", message->tag);
  if (message->keys != NULL)
    g_string_append_printf (text, "KEYS\001%s\002", message->keys);
  g_string_append_printf (text, "UNIQ_KEY\0017F00000100002A139A2A%012X\002", (unsigned) g_atomic_int_add (&counter, 1));
  return g_string_free (text, FALSE);
}

int64_t
rmq_fake_broker_put_message (RmqFakeBroker *self,
                             const char *topic,
                             const char *broker_name,
                             int queue_id,
                             const RmqFakeMessage *message)
{
  g_autofree char *properties = rmq_fake_properties_text (message);
  int64_t offset;

  rmq_mutex_lock (&self->mutex);
  offset = rmq_fake_broker_put_locked (self, topic, broker_name != NULL ? broker_name : "broker-a", queue_id, message,
                                       properties);
  rmq_mutex_unlock (&self->mutex);
  return offset;
}

int64_t
rmq_fake_broker_put (RmqFakeBroker *self, const char *topic, int queue_id, const char *text, const char *tag)
{
  return rmq_fake_broker_put_message (self, topic, NULL, queue_id, &(RmqFakeMessage){ .text = text, .tag = tag });
}

void
rmq_fake_broker_set_min_offset (RmqFakeBroker *self, const char *topic, int queue_id, int64_t min_offset)
{
  RmqFakeQueue *queue;

  rmq_mutex_lock (&self->mutex);
  queue = rmq_fake_store_get_queue (&self->store, topic, "broker-a", queue_id);
  queue->min_offset = min_offset;
  if (queue->records->len == 0)
    queue->base = min_offset;
  rmq_mutex_unlock (&self->mutex);
}

int64_t
rmq_fake_broker_get_max_offset (RmqFakeBroker *self, const char *topic, int queue_id)
{
  int64_t offset;

  rmq_mutex_lock (&self->mutex);
  offset = rmq_fake_queue_get_max_offset (rmq_fake_store_get_queue (&self->store, topic, "broker-a", queue_id));
  rmq_mutex_unlock (&self->mutex);
  return offset;
}

unsigned
rmq_fake_broker_count_messages (RmqFakeBroker *self, const char *topic)
{
  unsigned n;

  rmq_mutex_lock (&self->mutex);
  n = rmq_fake_store_count_messages (&self->store, topic);
  rmq_mutex_unlock (&self->mutex);
  return n;
}

void
rmq_fake_broker_set_offset (RmqFakeBroker *self, const char *group, const char *topic, int queue_id, int64_t offset)
{
  rmq_mutex_lock (&self->mutex);
  rmq_fake_store_set_offset (&self->store, group, topic, "broker-a", queue_id, offset);
  rmq_mutex_unlock (&self->mutex);
}

int64_t
rmq_fake_broker_get_offset (RmqFakeBroker *self, const char *group, const char *topic, int queue_id)
{
  int64_t offset;

  rmq_mutex_lock (&self->mutex);
  offset = rmq_fake_store_get_offset (&self->store, group, topic, "broker-a", queue_id);
  rmq_mutex_unlock (&self->mutex);
  return offset;
}

/* --- behaviour --- */

void
rmq_fake_broker_set_max_hold (RmqFakeBroker *self, int64_t ms)
{
  rmq_mutex_lock (&self->mutex);
  self->max_hold_ms = ms;
  rmq_mutex_unlock (&self->mutex);
}

void
rmq_fake_broker_set_instant_retry (RmqFakeBroker *self, bool instant)
{
  rmq_mutex_lock (&self->mutex);
  self->instant_retry = instant;
  rmq_mutex_unlock (&self->mutex);
}

void
rmq_fake_broker_set_extra_ids (RmqFakeBroker *self, const char *const *ids)
{
  rmq_mutex_lock (&self->mutex);
  g_strfreev (self->extra_ids);
  self->extra_ids = g_strdupv ((char **) ids);
  rmq_mutex_unlock (&self->mutex);
}

void
rmq_fake_broker_set_func (RmqFakeBroker *self, int code, RmqFakeFunc func, void *data)
{
  RmqFakeHook hook = { func, data };

  rmq_mutex_lock (&self->mutex);
  g_hash_table_insert (self->hooks, GINT_TO_POINTER (code), g_memdup2 (&hook, sizeof hook));
  rmq_mutex_unlock (&self->mutex);
}

void
rmq_fake_broker_fail (RmqFakeBroker *self, int code, int n, int response_code, const char *remark)
{
  RmqFakeFailure *failure = g_new0 (RmqFakeFailure, 1);

  failure->n = n;
  failure->response_code = response_code;
  failure->remark = g_strdup (remark);
  rmq_mutex_lock (&self->mutex);
  g_hash_table_insert (self->failures, GINT_TO_POINTER (code), failure);
  rmq_mutex_unlock (&self->mutex);
}

/* --- what came in --- */

unsigned
rmq_fake_broker_count (RmqFakeBroker *self, int code)
{
  unsigned n = 0;

  rmq_mutex_lock (&self->mutex);
  for (unsigned i = 0; i < self->requests->len; i++)
    n += ((RmqFakeRequest *) g_ptr_array_index (self->requests, i))->code == code;
  rmq_mutex_unlock (&self->mutex);
  return n;
}

RmqFakeRequest *
rmq_fake_broker_get_request (RmqFakeBroker *self, int code, unsigned nth)
{
  RmqFakeRequest *found = NULL;

  rmq_mutex_lock (&self->mutex);
  for (unsigned i = 0; i < self->requests->len && found == NULL; i++)
    {
      RmqFakeRequest *request = g_ptr_array_index (self->requests, i);

      if (request->code == code && nth-- == 0)
        found = rmq_fake_request_ref (request);
    }
  rmq_mutex_unlock (&self->mutex);
  return found;
}

RmqFakeRequest *
rmq_fake_broker_get_last_request (RmqFakeBroker *self, int code)
{
  RmqFakeRequest *found = NULL;

  rmq_mutex_lock (&self->mutex);
  for (unsigned i = self->requests->len; i-- > 0 && found == NULL;)
    {
      RmqFakeRequest *request = g_ptr_array_index (self->requests, i);

      if (request->code == code)
        found = rmq_fake_request_ref (request);
    }
  rmq_mutex_unlock (&self->mutex);
  return found;
}

unsigned
rmq_fake_broker_count_held (RmqFakeBroker *self)
{
  unsigned n;

  rmq_mutex_lock (&self->mutex);
  n = self->holds->len;
  rmq_mutex_unlock (&self->mutex);
  return n;
}

void
rmq_fake_broker_forget_requests (RmqFakeBroker *self)
{
  rmq_mutex_lock (&self->mutex);
  g_ptr_array_set_size (self->requests, 0);
  rmq_mutex_unlock (&self->mutex);
}

unsigned
rmq_fake_broker_count_connections (RmqFakeBroker *self)
{
  unsigned n;

  rmq_mutex_lock (&self->mutex);
  n = self->connections->len;
  rmq_mutex_unlock (&self->mutex);
  return n;
}

char **
rmq_fake_broker_dup_client_ids (RmqFakeBroker *self, const char *group)
{
  g_autoptr (GStrvBuilder) ids = g_strv_builder_new ();

  rmq_mutex_lock (&self->mutex);
  for (unsigned i = 0; i < self->connections->len; i++)
    {
      RmqFakeConnection *peer = g_ptr_array_index (self->connections, i);

      for (unsigned k = 0; peer->heartbeat != NULL && k < peer->heartbeat->consumers->len; k++)
        if (g_strcmp0 (((RmqConsumerData *) g_ptr_array_index (peer->heartbeat->consumers, k))->group, group) == 0)
          g_strv_builder_add (ids, peer->heartbeat->client_id);
    }
  rmq_mutex_unlock (&self->mutex);
  return g_strv_builder_end (ids);
}
