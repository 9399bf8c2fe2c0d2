/* SPDX-License-Identifier: Apache-2.0
 *
 * RmqClientConfig: every setting as a property, a key of a file and a variable of the environment, each with its
 * origin.
 */
#include "rmq-client-config-internal-private.h"

#include "base/rmq-error-private.h"

/**
 * RmqClientConfig:
 *
 * The settings of a client.
 *
 * Each setting is a property of this object, a key for
 * [method@ClientConfig.set], a line of a key file
 * ([method@ClientConfig.load_file]) and, as `RMQ_REQUEST_TIMEOUT` for
 * `request-timeout`, an environment variable
 * ([method@ClientConfig.load_environment]). Options of plugins are keys such as
 * `transport.tls.ca-file`.
 *
 * A client takes a snapshot when it is made: later changes do not reach it.
 *
 * A config belongs to the thread that fills it. See RocketMQ's `ClientConfig`
 * and `NettyClientConfig`.
 */

typedef struct
{
  char *text;
  char *origin;
} Value;

struct _RmqClientConfig
{
  GObject parent_instance;
  GHashTable *values; /* key → Value: settings and options */
  GMainContext *io_context;
  RmqClock *clock;
  GError *problem;
  const RmqSetting *problem_with;
};

G_DEFINE_FINAL_TYPE (RmqClientConfig, rmq_client_config, G_TYPE_OBJECT)

enum
{
  PROP_IO_CONTEXT = 1,
  FIRST_SETTING, /* then one for each row of the table */
};

#define CONFIG_GROUP "client"
#define FROM_CODE "set by the program"

static void
value_free (gpointer data)
{
  Value *self = data;

  g_free (self->text);
  g_free (self->origin);
  g_free (self);
}

static const RmqSetting *
setting_of (unsigned prop_id)
{
  unsigned n;

  return &_rmq_settings_get_table (&n)[prop_id - FIRST_SETTING];
}

/* text NULL: back to the default. */
static bool
set_text (RmqClientConfig *self, const char *key, const char *text, const char *origin, GError **error)
{
  int row = _rmq_settings_find (key);
  unsigned n;
  Value *value;

  if (row < 0 && !_rmq_settings_is_option (key))
    {
      _rmq_settings_set_unknown (key, origin, error);
      return false;
    }
  if (row >= 0 && text != NULL && !_rmq_setting_check (&_rmq_settings_get_table (&n)[row], text, origin, error))
    return false;

  if (text == NULL)
    {
      g_hash_table_remove (self->values, key);
    }
  else
    {
      value = g_new0 (Value, 1);
      value->text = g_strdup (text);
      value->origin = g_strdup (origin);
      g_hash_table_insert (self->values, g_strdup (key), value);
    }
  if (row >= 0)
    g_object_notify (G_OBJECT (self), key);
  return true;
}

const char *
_rmq_client_config_peek (RmqClientConfig *self, const char *key)
{
  Value *value = g_hash_table_lookup (self->values, key);

  return value != NULL ? value->text : NULL;
}

static const char *
text_or_default (RmqClientConfig *self, const RmqSetting *setting)
{
  const char *text = _rmq_client_config_peek (self, setting->key);

  return text != NULL ? text : setting->default_text;
}

GHashTable *
_rmq_client_config_dup_options (RmqClientConfig *self)
{
  GHashTable *options = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  GHashTableIter iter;
  gpointer key;
  gpointer value;

  g_hash_table_iter_init (&iter, self->values);
  while (g_hash_table_iter_next (&iter, &key, &value))
    if (_rmq_settings_find (key) < 0)
      g_hash_table_insert (options, g_strdup (key), g_strdup (((Value *) value)->text));
  return options;
}

void
_rmq_client_config_set_clock (RmqClientConfig *self, RmqClock *clock)
{
  g_clear_pointer (&self->clock, _rmq_clock_unref);
  self->clock = _rmq_clock_ref (clock);
}

RmqClock *
_rmq_client_config_dup_clock (RmqClientConfig *self)
{
  return self->clock != NULL ? _rmq_clock_ref (self->clock) : _rmq_clock_get_system ();
}

