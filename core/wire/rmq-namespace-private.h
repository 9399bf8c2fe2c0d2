/* SPDX-License-Identifier: Apache-2.0
 *
 * Namespaces of the first kind, which are part of the name: NS%topic, %RETRY%NS%group.
 */
#pragma once

#include <stdbool.h>
#include "base/rmq-macros-private.h"

RMQ_PRIVATE_BEGIN

/* All (transfer full); ns NULL or "" leaves the name as it is; a NULL name gives NULL. */
char *_rmq_namespace_wrap (const char *ns, const char *name);
char *_rmq_namespace_wrap_retry (const char *ns, const char *group); /* %RETRY%NS%group */
/* Removes this namespace, and only this one; ns NULL: whichever there is. Keeps %RETRY% and %DLQ%. */
char *_rmq_namespace_unwrap (const char *ns, const char *name);
/* The namespace in the name, "" for none. */
char *_rmq_namespace_get (const char *name);
/* Without %RETRY% and %DLQ%. */
char *_rmq_namespace_strip_prefix (const char *name);
bool _rmq_namespace_is_wrapped (const char *ns, const char *name);

RMQ_PRIVATE_END
