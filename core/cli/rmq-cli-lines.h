/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines of files and of standard input, read as fast as they are wanted, without blocking the main loop.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct _RmqCliLines RmqCliLines;

/* One line without its end. False: it is not taken now; it comes again after rmq_cli_lines_resume (). */
typedef bool (*RmqCliLineFunc) (const char *line, gsize len, void *data);
/* error NULL: the end. Called once. */
typedef void (*RmqCliEndFunc) (GError *error, void *data);

/* paths: NULL-terminated; none: standard input. "-" is standard input, too. */
RmqCliLines *rmq_cli_lines_new (char **paths, RmqCliLineFunc line, RmqCliEndFunc end, void *data);
void rmq_cli_lines_resume (RmqCliLines *self);
/* No more lines; end is not called. */
void rmq_cli_lines_stop (RmqCliLines *self);
void rmq_cli_lines_free (RmqCliLines *self);