const GError *
_rmq_client_config_get_problem (RmqClientConfig *self)
{
  return self->problem;
}

static void
add_to_checksum (GChecksum *checksum, const char *text)
{
  g_checksum_update (checksum, (const uint8_t *) text, (gssize) strlen (text) + 1);
}

char *
_rmq_client_config_dup_fingerprint (RmqClientConfig *self)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autoptr (GList) keys = g_list_sort (g_hash_table_get_keys (self->values), (GCompareFunc) strcmp);

  for (GList *at = keys; at != NULL; at = at->next)
    {
      int row = _rmq_settings_find (at->data);
      const char *text = _rmq_client_config_peek (self, at->data);
      unsigned n;

      /* The default that somebody wrote down is the default. */
      if (row >= 0 && g_strcmp0 (_rmq_settings_get_table (&n)[row].default_text, text) == 0)
        continue;
      add_to_checksum (checksum, at->data);
      add_to_checksum (checksum, text);
    }
  return g_strdup (g_checksum_get_string (checksum));
}

static void
get_setting (RmqClientConfig *self, const RmqSetting *setting, GValue *value)
{
  const char *text = text_or_default (self, setting);
  int64_t number = 0;

  if (setting->kind == RMQ_SETTING_TEXT || setting->kind == RMQ_SETTING_LIST)
    {
      g_value_set_string (value, text);
      return;
    }
  _rmq_setting_parse_number (setting, text, &number);
  if (setting->kind == RMQ_SETTING_BOOLEAN)
    g_value_set_boolean (value, number != 0);
  else if (setting->kind == RMQ_SETTING_BYTES)
    g_value_set_uint64 (value, (uint64_t) number);
  else
    g_value_set_uint (value, (unsigned) number);
}

/* Properties carry no errors: the first one that cannot be is remembered for the start. */
static void
set_setting (RmqClientConfig *self, const RmqSetting *setting, const GValue *value)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  switch (setting->kind)
    {
    case RMQ_SETTING_TEXT:
    case RMQ_SETTING_LIST:
      text = g_value_dup_string (value);
      break;
    case RMQ_SETTING_BOOLEAN:
      text = g_strdup (g_value_get_boolean (value) ? "true" : "false");
      break;
    case RMQ_SETTING_BYTES:
      text = g_strdup_printf ("%" G_GUINT64_FORMAT, g_value_get_uint64 (value));
      break;
    case RMQ_SETTING_MILLISECONDS:
    case RMQ_SETTING_NUMBER:
    default:
      text = g_strdup_printf ("%u", g_value_get_uint (value));
      break;
    }
  if (set_text (self, setting->key, text, FROM_CODE, &error))
    {
      if (self->problem_with == setting)
        g_clear_error (&self->problem);
      return;
    }
  if (self->problem != NULL)
    return;
  self->problem = g_steal_pointer (&error);
  self->problem_with = setting;
}

static void
rmq_client_config_get_property (GObject *object, unsigned prop_id, GValue *value, GParamSpec *pspec)
{
  RmqClientConfig *self = RMQ_CLIENT_CONFIG (object);

  if (prop_id == PROP_IO_CONTEXT)
    g_value_set_boxed (value, self->io_context);
  else
    get_setting (self, setting_of (prop_id), value);
}

static void
rmq_client_config_set_property (GObject *object, unsigned prop_id, const GValue *value, GParamSpec *pspec)
{
  RmqClientConfig *self = RMQ_CLIENT_CONFIG (object);

  if (prop_id == PROP_IO_CONTEXT)
    rmq_client_config_set_io_context (self, g_value_get_boxed (value));
  else
    set_setting (self, setting_of (prop_id), value);
}

static void
rmq_client_config_finalize (GObject *object)
{
  RmqClientConfig *self = RMQ_CLIENT_CONFIG (object);

  g_hash_table_unref (self->values);
  g_clear_pointer (&self->io_context, g_main_context_unref);
  g_clear_pointer (&self->clock, _rmq_clock_unref);
  g_clear_error (&self->problem);
  G_OBJECT_CLASS (rmq_client_config_parent_class)->finalize (object);
}

