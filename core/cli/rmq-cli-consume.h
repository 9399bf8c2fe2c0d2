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
  gint64 tail; /* -1: not asked for */
  gboolean exit_at_end;
  gboolean broadcast;
  char *grep;
  char *format;
  gboolean json_lines;

  RmqClientInstance *client;
  RmqPushConsumer *consumer;
  RmqAdmin *admin;
  GMainLoop *loop;
  GRegex *regex;
  char **tags; /* --tail: those that are wanted; NULL: all */
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

typedef struct
{
  RmqMessageQueue *queue;
  int64_t min;
  int64_t max;
} ConsumeRange;

/* ConsumeRange: of every queue that can be read. */
GPtrArray *consume_dup_ranges (Consume *self, GError **error);
/* Whether the options let it through. */
bool consume_wants (Consume *self, RmqMessage *message);
/* Prints it soon. False: that was the last one, or there is nowhere to write. */
bool consume_print (Consume *self, RmqMessage *message);
/* Until something quits the loop; what was printed is written then. */
RmqCliExit consume_run_loop (Consume *self);
/* --tail, from the first request to the last. */
RmqCliExit consume_tail (Consume *self);

/* Takes the end of every queue. */
bool consume_find_ends (Consume *self, GError **error);
/* Asks again and again whether the group has come there; quits the loop when it has. */
void consume_watch_ends (Consume *self);
