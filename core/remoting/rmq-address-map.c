/* SPDX-License-Identifier: Apache-2.0
 *
 * The address map: a short list of rules, in the order of how exact they are.
 */
#include "rmq-address-map-private.h"

#include <string.h>
#include "base/rmq-error-private.h"

#define ANY "*"

typedef struct
{
  char *from_host;    /* NULL: any */
  uint16_t from_port; /* 0: any */
  char *to_host;      /* NULL: keeps the host */
  uint16_t to_port;   /* 0: keeps the port */
} Rule;

struct _RmqAddressMap
{
  GArray *rules;
};

static void
rule_clear (void *data)
{
  Rule *rule = data;

  g_free (rule->from_host);
  g_free (rule->to_host);
}

static int
exactness (const Rule *rule)
{
  return (rule->from_host != NULL ? 2 : 0) + (rule->from_port != 0 ? 1 : 0);
}

static int
compare_rules (const void *a, const void *b)
{
  return exactness (b) - exactness (a);
}

/* "host", "host:port", "*" or "*:port"; any says that "*" is allowed. */
static bool
parse_side (const char *text, bool any, char **host, uint16_t *port)
{
  g_autoptr (RmqEndpoint) endpoint = NULL;

  if (strstr (text, "://") != NULL || strchr (text, '/') != NULL)
    return false;
  endpoint = rmq_endpoint_new_from_string (text, "tcp", NULL);
  if (endpoint == NULL || rmq_endpoint_get_host (endpoint) == NULL)
    return false;
  *port = rmq_endpoint_get_port (endpoint);
  if (strcmp (rmq_endpoint_get_host (endpoint), ANY) == 0)
    return any;
  *host = g_ascii_strdown (rmq_endpoint_get_host (endpoint), -1);
  return true;
}

static bool
parse_rule (const char *text, Rule *rule)
{
  const char *equals = strchr (text, '=');
  g_autofree char *from = equals != NULL ? g_strndup (text, (size_t) (equals - text)) : NULL;
  g_autofree char *to = equals != NULL ? g_strdup (equals + 1) : NULL;

  if (equals == NULL)
    return false;
  return parse_side (g_strstrip (from), true, &rule->from_host, &rule->from_port)
         && parse_side (g_strstrip (to), false, &rule->to_host, &rule->to_port);
}

RmqAddressMap *
_rmq_address_map_new (const char *const *rules, GError **error)
{
  g_autoptr (RmqAddressMap) self = g_new0 (RmqAddressMap, 1);

  self->rules = g_array_new (FALSE, TRUE, sizeof (Rule));
  g_array_set_clear_func (self->rules, rule_clear);
  for (size_t i = 0; rules != NULL && rules[i] != NULL; i++)
    {
      Rule rule = { NULL, 0, NULL, 0 };
      bool good = parse_rule (rules[i], &rule);

      g_array_append_val (self->rules, rule);
      if (good)
        continue;
      _rmq_set_error (
          error, RMQ_ERROR_INVALID_CONFIG, NULL,
          "address map: \"%s\" is not \"host:port=host:port\"; host alone and * are allowed before the =", rules[i]);
      return NULL;
    }
  g_array_sort (self->rules, compare_rules);
  return g_steal_pointer (&self);
}

void
_rmq_address_map_free (RmqAddressMap *self)
{
  g_array_unref (self->rules);
  g_free (self);
}

RmqEndpoint *
_rmq_address_map_apply (const RmqAddressMap *self, RmqEndpoint *endpoint)
{
  const char *host = rmq_endpoint_get_host (endpoint);
  uint16_t port = rmq_endpoint_get_port (endpoint);

  for (unsigned i = 0; self != NULL && host != NULL && i < self->rules->len; i++)
    {
      const Rule *rule = &g_array_index (self->rules, Rule, i);

      if ((rule->from_host != NULL && g_ascii_strcasecmp (rule->from_host, host) != 0)
          || (rule->from_port != 0 && rule->from_port != port))
        continue;
      return rmq_endpoint_new (rmq_endpoint_get_scheme (endpoint), rule->to_host,
                               rule->to_port != 0 ? rule->to_port : port, rmq_endpoint_get_path (endpoint));
    }
  return rmq_endpoint_ref (endpoint);
}