static GParamSpec *
make_param_spec (const RmqSetting *setting)
{
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;
  int64_t initial = 0;

  if (setting->kind == RMQ_SETTING_TEXT || setting->kind == RMQ_SETTING_LIST)
    return g_param_spec_string (setting->key, NULL, NULL, setting->default_text, flags);
  _rmq_setting_parse_number (setting, setting->default_text, &initial);
  if (setting->kind == RMQ_SETTING_BOOLEAN)
    return g_param_spec_boolean (setting->key, NULL, NULL, initial != 0, flags);
  if (setting->kind == RMQ_SETTING_BYTES)
    return g_param_spec_uint64 (setting->key, NULL, NULL, (uint64_t) setting->min, (uint64_t) setting->max,
                                (uint64_t) initial, flags);
  return g_param_spec_uint (setting->key, NULL, NULL, (unsigned) setting->min, (unsigned) setting->max,
                            (unsigned) initial, flags);
}

static void
rmq_client_config_class_init (RmqClientConfigClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  unsigned n_settings;
  const RmqSetting *table = _rmq_settings_get_table (&n_settings);

  object_class->get_property = rmq_client_config_get_property;
  object_class->set_property = rmq_client_config_set_property;
  object_class->finalize = rmq_client_config_finalize;

  /**
   * RmqClientConfig:io-context: (getter get_io_context) (setter set_io_context)
   *
   * Where the client does its I/O: `NULL` for the library's own thread, shared
   * by all clients of the process; else a context that the application
   * iterates, and the library makes no thread. Deadlines then hold only while
   * it is iterated.
   */
  g_object_class_install_property (
      object_class, PROP_IO_CONTEXT,
      g_param_spec_boxed ("io-context", "I/O context", "Where the client does its I/O", G_TYPE_MAIN_CONTEXT,
                          G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS));
  for (unsigned i = 0; i < n_settings; i++)
    g_object_class_install_property (object_class, FIRST_SETTING + i, make_param_spec (&table[i]));
}

static void
rmq_client_config_init (RmqClientConfig *self)
{
  self->values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, value_free);
}

/**
 * rmq_client_config_new:
 * @name_servers: (nullable): addresses of the name servers, as `a:9876;b:9876`,
 *   each with an optional scheme such as `tls://`; `NULL` for `localhost:9876`
 *
 * Creates a config.
 *
 * Never fails: an address that cannot be is reported when the client starts.
 *
 * Returns: (transfer full): a new config
 */
RmqClientConfig *
rmq_client_config_new (const char *name_servers)
{
  RmqClientConfig *self = g_object_new (RMQ_TYPE_CLIENT_CONFIG, NULL);

  if (name_servers != NULL)
    rmq_client_config_set_name_servers (self, name_servers);
  return self;
}

/**
 * rmq_client_config_set:
 * @self: a config
 * @key: a setting, such as `request-timeout`, or a plugin's option, such as
 *   `transport.tls.ca-file`
 * @value: (nullable): the value as text; `NULL` for the default. Periods are
 *   milliseconds, sizes bytes (`64M` is allowed)
 * @error: return location for an error
 *
 * Sets one setting by name.
 *
 * Errors: `RMQ_ERROR_INVALID_CONFIG` for a name that does not exist, with the
 * one that was probably meant, or a value that cannot be.
 *
 * Returns: whether it was set
 */
gboolean
rmq_client_config_set (RmqClientConfig *self, const char *key, const char *value, GError **error)
{
  g_return_val_if_fail (RMQ_IS_CLIENT_CONFIG (self), FALSE);
  g_return_val_if_fail (key != NULL, FALSE);

  return set_text (self, key, value, FROM_CODE, error);
}

/**
 * rmq_client_config_get:
 * @self: a config
 * @key: a setting or a plugin's option
 *
 * Gets the value of a setting as text, the default where none was set.
 *
 * Returns: (transfer full) (nullable): the text; `NULL` when it is not set and
 *   has no default, or does not exist
 */
char *
rmq_client_config_get (RmqClientConfig *self, const char *key)
{
  int row;
  unsigned n;

  g_return_val_if_fail (RMQ_IS_CLIENT_CONFIG (self), NULL);
  g_return_val_if_fail (key != NULL, NULL);

  row = _rmq_settings_find (key);
  return g_strdup (row >= 0 ? text_or_default (self, &_rmq_settings_get_table (&n)[row])
                            : _rmq_client_config_peek (self, key));
}

