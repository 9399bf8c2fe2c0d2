/* SPDX-License-Identifier: Apache-2.0
 *
 * RmqEndpoint: parses and prints where to connect to. The scheme names the transport, its wrappers first:
 * "fault+tcp://host:port".
 */
#include <rmq/rmq.h>
#include <string.h>

#define MAX_TEXT 1024
#define MAX_SCHEME 64

/**
 * RmqEndpoint: (ref-func rmq_endpoint_ref) (unref-func rmq_endpoint_unref)
 *
 * Where to connect to.
 *
 * In full: `scheme://host:port/path`. The scheme is the name of a transport,
 * with those that wrap it before it: `fault+tcp`. An IPv6 address stands in
 * brackets. What is not there is `NULL`, or 0 for the port: `embedded://NAME`
 * has a host only, `unix:///run/rmq.sock` a path only.
 *
 * An endpoint never changes. It may be used in any thread.
 */
struct _RmqEndpoint
{
  int ref_count;
  uint16_t port;
  char *scheme;
  char *transport;
  char *host;
  char *path;
};

G_DEFINE_BOXED_TYPE (RmqEndpoint, rmq_endpoint, rmq_endpoint_ref, rmq_endpoint_unref)

/**
 * rmq_endpoint_new:
 * @scheme: the transport with its wrappers, such as `tcp` or `fault+tcp`
 * @host: (nullable): host name, numeric address without brackets, or other name
 * @port: port, or 0
 * @path: (nullable): path, or `NULL`
 *
 * Creates an endpoint of parts. Nothing is checked; text that comes from
 * outside goes through [ctor@Endpoint.new_from_string].
 *
 * Returns: (transfer full): the endpoint
 */
RmqEndpoint *
rmq_endpoint_new (const char *scheme, const char *host, uint16_t port, const char *path)
{
  RmqEndpoint *self;

  g_return_val_if_fail (scheme != NULL, NULL);

  self = g_new0 (RmqEndpoint, 1);
  self->ref_count = 1;
  self->scheme = g_strdup (scheme);
  self->transport = g_strndup (scheme, strcspn (scheme, "+"));
  self->host = g_strdup (host);
  self->port = port;
  self->path = g_strdup (path);
  return self;
}

static gboolean
scheme_is_valid (const char *scheme)
{
  gboolean at_start = TRUE;

  if (*scheme == '\0' || strlen (scheme) > MAX_SCHEME)
    return FALSE;
  for (const char *c = scheme; *c != '\0'; c++)
    {
      if (*c == '+' && !at_start && c[1] != '\0')
        at_start = TRUE;
      else if (g_ascii_islower (*c))
        at_start = FALSE;
      else if (at_start || !(g_ascii_isdigit (*c) || *c == '-'))
        return FALSE;
    }
  return TRUE;
}

static gboolean
name_is_valid (const char *name, const char *refused)
{
  for (const char *c = name; *c != '\0'; c++)
    if (g_ascii_iscntrl (*c) || *c == ' ' || strchr (refused, *c) != NULL)
      return FALSE;
  return TRUE;
}

/* Takes "host", "host:port", "[v6]" or "[v6]:port" apart. host is writable and cut in place. */
static gboolean
split_authority (char *authority, char **host, uint16_t *port)
{
  char *colon;
  uint64_t number;

  *port = 0;
  *host = authority;
  if (*authority == '[')
    {
      char *bracket = strchr (authority, ']');

      if (bracket == NULL || bracket == authority + 1 || (bracket[1] != '\0' && bracket[1] != ':'))
        return FALSE;
      *host = authority + 1;
      colon = bracket[1] == ':' ? bracket + 1 : NULL;
      *bracket = '\0';
    }
  else
    {
      colon = strchr (authority, ':');
      if (colon != NULL && strchr (colon + 1, ':') != NULL) /* an IPv6 address without its brackets is ambiguous */
        return FALSE;
    }

  if (colon == NULL)
    return TRUE;
  *colon = '\0';
  if (**host == '\0' || !g_ascii_string_to_unsigned (colon + 1, 10, 1, G_MAXUINT16, &number, NULL))
    return FALSE;
  *port = number;
  return TRUE;
}

/**
 * rmq_endpoint_new_from_string:
 * @text: the address
 * @default_scheme: the scheme of a @text that has none, such as `tcp`
 * @error: return location for a [type@GLib.Error]
 *
 * Takes an address apart: `[scheme[+scheme…]://][host[:port]][/path]`.
 *
 * Returns: (transfer full): the endpoint, or `NULL` with
 *   [error@Rmq.Error.INVALID_ARGUMENT]
 */
