/* SPDX-License-Identifier: Apache-2.0
 *
 * Opens a plugin's module: the file is checked, then its one symbol, then the descriptor behind it. No module is ever
 * unloaded, because types, quarks and signals are not.
 */
#include "rmq-plugin-private.h"
#include <gmodule.h>
#include <string.h>
#include <sys/stat.h>

RmqPlugin *
_rmq_plugin_new (const char *name, const char *version, const char *description)
{
  RmqPlugin *self = g_new0 (RmqPlugin, 1);

  self->ref_count = 1;
  self->name = g_strdup (name);
  self->version = g_strdup (version);
  self->description = g_strdup (description);
  return self;
}

RmqPlugin *
_rmq_plugin_new_from_manifest (RmqPluginManifest *manifest)
{
  RmqPlugin *self = _rmq_plugin_new (manifest->name, manifest->version, manifest->description);

  self->manifest = manifest;
  return self;
}

RmqPlugin *
_rmq_plugin_ref (RmqPlugin *self)
{
  g_atomic_int_inc (&self->ref_count);
  return self;
}

void
_rmq_plugin_unref (RmqPlugin *self)
{
  if (!g_atomic_int_dec_and_test (&self->ref_count))
    return;
  g_free (self->name);
  g_free (self->version);
  g_free (self->description);
  g_clear_pointer (&self->manifest, _rmq_plugin_manifest_free);
  g_clear_error (&self->failure);
  g_free (self);
}

/* "by-config" has the symbol rmq_plugin_by_config_get_descriptor and the descriptor name by_config. */
static char *
symbol_name (const char *name)
{
  return g_strdelimit (g_strdup (name), "-", '_');
}

static bool
check_abi (const char *where, unsigned major, unsigned minor, GError **error)
{
  if (major == RMQ_PLUGIN_ABI_MAJOR && minor <= RMQ_PLUGIN_ABI_MINOR)
    return true;
  g_set_error (error, RMQ_ERROR, RMQ_ERROR_PLUGIN_ABI,
               "%s was built for plugin ABI %u.%u; this library (rmq-glib %s) provides %u.%u", where, major, minor,
               rmq_get_version (), RMQ_PLUGIN_ABI_MAJOR, RMQ_PLUGIN_ABI_MINOR);
  return false;
}

bool
_rmq_plugin_check_descriptor (const RmqPluginDescriptor *descriptor,
                              const char *name,
                              const char *where,
                              GError **error)
{
  g_autofree char *expected = symbol_name (name);

  /* Only the ABI fields may be read before they are known to fit. */
  if (descriptor == NULL || descriptor->struct_size < G_STRUCT_OFFSET (RmqPluginDescriptor, name))
    {
      g_set_error (error, RMQ_ERROR, RMQ_ERROR_PLUGIN_ABI, "%s has no valid plugin descriptor", where);
      return false;
    }
  if (!check_abi (where, descriptor->abi_major, descriptor->abi_minor, error))
    return false;
  if (descriptor->struct_size < sizeof (RmqPluginDescriptor))
    {
      g_set_error (error, RMQ_ERROR, RMQ_ERROR_PLUGIN_ABI,
                   "%s has a plugin descriptor of %u bytes; this library needs %zu", where, descriptor->struct_size,
                   sizeof (RmqPluginDescriptor));
      return false;
    }
  if (g_strcmp0 (descriptor->name, expected) != 0 || descriptor->init == NULL)
    {
      g_set_error (error, RMQ_ERROR, RMQ_ERROR_PLUGIN_FAILED, "%s does not contain the plugin %s, but %s", where, name,
                   descriptor->name != NULL ? descriptor->name : "one without a name");
      return false;
    }
  return true;
}

static const RmqPluginDescriptor *
find_descriptor (GModule *module, const char *name, const char *path, GError **error)
{
  g_autofree char *c_name = symbol_name (name);
  g_autofree char *symbol = g_strdup_printf ("rmq_plugin_%s_get_descriptor", c_name);
  const RmqPluginDescriptor *descriptor;
  void *function = NULL;

  if (!g_module_symbol (module, symbol, &function) || function == NULL)
    {
      g_set_error (error, RMQ_ERROR, RMQ_ERROR_PLUGIN_FAILED, "%s has no symbol %s: it is not the plugin %s", path,
                   symbol, name);
      return NULL;
    }
  descriptor = ((const RmqPluginDescriptor *(*) (void) ) function) ();
  return _rmq_plugin_check_descriptor (descriptor, name, path, error) ? descriptor : NULL;
}

const RmqPluginDescriptor *
_rmq_plugin_open (RmqPlugin *self, bool *opened, GError **error)
{
  const char *path = self->manifest->module_path;
  const RmqPluginDescriptor *descriptor;
  g_autoptr (GError) failure = NULL;
  GModule *module;

  *opened = false;
  if (!check_abi (path, self->manifest->abi_major, self->manifest->abi_minor, error)
      || !_rmq_plugin_check_trust (path, S_IFREG, self->manifest->trust, error))
    return NULL;

  /* Not lazy: a symbol that is missing fails here rather than in the I/O thread. */
  module = g_module_open_full (path, G_MODULE_BIND_LOCAL, &failure);
  if (module == NULL)
    {
      g_set_error (error, RMQ_ERROR, RMQ_ERROR_PLUGIN_FAILED, "%s cannot be opened: %s", path, failure->message);
      return NULL;
    }
  *opened = true;

  descriptor = find_descriptor (module, self->name, path, error);
  if (descriptor == NULL)
    {
      g_module_close (module);
      return NULL;
    }
  g_module_make_resident (module);
  return descriptor;
}
