/* SPDX-License-Identifier: Apache-2.0
 *
 * `rmq inspect`: what plugins there are, and what one of them provides, with the options it takes.
 */
#include "rmq-cli.h"
#include "rmq-cli-json.h"
#include <stdio.h>
#include <string.h>

static void
print_feature_line (RmqPluginFeature *feature)
{
  const char *version = rmq_plugin_feature_get_plugin_version (feature);
  const char *description = rmq_plugin_feature_get_description (feature);

  printf ("  %-24s %-12s %-8s %s\n", rmq_plugin_feature_get_name (feature),
          rmq_plugin_feature_get_plugin_name (feature), version != NULL ? version : "",
          description != NULL ? description : "");
}

static void
print_points (RmqPluginRegistry *registry, GListModel *features)
{
  const char *point = NULL;

  for (unsigned i = 0; i < g_list_model_get_n_items (features); i++)
    {
      g_autoptr (RmqPluginFeature) feature = g_list_model_get_item (features, i);

      if (g_strcmp0 (point, rmq_plugin_feature_get_point (feature)) != 0)
        {
          printf ("%s%s: %s\n", point != NULL ? "\n" : "", rmq_plugin_feature_get_point (feature),
                  rmq_plugin_registry_describe_point (registry, rmq_plugin_feature_get_point (feature)));
          point = rmq_plugin_feature_get_point (feature); /* the list holds the feature */
        }
      print_feature_line (feature);
    }
}

static const char *
describe_type (GType type)
{
  if (type == G_TYPE_BOOLEAN)
    return "true|false";
  if (type == G_TYPE_STRING)
    return "text";
  if (type == G_TYPE_STRV)
    return "list";
  if (g_type_is_a (type, G_TYPE_ENUM) || g_type_is_a (type, G_TYPE_FLAGS))
    return "choice";
  return g_value_type_transformable (type, G_TYPE_DOUBLE) ? "number" : g_type_name (type);
}

/* The value as the configuration takes it. */
static char *
describe_value (const GValue *value)
{
  if (G_VALUE_HOLDS_STRING (value))
    return g_strdup (g_value_get_string (value) != NULL ? g_value_get_string (value) : "");
  if (G_VALUE_HOLDS_BOOLEAN (value))
    return g_strdup (g_value_get_boolean (value) ? "true" : "false");
  if (G_VALUE_HOLDS (value, G_TYPE_STRV))
    return g_value_get_boxed (value) != NULL ? g_strjoinv (";", g_value_get_boxed (value)) : g_strdup ("");
  if (g_value_type_transformable (G_VALUE_TYPE (value), G_TYPE_STRING))
    {
      GValue text = G_VALUE_INIT;
      char *result;

      g_value_init (&text, G_TYPE_STRING);
      g_value_transform (value, &text);
      result = g_value_dup_string (&text);
      g_value_unset (&text);
      return result != NULL ? result : g_strdup ("");
    }
  return g_strdup ("");
}

typedef void (*OptionFunc) (GParamSpec *pspec, const char *default_text, void *data);

/* Those that text can set. */
static void
foreach_option (GType type, OptionFunc func, void *data)
{
  g_autoptr (GTypeClass) klass = g_type_class_ref (type);
  unsigned n = 0;
  g_autofree GParamSpec **pspecs = g_object_class_list_properties (G_OBJECT_CLASS (klass), &n);

  for (unsigned i = 0; i < n; i++)
    {
      g_autofree char *text = NULL;

      if ((pspecs[i]->flags & G_PARAM_WRITABLE) == 0 || G_TYPE_IS_OBJECT (pspecs[i]->value_type))
        continue;
      text = describe_value (g_param_spec_get_default_value (pspecs[i]));
      func (pspecs[i], text, data);
    }
}

static void
print_option (GParamSpec *pspec, const char *default_text, void *data)
{
  const char *blurb = g_param_spec_get_blurb (pspec);
  int *n_options = data;

  if ((*n_options)++ == 0)
    printf ("Options:\n");
  printf ("  %-16s %-12s %s", pspec->name, describe_type (pspec->value_type), blurb != NULL ? blurb : "");
  if (*default_text != '\0')
    printf ("%sdefault %s", blurb != NULL ? "; " : "", default_text);
  printf ("\n");
}

static void
print_line (const char *name, const char *value)
{
  if (value != NULL)
    printf ("%-12s %s\n", name, value);
}

static void
print_feature (RmqPluginRegistry *registry, RmqPluginFeature *feature)
{
  const char *point = rmq_plugin_feature_get_point (feature);
  int n_options = 0;

  printf ("%s/%s\n", point, rmq_plugin_feature_get_name (feature));
  print_line ("Point:", rmq_plugin_registry_describe_point (registry, point));
  print_line ("Plugin:", rmq_plugin_feature_get_plugin_name (feature));
  print_line ("Description:", rmq_plugin_feature_get_description (feature));
  print_line ("Version:", rmq_plugin_feature_get_plugin_version (feature));
  print_line ("License:", rmq_plugin_feature_get_license (feature));
  print_line ("Module:",
              rmq_plugin_feature_get_path (feature) != NULL ? rmq_plugin_feature_get_path (feature) : "linked in");
  print_line ("Type:", g_type_name (rmq_plugin_feature_get_feature_type (feature)));
  printf ("%-12s %d\n", "Rank:", rmq_plugin_feature_get_rank (feature));
  foreach_option (rmq_plugin_feature_get_feature_type (feature), print_option, &n_options);
}