static gboolean
load_key_file (RmqClientConfig *self, GKeyFile *file, const char *origin, GError **error)
{
  g_auto (GStrv) groups = g_key_file_get_groups (file, NULL);
  g_auto (GStrv) keys = NULL;

  for (unsigned i = 0; groups[i] != NULL; i++)
    {
      if (strcmp (groups[i], CONFIG_GROUP) == 0)
        continue;
      _rmq_set_error (error, RMQ_ERROR_INVALID_CONFIG, NULL,
                      "%s: unknown group [%s]: settings stand under [" CONFIG_GROUP "]", origin, groups[i]);
      return FALSE;
    }
  keys = g_key_file_get_keys (file, CONFIG_GROUP, NULL, NULL);
  for (unsigned i = 0; keys != NULL && keys[i] != NULL; i++)
    {
      g_autofree char *text = g_key_file_get_string (file, CONFIG_GROUP, keys[i], error);

      if (text == NULL || !set_text (self, keys[i], text, origin, error))
        return FALSE;
    }
  return TRUE;
}

/**
 * rmq_client_config_load_data:
 * @self: a config
 * @text: lines `key=value` under a line `[client]`
 * @origin: what to call it in errors and in the dump
 * @error: return location for an error
 *
 * Sets what a text in the format of key files says.
 *
 * Returns: whether all of it was set
 */
gboolean
rmq_client_config_load_data (RmqClientConfig *self, const char *text, const char *origin, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) reason = NULL;

  g_return_val_if_fail (RMQ_IS_CLIENT_CONFIG (self), FALSE);
  g_return_val_if_fail (text != NULL && origin != NULL, FALSE);

  if (!g_key_file_load_from_data (file, text, strlen (text), G_KEY_FILE_NONE, &reason))
    {
      _rmq_set_error (error, RMQ_ERROR_INVALID_CONFIG, NULL, "%s: %s", origin, reason->message);
      return FALSE;
    }
  return load_key_file (self, file, origin, error);
}

/**
 * rmq_client_config_load_file:
 * @self: a config
 * @path: (type filename): a key file with a group `[client]`
 * @error: return location for an error
 *
 * Sets what a key file says. See [method@ClientConfig.load_data].
 *
 * Returns: whether all of it was set
 */
gboolean
rmq_client_config_load_file (RmqClientConfig *self, const char *path, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) reason = NULL;

  g_return_val_if_fail (RMQ_IS_CLIENT_CONFIG (self), FALSE);
  g_return_val_if_fail (path != NULL, FALSE);

  if (!g_file_get_contents (path, &text, NULL, &reason))
    {
      _rmq_set_error (error, RMQ_ERROR_INVALID_CONFIG, NULL, "%s", reason->message);
      return FALSE;
    }
  return rmq_client_config_load_data (self, text, path, error);
}

static char *
environment_name (const char *key)
{
  g_autofree char *upper = g_ascii_strup (key, -1);

  return g_strconcat ("RMQ_", g_strdelimit (upper, "-", '_'), NULL);
}

/**
 * rmq_client_config_load_environment:
 * @self: a config
 * @error: return location for an error
 *
 * Sets what the environment says: `RMQ_NAMESRV`, else `NAMESRV_ADDR`, for the
 * name servers, and `RMQ_REQUEST_TIMEOUT` and the like for every other
 * setting.
 *
 * Returns: whether all of it was set
 */
gboolean
rmq_client_config_load_environment (RmqClientConfig *self, GError **error)
{
  static const char *const for_name_servers[] = { "NAMESRV_ADDR", "RMQ_NAMESRV" };
  unsigned n_settings;
  const RmqSetting *table = _rmq_settings_get_table (&n_settings);

  g_return_val_if_fail (RMQ_IS_CLIENT_CONFIG (self), FALSE);

  for (unsigned i = 0; i < G_N_ELEMENTS (for_name_servers); i++)
    {
      const char *text = g_getenv (for_name_servers[i]);

      if (text != NULL && *text != '\0' && !set_text (self, "name-servers", text, for_name_servers[i], error))
        return FALSE;
    }
  for (unsigned i = 0; i < n_settings; i++)
    {
      g_autofree char *name = environment_name (table[i].key);
      const char *text = g_getenv (name);

      if (text != NULL && *text != '\0' && !set_text (self, table[i].key, text, name, error))
        return FALSE;
    }
  return TRUE;
}

