/* SPDX-License-Identifier: Apache-2.0
 *
 * Client ids, host:port texts, name-server lists and what HTTP discovery sends and answers.
 */
#include "rmq-client-id-private.h"
#include "rmq-constants-private.h"
#include "rmq-java-private.h"
#include "base/rmq-error-private.h"

#define INSTANCE_PREFIX "MQ_INST_"
#define DISCOVERY_DOMAIN "jmenv.tbsite.net"
#define DISCOVERY_SUBGROUP "nsaddr"

static bool
is_blank (const char *text)
{
  return text == NULL || text[strspn (text, " \t\n\v\f\r")] == '\0';
}

char *
_rmq_client_id_build (const char *ip, const char *instance, const char *unit, bool stream)
{
  bool with_unit = !is_blank (unit);

  return g_strconcat (ip, "@", instance, with_unit ? "@" : "", with_unit ? unit : "",
                      stream ? RMQ_STREAM_CLIENT_SUFFIX : "", NULL);
}

char *
_rmq_vip_address (bool enabled, const char *address)
{
  const char *colon = strrchr (address, ':');
  gint64 port;

  if (!enabled || colon == NULL || !g_ascii_string_to_signed (colon + 1, 10, 0, G_MAXUINT16, &port, NULL))
    return g_strdup (address);
  return g_strdup_printf ("%.*s:%d", (int) (colon - address), address, (int) port - 2);
}

/* Neither blanks nor control characters, nor the slash of a longer text. */
static bool
is_host (RmqSlice name)
{
  for (size_t i = 0; i < name.len; i++)
    if ((uint8_t) name.data[i] <= ' ' || name.data[i] == 0x7f || name.data[i] == '/')
      return false;
  return name.len > 0;
}

bool
_rmq_address_parse (const char *address, char **host, uint16_t *port, GError **error)
{
  const char *colon = address != NULL ? strrchr (address, ':') : NULL;
  RmqSlice name = rmq_slice (address, colon != NULL ? (size_t) (colon - address) : 0);
  guint64 number;

  if (name.len >= 2 && name.data[0] == '[' && name.data[name.len - 1] == ']')
    name = rmq_slice (name.data + 1, name.len - 2);
  if (!is_host (name) || !g_ascii_string_to_unsigned (colon + 1, 10, 1, G_MAXUINT16, &number, NULL))
    {
      _rmq_set_error (error, RMQ_ERROR_INVALID_ARGUMENT, NULL, "\"%.200s\" is not host:port",
                      address != NULL ? address : "");
      return false;
    }
  *host = rmq_slice_dup (name);
  *port = (uint16_t) number;
  return true;
}

static bool
check_server (const char *server, GError **error)
{
  g_autofree char *host = NULL;
  g_autoptr (GError) cause = NULL;
  uint16_t port;

  if (strstr (server, "://") != NULL || _rmq_address_parse (server, &host, &port, &cause))
    return true;
  _rmq_set_error (error, RMQ_ERROR_INVALID_CONFIG, NULL, "name server %s", cause->message);
  return false;
}

char **
_rmq_name_servers_parse (const char *text, GError **error)
{
  g_auto (GStrv) items = g_strsplit (text != NULL ? text : "", ";", -1);
  g_autoptr (GPtrArray) servers = g_ptr_array_new_with_free_func (g_free);

  for (unsigned i = 0; items[i] != NULL; i++)
    {
      g_autofree char *server = NULL;

      g_strstrip (items[i]);
      server = _rmq_endpoint_is_http (items[i]) ? _rmq_endpoint_get_address (items[i]) : g_strdup (items[i]);
      if (*server == '\0')
        continue;
      if (!check_server (server, error))
        return NULL;
      g_ptr_array_add (servers, g_steal_pointer (&server));
    }
  if (servers->len == 0)
    {
      _rmq_set_error (error, RMQ_ERROR_INVALID_CONFIG, NULL, "the list of name servers is empty");
      return NULL;
    }
  g_ptr_array_add (servers, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&servers), FALSE);
}

static int
compare_servers (const void *a, const void *b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static GPtrArray *
sorted_servers (const char *const *servers)
{
  GPtrArray *sorted = g_ptr_array_new ();

  for (; *servers != NULL; servers++)
    g_ptr_array_add (sorted, (char *) *servers);
  g_ptr_array_sort (sorted, compare_servers);
  return sorted;
}

bool
_rmq_name_servers_equal (const char *const *a, const char *const *b)
{
  g_autoptr (GPtrArray) x = sorted_servers (a);
  g_autoptr (GPtrArray) y = sorted_servers (b);

  if (x->len != y->len)
    return false;
  for (unsigned i = 0; i < x->len; i++)
    if (strcmp (x->pdata[i], y->pdata[i]) != 0)
      return false;
  return true;
}

static bool
is_word (char c)
{
  return g_ascii_isalnum (c) || c == '_';
}

/* Behind a scheme, if there is one. */
static const char *
skip_scheme (const char *endpoint)
{
  const char *at = endpoint;

  while (is_word (*at))
    at++;
  return at != endpoint && g_str_has_prefix (at, "://") ? at + 3 : endpoint;
}

/* MQ_INST_ + word + '_' + word + '.': the length up to the dot, 0 when it is none. */
static size_t
instance_length (const char *host)
{
  const char *rest = host + strlen (INSTANCE_PREFIX);
  const char *underscore;
  size_t n = 0;

  if (!g_str_has_prefix (host, INSTANCE_PREFIX))
    return 0;
  while (is_word (rest[n]))
    n++;
  if (n < 3 || rest[n] != '.')
    return 0;
  underscore = memchr (rest + 1, '_', n - 2);
  return underscore != NULL ? strlen (INSTANCE_PREFIX) + n : 0;
}

bool
_rmq_endpoint_is_instance (const char *endpoint)
{
  return instance_length (skip_scheme (endpoint)) > 0;
}

char *
_rmq_endpoint_get_instance_id (const char *endpoint)
{
  const char *host = skip_scheme (endpoint);
  size_t length = instance_length (host);

  return length > 0 ? g_strndup (host, length) : NULL;
}

bool
_rmq_endpoint_is_http (const char *endpoint)
{
  return g_str_has_prefix (endpoint, "http://");
}

char *
_rmq_endpoint_get_address (const char *endpoint)
{
  const char *slash = strrchr (endpoint, '/');

  return g_strdup (slash != NULL ? slash + 1 : endpoint);
}

char *
_rmq_discovery_url (const char *domain, const char *subgroup, const char *unit)
{
  const char *host = domain != NULL ? domain : DISCOVERY_DOMAIN;
  const char *colon = strchr (host, ':');
  bool has_port = colon != NULL && colon != host;

  return g_strconcat ("http://", host, has_port ? "" : ":8080", "/rocketmq/",
                      subgroup != NULL ? subgroup : DISCOVERY_SUBGROUP, is_blank (unit) ? NULL : "-", unit, "?nofix=1",
                      NULL);
}

char *
_rmq_discovery_parse_body (RmqSlice body)
{
  RmqSlice text = _rmq_java_trim (body);

  for (size_t i = 0; i < text.len; i++)
    if (text.data[i] == '\r' || text.data[i] == '\n' || text.data[i] == '\0')
      {
        text.len = i;
        break;
      }
  text = _rmq_java_trim (text);
  return text.len > 0 && text.len <= RMQ_DISCOVERY_MAX_BODY ? rmq_slice_dup (text) : NULL;
}
