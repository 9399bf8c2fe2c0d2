/* SPDX-License-Identifier: Apache-2.0
 *
 * The name server's key-value table (100, 101, 102, 219) and its settings (318, 319). (RocketMQ: KVConfigManager.)
 */
#include "broker/rmq-broker-core-private.h"

#include "base/rmq-log-private.h"
#include "broker/rmq-broker-modules-private.h"
#include "wire/rmq-cluster-body-private.h"
#include "wire/rmq-header-namesrv-private.h"

#define MAX_BYTES (64u * 1024 * 1024)
/* What an entry takes beside its texts. */
#define OVERHEAD 128

/* Keys are "namespace\1key", as in the store. */
typedef struct
{
  GHashTable *entries;
  size_t n_bytes;
} Table;

static Table *
get_table (RmqBrokerCore *core)
{
  return _rmq_broker_core_get_module_data (core, &rmq_broker_kv_module);
}

static char *
make_key (const char *space, const char *key)
{
  return g_strdup_printf ("%s\1%s", space, key);
}

const char *
_rmq_broker_kv_get (RmqBrokerCore *core, const char *space, const char *key)
{
  g_autofree char *full = make_key (space, key);
  Table *table = get_table (core);

  return table != NULL ? g_hash_table_lookup (table->entries, full) : NULL;
}

GBytes *
_rmq_broker_kv_dup_namespace (RmqBrokerCore *core, const char *space)
{
  g_autofree char *prefix = make_key (space, "");
  g_autoptr (RmqKvTableBody) body = _rmq_kv_table_body_new ();
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (RMQ_FRAME_MAX_LENGTH);
  GHashTableIter iter;
  void *key;
  void *value;

  g_hash_table_iter_init (&iter, get_table (core)->entries);
  while (g_hash_table_iter_next (&iter, &key, &value))
    if (g_str_has_prefix (key, prefix))
      _rmq_string_pairs_add (body->table, (char *) key + strlen (prefix), value);
  if (body->table->len == 0)
    return NULL;
  _rmq_kv_table_body_encode (body, &out);
  return out.failed ? NULL : _rmq_byte_writer_steal (&out);
}

static bool
forget (Table *table, const char *full)
{
  const char *value = g_hash_table_lookup (table->entries, full);

  if (value == NULL)
    return false;
  /* The namespace and the key have a separator between them, the rest of what was counted. */
  table->n_bytes -= MIN (table->n_bytes, strlen (full) - 1 + strlen (value) + OVERHEAD);
  return g_hash_table_remove (table->entries, full);
}

static void
handle_put (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqPutKVConfigRequestHeader header;
  g_autofree char *space = NULL;
  g_autofree char *key = NULL;
  g_autofree char *full = NULL;
  g_autoptr (GBytes) value = NULL;
  Table *table = data;
  size_t size;

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (PutKVConfigRequestHeader), &header))
    return;
  size = header.namespace.len + header.key.len + header.value.len + OVERHEAD;
  if (table->n_bytes + size > MAX_BYTES)
    {
      _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_SYSTEM_ERROR, "the table is full");
      return;
    }
  space = rmq_slice_dup (header.namespace);
  key = rmq_slice_dup (header.key);
  full = make_key (space, key);
  value = g_bytes_new (header.value.data, header.value.len);
  _rmq_broker_store_put_state (core->store, RMQ_STATE_KV, full, value);
  forget (table, full);
  table->n_bytes += size;
  g_hash_table_replace (table->entries, g_steal_pointer (&full), rmq_slice_dup (header.value));
  _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_SUCCESS, NULL);
}

static void
handle_get (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqGetKVConfigRequestHeader header;
  RmqGetKVConfigResponseHeader answer = { 0 };
  g_autofree char *space = NULL;
  g_autofree char *key = NULL;
  const char *value;

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (GetKVConfigRequestHeader), &header))
    return;
  space = rmq_slice_dup (header.namespace);
  key = rmq_slice_dup (header.key);
  value = _rmq_broker_kv_get (core, space, key);
  if (value == NULL)
    {
      _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_QUERY_NOT_FOUND,
                               "No config item, Namespace: %s Key: %s", space, key);
      return;
    }
  RMQ_HEADER_SET (answer, value, rmq_slice_from_string (value));
  _rmq_broker_answer_header (core, &request->ticket, RMQ_HEADER (GetKVConfigResponseHeader), &answer);
}

