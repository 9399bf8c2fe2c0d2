/* SPDX-License-Identifier: Apache-2.0
 *
 * The command line of the conformance suites.
 */
#include "check.h"
#include <string.h>

static const char *the_point;
static const char *the_name;
static GHashTable *the_options;

static char *
replace_address (const char *text, const char *address)
{
  g_auto (GStrv) parts = g_strsplit (text, "{address}", -1);

  return g_strjoinv (address != NULL ? address : "{address}", parts);
}

void
check_setup (const char *point, int argc, char **argv, const char *address)
{
  if (argc < 2)
    g_error ("Usage: %s NAME [KEY=VALUE…]", argv[0]);
  the_point = point;
  the_name = argv[1];
  the_options = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  for (int i = 2; i < argc; i++)
    {
      const char *equals = strchr (argv[i], '=');

      if (equals == NULL)
        g_error ("\"%s\" is not KEY=VALUE", argv[i]);
      g_hash_table_insert (the_options, g_strndup (argv[i], equals - argv[i]), replace_address (equals + 1, address));
    }
}

void
check_teardown (void)
{
  g_clear_pointer (&the_options, g_hash_table_unref);
}

const char *
check_get_name (void)
{
  return the_name;
}

void *
check_create (void)
{
  g_autoptr (GError) error = NULL;
  GObject *object =
      rmq_plugin_registry_create (rmq_plugin_registry_get_default (), the_point, the_name, the_options, &error);

  g_assert_no_error (error);
  return object;
}

void
check_add (const char *path, GTestFunc func)
{
  g_autofree char *full = g_strdup_printf ("/%s/%s/%s", the_point, the_name, path);

  g_test_add_func (full, func);
}
