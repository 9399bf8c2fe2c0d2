/* SPDX-License-Identifier: Apache-2.0
 *
 * Structured logging through g_log_structured () alone. A level that nobody wants costs one load and one branch.
 */
#pragma once

#include "rmq-macros-private.h"
#include <stdbool.h>

RMQ_PRIVATE_BEGIN

/* A cached answer of g_log_writer_default_would_drop (), or what RMQ_LOG=debug|info|message|warning|none says, which
 * programs with a writer of their own set for debug and info. One load. */
bool _rmq_log_enabled (GLogLevelFlags level);
/* Works that answer out anew, at most once a second. Called where something happens anyway now and then. */
void _rmq_log_refresh (void);
/* component: a literal such as "channel"; subject: address, group, topic … or NULL (field RMQ_SUBJECT). */
void _rmq_log (GLogLevelFlags level,
               const char *component,
               const char *subject,
               const char *file,
               const char *line,
               const char *function,
               const char *format,
               ...) G_GNUC_PRINTF (7, 8);

RMQ_PRIVATE_END

#define RMQ_LOG_AT(level, component, subject, ...)                                                                     \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    if (G_UNLIKELY (_rmq_log_enabled (level)))                                                                         \
      _rmq_log (level, component, subject, __FILE__, G_STRINGIFY (__LINE__), G_STRFUNC, __VA_ARGS__);                  \
  }                                                                                                                    \
  G_STMT_END

#define rmq_debug(component, subject, ...) RMQ_LOG_AT (G_LOG_LEVEL_DEBUG, component, subject, __VA_ARGS__)
#define rmq_info(component, subject, ...) RMQ_LOG_AT (G_LOG_LEVEL_INFO, component, subject, __VA_ARGS__)
#define rmq_notice(component, subject, ...) RMQ_LOG_AT (G_LOG_LEVEL_MESSAGE, component, subject, __VA_ARGS__)
/* For what the user should look at. Nothing the network or a user can cause is ever a CRITICAL. */
#define rmq_warning(component, subject, ...) RMQ_LOG_AT (G_LOG_LEVEL_WARNING, component, subject, __VA_ARGS__)
