/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages as lines: JSON, which goes out and comes in bit-exact, and formats.
 */
#pragma once

#include <rmq/rmq.h>

/* One line with its end, the members that man rmq(1) lists. */
void rmq_cli_message_append_json (RmqMessage *message, GString *out);
/* What append_json () wrote; topic NULL: the line's own. Members that a producer cannot set are passed over. */
RmqMessage *rmq_cli_message_from_json (const char *line, gsize len, const char *topic, GError **error);
/* %s body, %t topic, %p queue, %o offset, %k keys, %g tag, %i message id, %B broker, %T store time, %%; \n \t \0 \\. */
void rmq_cli_message_append_format (RmqMessage *message, const char *format, GString *out);
