/* SPDX-License-Identifier: Apache-2.0
 *
 * A client id that stands twice in the list of a group: asks the broker from where, and warns when it is not from here.
 */
#include "rmq-twin-watch-private.h"

#include "wire/rmq-connection-body-private.h"
#include "wire/rmq-header-group-private.h"

struct _RmqTwinWatch
{
  RmqPushConsumerCore *core; /* that owns the owner of this */
  RmqCall *call;
  char *told; /* of whom the last warning was */
};

RmqTwinWatch *
_rmq_twin_watch_new (RmqPushConsumerCore *core)
{
  RmqTwinWatch *self = g_new0 (RmqTwinWatch, 1);

  self->core = core;
  return self;
}

void
_rmq_twin_watch_free (RmqTwinWatch *self)
{
  g_clear_pointer (&self->call, _rmq_call_cancel);
  g_free (self->told);
  g_free (self);
}

static void
add_local (const RmqChannelInfo *info, void *data)
{
  if (info->local != NULL)
    g_hash_table_add (data, g_strdup (info->local));
}

/* Where our id comes from and we do not; NULL: from nowhere else. */
static char *
find_twins (RmqTwinWatch *self, const RmqConsumerConnectionBody *body)
{
  g_autoptr (GHashTable) ours = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GString) twins = g_string_new (NULL);

  _rmq_remoting_client_foreach (_rmq_client_core_get_remoting (self->core->client), add_local, ours);
  for (unsigned i = 0; body->connections != NULL && i < body->connections->len; i++)
    {
      const RmqConnectionInfo *info = g_ptr_array_index (body->connections, i);

      if (info == NULL || info->address == NULL || g_hash_table_contains (ours, info->address)
          || g_strcmp0 (info->client_id, _rmq_client_core_get_client_id (self->core->client)) != 0)
        continue;
      g_string_append_printf (twins, "%s%s", twins->len > 0 ? ", " : "", info->address);
    }
  return twins->len > 0 ? g_string_free (g_steal_pointer (&twins), FALSE) : NULL;
}

static void
warn (RmqTwinWatch *self, char *twins)
{
  const char *id = _rmq_client_core_get_client_id (self->core->client);

  if (g_strcmp0 (twins, self->told) != 0)
    rmq_warning ("consumer", id,
                 "Another client of group %s has the client id %s, too, at %s: some queues are consumed twice and "
                 "others not at all. Give each its own client-id or instance-name",
                 self->core->inner.group, id, twins);
  g_free (self->told);
  self->told = twins;
}

static void
answered (RmqCall *call, const RmqFrame *response, const GError *error, void *data)
{
  RmqTwinWatch *self = data;
  g_autoptr (RmqConsumerConnectionBody) body = NULL;
  char *twins;

  self->call = NULL;
  if (response != NULL && response->code == RMQ_RESPONSE_SUCCESS)
    body = _rmq_consumer_connection_body_decode (response->body, NULL);
  if (body == NULL)
    {
      warn (self, g_strdup ("an address that the broker does not tell"));
      return;
    }
  twins = find_twins (self, body);
  if (twins != NULL)
    warn (self, twins);
}

void
_rmq_twin_watch_look (RmqTwinWatch *self, const char *address, const char *const *ids)
{
  const char *id = _rmq_client_core_get_client_id (self->core->client);
  RmqGetConsumerConnectionListRequestHeader header = { 0 };
  unsigned n = 0;

  for (; *ids != NULL; ids++)
    n += strcmp (*ids, id) == 0;
  if (n < 2)
    {
      g_clear_pointer (&self->told, g_free);
      return;
    }
  if (self->call != NULL)
    return;
  RMQ_HEADER_SET (header, consumer_group, rmq_slice_from_string (self->core->inner.group));
  self->call =
      _rmq_client_core_call (self->core->client, address, RMQ_REQUEST_GET_CONSUMER_CONNECTION_LIST,
                             RMQ_HEADER (GetConsumerConnectionListRequestHeader), &header, NULL, 0, answered, self);
}
