/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of `rmq consume` share.
 */
#pragma once

#include "rmq-cli.h"

typedef struct
{
  RmqCli *cli;

  /* Options. */
  char *topic;
  char *group;
  char *tag;
  char *sql;
  char *from;
  gint64 count;
  gboolean exit_at_end;
  char *grep;
  char *format;
  gboolean json_lines;

  RmqClientInstance *client;
  RmqPushConsumer *consumer;
  RmqAdmin *admin;
  GMainLoop *loop;
  GRegex *regex;
  GString *out;
  GPtrArray *printed; /* messages whose lines are in `out`; acknowledged when these are written */
  GPtrArray *beyond;  /* messages that came after the last wanted one; they stay unsettled */

  /* --exit-at-end */
  GPtrArray *targets; /* ConsumeTarget: queues whose end is not reached */
  unsigned n_asked;
  bool ends_settled;

  guint flush_id;
  guint poll_id;
  bool interrupted;
  bool write_failed;
  uint64_t n_printed;
} Consume;

/* Takes the end of every queue. */
bool consume_find_ends (Consume *self, GError **error);
/* Asks again and again whether the group has come there; quits the loop when it has. */
void consume_watch_ends (Consume *self);