static void
handle_delete (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqDeleteKVConfigRequestHeader header;
  g_autofree char *space = NULL;
  g_autofree char *key = NULL;
  g_autofree char *full = NULL;
  Table *table = data;

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (DeleteKVConfigRequestHeader), &header))
    return;
  space = rmq_slice_dup (header.namespace);
  key = rmq_slice_dup (header.key);
  full = make_key (space, key);
  if (forget (table, full))
    _rmq_broker_store_put_state (core->store, RMQ_STATE_KV, full, NULL);
  _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_SUCCESS, NULL);
}

static void
handle_list (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqGetKVListByNamespaceRequestHeader header;
  g_autofree char *space = NULL;
  g_autoptr (GBytes) body = NULL;

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (GetKVListByNamespaceRequestHeader), &header))
    return;
  space = rmq_slice_dup (header.namespace);
  body = _rmq_broker_kv_dup_namespace (core, space);
  if (body != NULL)
    _rmq_broker_answer_bytes (core, &request->ticket, body);
  else
    _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_QUERY_NOT_FOUND, "No config item, Namespace: %s",
                             space);
}

/* --- settings ------------------------------------------------------------------------------------------------ */

static void
handle_get_config (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  char *text = _rmq_broker_settings_to_text (core->settings);
  g_autoptr (GBytes) body = g_bytes_new_take (text, strlen (text));

  _rmq_broker_answer_bytes (core, &request->ticket, body);
}

/* Lines of a Java properties file; what is not known is passed over, as a name server does. */
static void
handle_update_config (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  g_autofree char *text = rmq_slice_dup (request->frame->body);
  g_auto (GStrv) lines = g_strsplit (text != NULL ? text : "", "\n", -1);

  for (unsigned i = 0; lines[i] != NULL; i++)
    {
      char *equals = strchr (lines[i], '=');
      g_autoptr (GError) error = NULL;

      if (equals == NULL || *lines[i] == '#')
        continue;
      *equals = '\0';
      if (!_rmq_broker_settings_set (core->settings, g_strstrip (lines[i]), g_strstrip (equals + 1), true, &error))
        rmq_info ("broker", lines[i], "A setting was not taken: %s", error->message);
    }
  _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_SUCCESS, NULL);
}

/* --- the module ---------------------------------------------------------------------------------------------- */

static void
load_one (const char *key, GBytes *value, void *data)
{
  size_t len;
  const char *text = g_bytes_get_data (value, &len);

  g_hash_table_replace (data, g_strdup (key), g_strndup (text != NULL ? text : "", len));
}

static bool
start (RmqBrokerCore *core, void **data, GError **error)
{
  Table *table = g_new0 (Table, 1);

  table->entries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  _rmq_broker_store_each_state (core->store, RMQ_STATE_KV, load_one, table->entries);
  *data = table;
  return true;
}

static void
stop (RmqBrokerCore *core, void *data)
{
  Table *table = data;

  g_hash_table_unref (table->entries);
  g_free (table);
}

static const RmqBrokerRoute routes[] = {
  { RMQ_REQUEST_PUT_KV_CONFIG, handle_put },
  { RMQ_REQUEST_GET_KV_CONFIG, handle_get },
  { RMQ_REQUEST_DELETE_KV_CONFIG, handle_delete },
  { RMQ_REQUEST_GET_KVLIST_BY_NAMESPACE, handle_list },
  { RMQ_REQUEST_GET_NAMESRV_CONFIG, handle_get_config },
  { RMQ_REQUEST_UPDATE_NAMESRV_CONFIG, handle_update_config },
};

const RmqBrokerModule rmq_broker_kv_module = {
  .name = "kv",
  .routes = routes,
  .n_routes = G_N_ELEMENTS (routes),
  .start = start,
  .stop = stop,
};
