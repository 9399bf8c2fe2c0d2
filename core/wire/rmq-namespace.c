/* SPDX-License-Identifier: Apache-2.0
 *
 * Wraps names in a namespace and takes it off again. What the system owns is never wrapped.
 */
#include "rmq-namespace-private.h"
#include "rmq-names-private.h"

#define SEPARATOR '%'

/* Behind %RETRY% or %DLQ%. */
static const char *
bare_name (const char *name)
{
  const char *group = _rmq_topic_get_group (name);

  return group != NULL ? group : name;
}

static bool
is_system (const char *name)
{
  return _rmq_topic_is_system (name) || _rmq_group_is_system (name);
}

/* Where the namespace of a bare name ends, or NULL: it may not be empty. */
static const char *
find_separator (const char *bare)
{
  const char *at = strchr (bare, SEPARATOR);

  return at != bare ? at : NULL;
}

static bool
has_namespace (const char *bare, const char *ns)
{
  size_t length = strlen (ns);

  return strncmp (bare, ns, length) == 0 && bare[length] == SEPARATOR;
}

bool
_rmq_namespace_is_wrapped (const char *ns, const char *name)
{
  if (ns == NULL || *ns == '\0' || name == NULL || is_system (name))
    return false;
  return has_namespace (bare_name (name), ns);
}

char *
_rmq_namespace_wrap (const char *ns, const char *name)
{
  const char *bare;

  if (name == NULL || *name == '\0' || ns == NULL || *ns == '\0' || is_system (name)
      || _rmq_namespace_is_wrapped (ns, name))
    return g_strdup (name);
  bare = bare_name (name);
  return g_strdup_printf ("%.*s%s%c%s", (int) (bare - name), name, ns, SEPARATOR, bare);
}

char *
_rmq_namespace_wrap_retry (const char *ns, const char *group)
{
  g_autofree char *wrapped = NULL;

  if (group == NULL || *group == '\0')
    return NULL;
  wrapped = _rmq_namespace_wrap (ns, group);
  return _rmq_topic_new_retry (wrapped);
}

char *
_rmq_namespace_unwrap (const char *ns, const char *name)
{
  const char *bare;
  const char *separator;

  if (name == NULL || is_system (name))
    return g_strdup (name);
  bare = bare_name (name);
  if (ns != NULL && (*ns == '\0' || !has_namespace (bare, ns)))
    return g_strdup (name);
  separator = find_separator (bare);
  if (separator == NULL)
    return g_strdup (name);
  return g_strdup_printf ("%.*s%s", (int) (bare - name), name, separator + 1);
}

char *
_rmq_namespace_get (const char *name)
{
  const char *bare;
  const char *separator;

  if (name == NULL || is_system (name))
    return g_strdup ("");
  bare = bare_name (name);
  separator = find_separator (bare);
  return separator != NULL ? g_strndup (bare, (size_t) (separator - bare)) : g_strdup ("");
}

char *
_rmq_namespace_strip_prefix (const char *name)
{
  return g_strdup (name != NULL ? bare_name (name) : "");
}