static void
dump_line (GString *out, const char *key, const char *text, const char *origin)
{
  if (text == NULL)
    g_string_append_printf (out, "#%s=\n", key);
  else
    g_string_append_printf (out, "%s=%s  # %s\n", key, _rmq_settings_is_secret (key) ? "(secret)" : text, origin);
}

/**
 * rmq_client_config_dump:
 * @self: a config
 *
 * Lists every setting with its value and where it came from, one a line.
 * Secrets are left out.
 *
 * Returns: (transfer full): the text
 */
char *
rmq_client_config_dump (RmqClientConfig *self)
{
  GString *out = g_string_new (NULL);
  g_autoptr (GList) keys = NULL;
  unsigned n_settings;
  const RmqSetting *table = _rmq_settings_get_table (&n_settings);

  g_return_val_if_fail (RMQ_IS_CLIENT_CONFIG (self), NULL);

  for (unsigned i = 0; i < n_settings; i++)
    {
      Value *value = g_hash_table_lookup (self->values, table[i].key);

      dump_line (out, table[i].key, value != NULL ? value->text : table[i].default_text,
                 value != NULL ? value->origin : "default");
    }
  keys = g_list_sort (g_hash_table_get_keys (self->values), (GCompareFunc) strcmp);
  for (GList *at = keys; at != NULL; at = at->next)
    {
      Value *value = g_hash_table_lookup (self->values, at->data);

      if (_rmq_settings_find (at->data) < 0)
        dump_line (out, at->data, value->text, value->origin);
    }
  return g_string_free (out, FALSE);
}

/**
 * rmq_client_config_get_name_servers: (get-property name-servers)
 * @self: a config
 *
 * Gets the addresses of the name servers.
 *
 * Returns: the addresses, as `a;b;c`
 */
const char *
rmq_client_config_get_name_servers (RmqClientConfig *self)
{
  unsigned n;

  g_return_val_if_fail (RMQ_IS_CLIENT_CONFIG (self), NULL);

  return text_or_default (self, &_rmq_settings_get_table (&n)[_rmq_settings_find ("name-servers")]);
}

/**
 * rmq_client_config_set_name_servers: (set-property name-servers)
 * @self: a config
 * @name_servers: (nullable): addresses, as `a;b;c`; `NULL` for the default
 *
 * Sets the addresses of the name servers. One that cannot be is reported when
 * the client starts.
 */
void
rmq_client_config_set_name_servers (RmqClientConfig *self, const char *name_servers)
{
  g_return_if_fail (RMQ_IS_CLIENT_CONFIG (self));

  g_object_set (self, "name-servers", name_servers, NULL);
}

/**
 * rmq_client_config_get_io_context: (get-property io-context)
 * @self: a config
 *
 * Gets the context of the client's I/O.
 *
 * Returns: (transfer none) (nullable): the context; `NULL` for the library's
 *   own thread
 */
GMainContext *
rmq_client_config_get_io_context (RmqClientConfig *self)
{
  g_return_val_if_fail (RMQ_IS_CLIENT_CONFIG (self), NULL);

  return self->io_context;
}

/**
 * rmq_client_config_set_io_context: (set-property io-context)
 * @self: a config
 * @context: (nullable): a context that the application iterates; `NULL` for
 *   the library's own thread
 *
 * Sets where the client does its I/O.
 */
void
rmq_client_config_set_io_context (RmqClientConfig *self, GMainContext *context)
{
  g_return_if_fail (RMQ_IS_CLIENT_CONFIG (self));

  if (self->io_context == context)
    return;
  g_clear_pointer (&self->io_context, g_main_context_unref);
  if (context != NULL)
    self->io_context = g_main_context_ref (context);
  g_object_notify (G_OBJECT (self), "io-context");
}
