/* SPDX-License-Identifier: Apache-2.0
 *
 * embedded://NAME: a table of running servers, and a transport that connects to them without a socket.
 */
#include "rmq-broker-embedded-private.h"

#include <rmq/rmq.h>
#include "base/rmq-error-private.h"
#include "base/rmq-log-private.h"
#include "base/rmq-sync-private.h"

/* --- who runs ------------------------------------------------------------------------------------------------ */

typedef struct
{
  GWeakRef server;
  const void *identity; /* of it, also when it is on its way out */
  char *name;
  char *address; /* what it tells others: broker addresses in messages and registrations lead back, too */
} Entry;

static GMutex table_mutex;
static GPtrArray *table; /* NULL: none runs */

static void
entry_free (void *data)
{
  Entry *entry = data;

  g_weak_ref_clear (&entry->server);
  g_free (entry->name);
  g_free (entry->address);
  g_free (entry);
}

/* With the lock. */
static Entry *
find (const char *name)
{
  for (unsigned i = 0; table != NULL && i < table->len; i++)
    {
      Entry *entry = g_ptr_array_index (table, i);

      if (g_str_equal (entry->name, name))
        return entry;
    }
  for (unsigned i = 0; table != NULL && i < table->len; i++)
    {
      Entry *entry = g_ptr_array_index (table, i);

      if (g_str_equal (entry->address, name))
        return entry;
    }
  return NULL;
}

/* (transfer full) (nullable) */
static RmqBrokerServer *
look_up (const char *name)
{
  RmqBrokerServer *server;
  Entry *entry;

  rmq_mutex_lock (&table_mutex);
  entry = find (name);
  server = entry != NULL ? g_weak_ref_get (&entry->server) : NULL;
  rmq_mutex_unlock (&table_mutex);
  return server;
}

char *
_rmq_broker_embedded_make_name (void)
{
  static int n;

  return g_strdup_printf ("rmq-broker-%d", g_atomic_int_add (&n, 1) + 1);
}

static bool
check_name (const char *name, GError **error)
{
  g_autofree char *text = g_strconcat (RMQ_BROKER_EMBEDDED_SCHEME "://", name, NULL);
  g_autoptr (RmqEndpoint) endpoint = rmq_endpoint_new_from_string (text, RMQ_BROKER_EMBEDDED_SCHEME, NULL);

  if (endpoint != NULL && g_strcmp0 (rmq_endpoint_get_host (endpoint), name) == 0)
    return true;
  _rmq_set_error (error, RMQ_ERROR_INVALID_CONFIG, NULL, "\"%s\" cannot be the name of a broker", name);
  return false;
}

static GType rmq_embedded_transport_get_type (void);

static void
ensure_transport (void)
{
  static size_t registered;
  g_autoptr (GError) error = NULL;

  if (!g_once_init_enter (&registered))
    return;
  if (!rmq_plugin_registry_register (rmq_plugin_registry_get_default (), "transport", RMQ_BROKER_EMBEDDED_SCHEME,
                                     rmq_embedded_transport_get_type (), 0, &error))
    rmq_warning ("broker", NULL, "embedded:// is not to be had: %s", error->message);
  g_once_init_leave (&registered, 1);
}

bool
_rmq_broker_embedded_add (RmqBrokerServer *server, const char *name, const char *address, GError **error)
{
  Entry *entry;
  bool taken;

  if (!check_name (name, error))
    return false;
  ensure_transport ();
  entry = g_new0 (Entry, 1);
  g_weak_ref_init (&entry->server, server);
  entry->identity = server;
  entry->name = g_strdup (name);
  entry->address = g_strdup (address);
  rmq_mutex_lock (&table_mutex);
  taken = find (name) != NULL;
  if (!taken)
    {
      if (table == NULL)
        table = g_ptr_array_new_with_free_func (entry_free);
      g_ptr_array_add (table, entry);
    }
  rmq_mutex_unlock (&table_mutex);
  if (!taken)
    return true;
  entry_free (entry);
  _rmq_set_error (error, RMQ_ERROR_INVALID_CONFIG, NULL, "Another broker of this process is named \"%s\"", name);
  return false;
}

void
_rmq_broker_embedded_remove (RmqBrokerServer *server)
{
  rmq_mutex_lock (&table_mutex);
  for (unsigned i = table != NULL ? table->len : 0; i-- > 0;)
    if (((Entry *) g_ptr_array_index (table, i))->identity == server)
      g_ptr_array_remove_index (table, i);
  if (table != NULL && table->len == 0)
    g_clear_pointer (&table, g_ptr_array_unref);
  rmq_mutex_unlock (&table_mutex);
}

/* --- the transport ------------------------------------------------------------------------------------------- */

G_DECLARE_FINAL_TYPE (RmqEmbeddedTransport, rmq_embedded_transport, RMQ, EMBEDDED_TRANSPORT, RmqTransport)

struct _RmqEmbeddedTransport
{
  RmqTransport parent_instance;
};

G_DEFINE_FINAL_TYPE (RmqEmbeddedTransport, rmq_embedded_transport, RMQ_TYPE_TRANSPORT)

static gboolean
rmq_embedded_transport_needs_address (RmqTransport *transport, RmqEndpoint *endpoint)
{
  return FALSE;
}

/* NAME, or the address that a broker told. */
static char *
dup_target (RmqEndpoint *endpoint)
{
  const char *host = rmq_endpoint_get_host (endpoint);
  unsigned port = rmq_endpoint_get_port (endpoint);

  return port != 0 ? g_strdup_printf ("%s:%u", host, port) : g_strdup (host != NULL ? host : "");
}

static void
rmq_embedded_transport_connect_async (RmqTransport *transport,
                                      RmqEndpoint *endpoint,
                                      GSocketAddress *address,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      void *user_data)
{
  g_autoptr (GTask) task = g_task_new (transport, cancellable, callback, user_data);
  g_autofree char *target = dup_target (endpoint);
  g_autofree char *peer = g_strconcat (RMQ_BROKER_EMBEDDED_SCHEME "://", target, NULL);
  g_autoptr (RmqBrokerServer) server = look_up (target);
  GError *error = NULL;
  GIOStream *stream;

  g_task_set_source_tag (task, rmq_embedded_transport_connect_async);
  if (server == NULL)
    {
      g_task_return_error (task,
                           _rmq_error_new (RMQ_ERROR_CONNECT_FAILED, NULL,
                                           "no broker of this process is named \"%s\", or it does not run", target));
      return;
    }
  stream = _rmq_broker_server_connect_as (server, peer, &error);
  if (stream != NULL)
    g_task_return_pointer (task, stream, g_object_unref);
  else
    g_task_return_error (task, error);
}

static GIOStream *
rmq_embedded_transport_connect_finish (RmqTransport *transport, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, transport), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
rmq_embedded_transport_class_init (RmqEmbeddedTransportClass *klass)
{
  RmqTransportClass *transport_class = RMQ_TRANSPORT_CLASS (klass);

  transport_class->needs_address = rmq_embedded_transport_needs_address;
  transport_class->connect_async = rmq_embedded_transport_connect_async;
  transport_class->connect_finish = rmq_embedded_transport_connect_finish;
}

static void
rmq_embedded_transport_init (RmqEmbeddedTransport *self)
{
}
