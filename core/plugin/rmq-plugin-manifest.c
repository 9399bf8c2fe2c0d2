/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads `NAME.plugin`, a key file with one group [Plugin], and decides whether files and folders can be trusted.
 */
#include "rmq-plugin-manifest-private.h"
#include <rmq/rmq.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <glib/gstdio.h>

#define GROUP "Plugin"
#define MAX_SIZE (64 * 1024)
#define MAX_PROVIDES 256

bool
_rmq_plugin_name_is_valid (const char *name)
{
  size_t length = strspn (name, "abcdefghijklmnopqrstuvwxyz0123456789-");

  return g_ascii_islower (*name) && name[length] == '\0' && length <= 64 && name[length - 1] != '-';
}

static bool
check_stat (const char *path, const struct stat *st, unsigned kind, RmqPluginTrust trust, GError **error)
{
  const char *reason = NULL;

  if ((st->st_mode & S_IFMT) != kind)
    reason = kind == S_IFDIR ? "it is not a folder" : "it is not a regular file";
  else if ((st->st_mode & S_IWOTH) != 0)
    reason = "everybody may write it";
  else if (trust == RMQ_PLUGIN_TRUST_SYSTEM && st->st_uid != 0 && st->st_uid != geteuid ())
    reason = "it belongs neither to root nor to the user who runs this program";
  if (reason == NULL)
    return true;

  g_set_error (error, RMQ_ERROR, RMQ_ERROR_PLUGIN_FAILED, "%s is refused: %s", path, reason);
  return false;
}

static void
set_error_errno (GError **error, const char *what, const char *path, int errsv)
{
  g_set_error (error, RMQ_ERROR, errsv == ENOENT ? RMQ_ERROR_PLUGIN_NOT_FOUND : RMQ_ERROR_PLUGIN_FAILED, "%s %s: %s",
               what, path, g_strerror (errsv));
}

bool
_rmq_plugin_check_trust (const char *path, unsigned kind, RmqPluginTrust trust, GError **error)
{
  struct stat st;

  if (stat (path, &st) != 0)
    {
      set_error_errno (error, "Cannot look at", path, errno);
      return false;
    }
  return check_stat (path, &st, kind, trust, error);
}

/* The file that is checked is the one that is read. */
static char *
read_trusted (const char *path, RmqPluginTrust trust, size_t *length, GError **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  g_autofree char *text = NULL;
  struct stat st;
  size_t done = 0;
  ssize_t n = -1;

  if (fd < 0 || fstat (fd, &st) != 0)
    {
      set_error_errno (error, "Cannot read", path, errno);
      if (fd >= 0)
        g_close (fd, NULL);
      return NULL;
    }
  if (!check_stat (path, &st, S_IFREG, trust, error))
    {
      g_close (fd, NULL);
      return NULL;
    }

  text = g_malloc (MAX_SIZE + 1);
  while (done <= MAX_SIZE && (n = read (fd, text + done, MAX_SIZE + 1 - done)) != 0)
    {
      if (n < 0 && errno != EINTR)
        break;
      done += n > 0 ? n : 0;
    }
  if (n < 0)
    set_error_errno (error, "Cannot read", path, errno);
  else if (done > MAX_SIZE)
    g_set_error (error, RMQ_ERROR, RMQ_ERROR_PLUGIN_FAILED, "%s is refused: it is larger than 64 KiB", path);
  g_close (fd, NULL);
  if (n < 0 || done > MAX_SIZE)
    return NULL;
  *length = done;
  return g_steal_pointer (&text);
}

static bool
set_invalid (GError **error, const char *path, const char *key, const char *why)
{
  g_set_error (error, RMQ_ERROR, RMQ_ERROR_PLUGIN_FAILED, "%s is refused: %s %s", path, key, why);
  return false;
}

static char *
get_text (GKeyFile *file, const char *path, const char *key, GError **error)
{
  g_autofree char *value = g_key_file_get_string (file, GROUP, key, NULL);

  if (value != NULL && *value != '\0')
    return g_steal_pointer (&value);
  set_invalid (error, path, key, "is missing in group [Plugin]");
  return NULL;
}

static bool
parse_abi (RmqPluginManifest *self, const char *path, const char *text, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (text, ".", 3);
  uint64_t major;
  uint64_t minor;

  if (g_strv_length (parts) != 2 || !g_ascii_string_to_unsigned (parts[0], 10, 0, G_MAXUINT16, &major, NULL)
      || !g_ascii_string_to_unsigned (parts[1], 10, 0, G_MAXUINT16, &minor, NULL))
    return set_invalid (error, path, "Abi", "is not MAJOR.MINOR");
  self->abi_major = major;
  self->abi_minor = minor;
  return true;
}

