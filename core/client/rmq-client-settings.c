/* SPDX-License-Identifier: Apache-2.0
 *
 * The snapshot of a config: defaults filled in, texts parsed, the client id made.
 */
#include "rmq-client-config-internal-private.h"

#include <unistd.h>
#include "base/rmq-error-private.h"
#include "base/rmq-sync-private.h"
#include "rmq-host-address-private.h"
#include "wire/rmq-client-id-private.h"
#include "wire/rmq-codes-private.h"

RmqClientSettings *
_rmq_client_settings_ref (RmqClientSettings *self)
{
  g_atomic_int_inc (&self->ref_count);
  return self;
}

void
_rmq_client_settings_unref (RmqClientSettings *self)
{
  if (!rmq_ref_dec_and_test (&self->ref_count))
    return;
  g_strfreev (self->name_servers);
  g_strfreev (self->address_map);
  g_strfreev (self->rpc_hooks);
  g_free (self->client_id);
  g_free (self->instance_name);
  g_free (self->stable_name);
  g_free (self->unit_name);
  g_free (self->namespace_v2);
  g_free (self->broker_scheme);
  g_free (self->discovery);
  g_free (self->fingerprint);
  g_clear_pointer (&self->options, g_hash_table_unref);
  g_clear_pointer (&self->io_context, g_main_context_unref);
  g_clear_pointer (&self->clock, _rmq_clock_unref);
  g_free (self);
}

static char *
host_address (void)
{
  uint8_t ip[16];
  size_t len = _rmq_host_address_pick (ip);
  g_autoptr (GInetAddress) address =
      g_inet_address_new_from_bytes (ip, len == 16 ? G_SOCKET_FAMILY_IPV6 : G_SOCKET_FAMILY_IPV4);
  return g_inet_address_to_string (address);
}

/* Containers share addresses and pids: the random part keeps two clients apart all the same. */
static void
make_identity (RmqClientSettings *self)
{
  g_autofree char *ip = NULL;
  const char *set = self->client_id != NULL ? self->client_id : self->instance_name;

  self->stable_name = g_strdup (set != NULL ? set : "DEFAULT");
  if (self->instance_name == NULL)
    self->instance_name =
        g_strdup_printf ("%u#%08x%08x", (unsigned) getpid (), (unsigned) g_random_int (), (unsigned) g_random_int ());
  if (self->client_id != NULL)
    return;
  ip = host_address ();
  self->client_id = _rmq_client_id_build (ip, self->instance_name, self->unit_name, false);
}

RmqClientSettings *
_rmq_client_config_snapshot (RmqClientConfig *config, GError **error)
{
  g_autoptr (RmqClientSettings) self = g_new0 (RmqClientSettings, 1);
  unsigned n_settings;
  const RmqSetting *table = _rmq_settings_get_table (&n_settings);
  bool has_list = _rmq_client_config_peek (config, "name-servers") != NULL;

  self->ref_count = 1;
  for (unsigned i = 0; i < n_settings; i++)
    {
      const char *text = _rmq_client_config_peek (config, table[i].key);

      _rmq_setting_store (&table[i], text != NULL ? text : table[i].default_text, self);
    }
  /* A discovery fills the list, unless one was given to begin with. */
  if (self->discovery != NULL && !has_list)
    {
      g_strfreev (self->name_servers);
      self->name_servers = g_new0 (char *, 1);
    }

  self->language = RMQ_LANGUAGE_CPP;
  self->version = RMQ_VERSION_V5_3_3;
  self->options = _rmq_client_config_dup_options (config);
  self->io_context = rmq_client_config_get_io_context (config);
  if (self->io_context != NULL)
    g_main_context_ref (self->io_context);
  self->clock = _rmq_client_config_dup_clock (config);
  self->fingerprint = _rmq_client_config_dup_fingerprint (config);
  if (_rmq_client_config_get_problem (config) != NULL)
    {
      g_propagate_error (error, g_error_copy (_rmq_client_config_get_problem (config)));
      return NULL;
    }
  make_identity (self);
  return g_steal_pointer (&self);
}