RmqEndpoint *
rmq_endpoint_new_from_string (const char *text, const char *default_scheme, GError **error)
{
  g_autofree char *scheme = NULL;
  g_autofree char *authority = NULL;
  const char *rest;
  const char *slash;
  char *host;
  uint16_t port;

  g_return_val_if_fail (text != NULL && default_scheme != NULL, NULL);

  rest = strstr (text, "://");
  scheme = rest != NULL ? g_strndup (text, rest - text) : g_strdup (default_scheme);
  rest = rest != NULL ? rest + 3 : text;
  slash = strchr (rest, '/');
  authority = slash != NULL ? g_strndup (rest, slash - rest) : g_strdup (rest);

  if (*rest == '\0' || strlen (text) > MAX_TEXT || !g_utf8_validate (text, -1, NULL) || !scheme_is_valid (scheme)
      || !split_authority (authority, &host, &port) || !name_is_valid (host, "@?#/[]<>\"\\^`{|}")
      || (slash != NULL && !name_is_valid (slash, "")))
    {
      g_autofree char *shown = g_strndup (text, 128);
      g_autofree char *escaped = g_strescape (shown, NULL);

      g_set_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT,
                   "\"%s\" is not an address: host:port, [IPv6]:port or scheme://host:port is expected", escaped);
      return NULL;
    }
  return rmq_endpoint_new (scheme, *host != '\0' ? host : NULL, port, slash);
}

/**
 * rmq_endpoint_ref:
 * @self: an endpoint
 *
 * Takes a reference.
 *
 * Returns: (transfer full): @self
 */
RmqEndpoint *
rmq_endpoint_ref (RmqEndpoint *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_int_inc (&self->ref_count);
  return self;
}

/**
 * rmq_endpoint_unref:
 * @self: (transfer full): an endpoint
 *
 * Releases a reference.
 */
void
rmq_endpoint_unref (RmqEndpoint *self)
{
  g_return_if_fail (self != NULL);

  if (!g_atomic_int_dec_and_test (&self->ref_count))
    return;
  g_free (self->scheme);
  g_free (self->transport);
  g_free (self->host);
  g_free (self->path);
  g_free (self);
}

/**
 * rmq_endpoint_get_scheme:
 * @self: an endpoint
 *
 * Gets the whole scheme, such as `fault+tcp`.
 *
 * Returns: the scheme
 */
const char *
rmq_endpoint_get_scheme (const RmqEndpoint *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->scheme;
}

/**
 * rmq_endpoint_get_transport:
 * @self: an endpoint
 *
 * Gets the name of the outermost transport: `fault` of `fault+tcp`.
 *
 * Returns: the name of the transport
 */
const char *
rmq_endpoint_get_transport (const RmqEndpoint *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->transport;
}

/**
 * rmq_endpoint_get_host:
 * @self: an endpoint
 *
 * Gets the host name, numeric address (IPv6 without brackets) or other name.
 *
 * Returns: (nullable): the host
 */
const char *
rmq_endpoint_get_host (const RmqEndpoint *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->host;
}

/**
 * rmq_endpoint_get_port:
 * @self: an endpoint
 *
 * Gets the port.
 *
 * Returns: the port, or 0
 */
uint16_t
rmq_endpoint_get_port (const RmqEndpoint *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->port;
}

/**
 * rmq_endpoint_get_path:
 * @self: an endpoint
 *
 * Gets the path, with its leading slash.
 *
 * Returns: (nullable): the path
 */
const char *
rmq_endpoint_get_path (const RmqEndpoint *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->path;
}

/**
 * rmq_endpoint_dup_inner:
 * @self: an endpoint
 *
 * Gets the endpoint as the wrapped transport sees it: `tcp://a:1` of
 * `fault+tcp://a:1`.
 *
 * Returns: (transfer full) (nullable): the endpoint, or `NULL` when nothing is
 *   wrapped
 */
RmqEndpoint *
rmq_endpoint_dup_inner (const RmqEndpoint *self)
{
  const char *plus;

  g_return_val_if_fail (self != NULL, NULL);

  plus = strchr (self->scheme, '+');
  return plus != NULL ? rmq_endpoint_new (plus + 1, self->host, self->port, self->path) : NULL;
}

/**
 * rmq_endpoint_to_string:
 * @self: an endpoint
 *
 * Prints the endpoint in full, as [ctor@Endpoint.new_from_string] reads it.
 *
 * Returns: (transfer full): the address
 */
char *
rmq_endpoint_to_string (const RmqEndpoint *self)
{
  GString *text;
  gboolean numeric_v6;

  g_return_val_if_fail (self != NULL, NULL);

  text = g_string_new (self->scheme);
  g_string_append (text, "://");
  numeric_v6 = self->host != NULL && strchr (self->host, ':') != NULL;
  if (self->host != NULL)
    g_string_append_printf (text, numeric_v6 ? "[%s]" : "%s", self->host);
  if (self->port != 0)
    g_string_append_printf (text, ":%u", self->port);
  if (self->path != NULL)
    g_string_append (text, self->path);
  return g_string_free (text, FALSE);
}
