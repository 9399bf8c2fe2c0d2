/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes JSON for --json: one object a line. Commas are its business; names are literals.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct
{
  GString *text;
  bool comma; /* the next member or element needs one before it */
} RmqCliJson;

void rmq_cli_json_init (RmqCliJson *self);
void rmq_cli_json_clear (RmqCliJson *self);
/* name is NULL for an element of an array, and for the object of the line. */
void rmq_cli_json_begin_object (RmqCliJson *self, const char *name);
void rmq_cli_json_end_object (RmqCliJson *self);
void rmq_cli_json_begin_array (RmqCliJson *self, const char *name);
void rmq_cli_json_end_array (RmqCliJson *self);
/* value NULL is null. What is not UTF-8 becomes U+FFFD. */
void rmq_cli_json_string (RmqCliJson *self, const char *name, const char *value);
void rmq_cli_json_int (RmqCliJson *self, const char *name, int64_t value);
void rmq_cli_json_bool (RmqCliJson *self, const char *name, bool value);
/* Prints the line to stdout, and begins anew. */
void rmq_cli_json_print (RmqCliJson *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RmqCliJson, rmq_cli_json_clear)