static void
json_option (GParamSpec *pspec, const char *default_text, void *data)
{
  RmqCliJson *json = data;

  rmq_cli_json_begin_object (json, NULL);
  rmq_cli_json_string (json, "name", pspec->name);
  rmq_cli_json_string (json, "type", describe_type (pspec->value_type));
  rmq_cli_json_string (json, "default", default_text);
  rmq_cli_json_string (json, "description", g_param_spec_get_blurb (pspec));
  rmq_cli_json_end_object (json);
}

/* Type, license and options only where the module is open: a list opens none. */
static void
print_json (RmqPluginFeature *feature)
{
  GType type = rmq_plugin_feature_get_feature_type (feature);
  g_auto (RmqCliJson) json = { NULL, false };

  rmq_cli_json_init (&json);
  rmq_cli_json_begin_object (&json, NULL);
  rmq_cli_json_string (&json, "point", rmq_plugin_feature_get_point (feature));
  rmq_cli_json_string (&json, "name", rmq_plugin_feature_get_name (feature));
  rmq_cli_json_int (&json, "rank", rmq_plugin_feature_get_rank (feature));
  rmq_cli_json_string (&json, "plugin", rmq_plugin_feature_get_plugin_name (feature));
  rmq_cli_json_string (&json, "version", rmq_plugin_feature_get_plugin_version (feature));
  rmq_cli_json_string (&json, "description", rmq_plugin_feature_get_description (feature));
  rmq_cli_json_string (&json, "module", rmq_plugin_feature_get_path (feature));
  if (type != G_TYPE_INVALID)
    {
      rmq_cli_json_string (&json, "license", rmq_plugin_feature_get_license (feature));
      rmq_cli_json_string (&json, "type", g_type_name (type));
      rmq_cli_json_begin_array (&json, "options");
      foreach_option (type, json_option, &json);
      rmq_cli_json_end_array (&json);
    }
  rmq_cli_json_end_object (&json);
  rmq_cli_json_print (&json);
}

static void
print_list (RmqCli *cli, RmqPluginRegistry *registry, const char *point)
{
  g_autoptr (GListModel) features = rmq_plugin_registry_list (registry, point);
  g_auto (GStrv) problems = rmq_plugin_registry_dup_problems (registry);

  if (!cli->json)
    print_points (registry, features);
  for (unsigned i = 0; cli->json && i < g_list_model_get_n_items (features); i++)
    {
      g_autoptr (RmqPluginFeature) feature = g_list_model_get_item (features, i);

      print_json (feature);
    }
  for (char **problem = problems; *problem != NULL; problem++)
    rmq_cli_say (cli, "Not used: %s", *problem);
}

static RmqCliExit
explain_feature (RmqCli *cli, RmqPluginRegistry *registry, const char *point, const char *name)
{
  GError *error = NULL;
  g_autoptr (RmqPluginFeature) feature = rmq_plugin_registry_load (registry, point, name, &error);

  if (feature == NULL)
    return rmq_cli_fail (cli, error);
  if (cli->json)
    print_json (feature);
  else
    print_feature (registry, feature);
  return RMQ_CLI_DONE;
}

static RmqCliExit
explain_plugin (RmqCli *cli, RmqPluginRegistry *registry, const char *name)
{
  g_autoptr (GListModel) features = rmq_plugin_registry_list (registry, NULL);
  RmqCliExit code = RMQ_CLI_DONE;
  unsigned n = 0;

  for (unsigned i = 0; i < g_list_model_get_n_items (features) && code == RMQ_CLI_DONE; i++)
    {
      g_autoptr (RmqPluginFeature) feature = g_list_model_get_item (features, i);

      if (!g_str_equal (rmq_plugin_feature_get_plugin_name (feature), name))
        continue;
      if (n++ > 0 && !cli->json)
        printf ("\n");
      code = explain_feature (cli, registry, rmq_plugin_feature_get_point (feature),
                              rmq_plugin_feature_get_name (feature));
    }
  if (n == 0)
    return rmq_cli_fail_usage (cli, "There is no plugin and no extension point \"%s\"; \"rmq inspect\" lists them",
                               name);
  return code;
}

RmqCliExit
rmq_cli_inspect (int argc, char **argv, RmqCli *cli)
{
  RmqPluginRegistry *registry;
  RmqCliExit code = RMQ_CLI_DONE;
  const char *slash;

  if (!rmq_cli_parse (
          cli, &argc, &argv, "[PLUGIN | POINT | POINT/NAME]",
          "Lists the plugins that are found, or explains one: where it comes from and the options it takes.", NULL,
          &code))
    return code;
  if (argc > 2)
    return rmq_cli_fail_usage (cli, "One plugin at a time");

  registry = rmq_plugin_registry_get_default ();
  if (argc == 1)
    {
      print_list (cli, registry, NULL);
      return RMQ_CLI_DONE;
    }
  if (rmq_plugin_registry_describe_point (registry, argv[1]) != NULL)
    {
      print_list (cli, registry, argv[1]);
      return RMQ_CLI_DONE;
    }
  slash = strchr (argv[1], '/');
  if (slash != NULL)
    {
      g_autofree char *point = g_strndup (argv[1], slash - argv[1]);

      return explain_feature (cli, registry, point, slash + 1);
    }
  return explain_plugin (cli, registry, argv[1]);
}