static bool
parse_provides (RmqPluginManifest *self, GKeyFile *file, const char *path, GError **error)
{
  size_t n = 0;
  g_auto (GStrv) items = g_key_file_get_string_list (file, GROUP, "Provides", &n, NULL);

  if (n == 0 || n > MAX_PROVIDES)
    return set_invalid (error, path, "Provides", n == 0 ? "is missing or empty" : "has too many entries");

  self->provides = g_new0 (RmqPluginProvide, n);
  for (size_t i = 0; i < n; i++)
    {
      char *item = g_strstrip (items[i]);
      char *slash = strchr (item, '/');

      if (slash == NULL)
        return set_invalid (error, path, "Provides", "has an entry that is not POINT/NAME");
      *slash = '\0';
      if (!_rmq_plugin_name_is_valid (item) || !_rmq_plugin_name_is_valid (slash + 1))
        return set_invalid (error, path, "Provides", "has an entry that is not POINT/NAME");
      self->provides[i].point = g_strdup (item);
      self->provides[i].name = g_strdup (slash + 1);
      self->n_provides = i + 1;
    }
  return true;
}

static bool
parse_rank (RmqPluginManifest *self, GKeyFile *file, const char *path, GError **error)
{
  g_autoptr (GError) failure = NULL;

  if (!g_key_file_has_key (file, GROUP, "Rank", NULL))
    return true;
  self->rank = g_key_file_get_integer (file, GROUP, "Rank", &failure);
  return failure == NULL || set_invalid (error, path, "Rank", "is not a number");
}

/* The module lies beside its manifest: a manifest cannot point anywhere else. */
static bool
parse_module (RmqPluginManifest *self, GKeyFile *file, const char *path, GError **error)
{
  g_autofree char *module = get_text (file, path, "Module", error);
  g_autofree char *folder = g_path_get_dirname (path);

  if (module == NULL)
    return false;
  if (strchr (module, '/') != NULL || *module == '.')
    return set_invalid (error, path, "Module", "is not the plain name of a file");
  self->module_path = g_build_filename (folder, module, NULL);
  return true;
}

static bool
parse (RmqPluginManifest *self, GKeyFile *file, const char *path, GError **error)
{
  g_autofree char *abi = NULL;
  g_autofree char *base = g_path_get_basename (path);

  self->name = get_text (file, path, "Name", error);
  if (self->name == NULL)
    return false;
  if (!_rmq_plugin_name_is_valid (self->name) || !g_str_has_prefix (base, self->name)
      || !g_str_equal (base + strlen (self->name), ".plugin"))
    return set_invalid (error, path, "Name",
                        "is not the name of the file without .plugin, or has other than a-z 0-9 -");

  self->version = get_text (file, path, "Version", error);
  if (self->version == NULL)
    return false;
  abi = get_text (file, path, "Abi", error);
  if (abi == NULL)
    return false;
  self->description = g_key_file_get_locale_string (file, GROUP, "Description", NULL, NULL);
  return parse_abi (self, path, abi, error) && parse_rank (self, file, path, error)
         && parse_module (self, file, path, error) && parse_provides (self, file, path, error);
}

RmqPluginManifest *
_rmq_plugin_manifest_read (const char *path, RmqPluginTrust trust, GError **error)
{
  g_autoptr (RmqPluginManifest) self = NULL;
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *text = NULL;
  g_autoptr (GError) failure = NULL;
  size_t length = 0;

  text = read_trusted (path, trust, &length, error);
  if (text == NULL)
    return NULL;
  if (!g_key_file_load_from_data (file, text, length, G_KEY_FILE_NONE, &failure))
    {
      g_set_error (error, RMQ_ERROR, RMQ_ERROR_PLUGIN_FAILED, "%s is refused: %s", path, failure->message);
      return NULL;
    }

  self = g_new0 (RmqPluginManifest, 1);
  self->trust = trust;
  return parse (self, file, path, error) ? g_steal_pointer (&self) : NULL;
}

void
_rmq_plugin_manifest_free (RmqPluginManifest *self)
{
  for (size_t i = 0; i < self->n_provides; i++)
    {
      g_free (self->provides[i].point);
      g_free (self->provides[i].name);
    }
  g_free (self->provides);
  g_free (self->name);
  g_free (self->version);
  g_free (self->description);
  g_free (self->module_path);
  g_free (self);
}
