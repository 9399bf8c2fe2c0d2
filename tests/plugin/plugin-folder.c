/* SPDX-License-Identifier: Apache-2.0
 *
 * A scratch folder of plugins. Modules are links: dlopen () knows one file by any name, so no type is registered twice.
 */
#include "plugin-folder.h"
#include <errno.h>
#include <unistd.h>

void
plugin_folder_add (const RmqTestDir *folder,
                   const char *name,
                   const char *kind,
                   const char *provides,
                   const char *abi,
                   const char *rank)
{
  g_autofree char *feature = g_strdup_printf ("rpc-hook/%s;", name);
  g_autofree char *module = g_strdup_printf ("fixture-%s.so", kind);
  g_autofree char *file = g_strdup_printf ("%s.plugin", name);
  g_autofree char *target = g_build_filename (FIXTURES_DIR, module, NULL);
  g_autofree char *link = g_build_filename (folder, module, NULL);
  g_autofree char *text = NULL;
  g_autofree char *path = NULL;

  text = g_strdup_printf ("[Plugin]\nName=%s\nModule=%s\nProvides=%s\nVersion=1.0\nAbi=%s\n%s%s\nDescription=%s\n",
                          name, module, provides != NULL ? provides : feature, abi != NULL ? abi : "1.0",
                          rank != NULL ? "Rank=" : "", rank != NULL ? rank : "", kind);
  path = rmq_test_dir_write (folder, file, text);
  if (symlink (target, link) != 0)
    g_assert_cmpint (errno, ==, EEXIST);
}

void
plugin_folder_add_fixture (const RmqTestDir *folder, const char *kind)
{
  plugin_folder_add (folder, kind, kind, NULL, NULL, NULL);
}
