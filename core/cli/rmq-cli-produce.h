/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of `rmq produce` share.
 */
#pragma once

#include "rmq-cli-lines.h"
#include "rmq-cli.h"

typedef struct
{
  RmqCli *cli;

  /* Options. */
  char *topic;
  char *group;
  char *tag;
  char **keys;
  char **properties;
  char *delay;
  int64_t delay_ms;
  char *order_key;
  char *compression;
  int rate;
  gint64 count;
  int size;
  int timeout_ms;
  gboolean json_lines;
  gboolean receipts;

  RmqClientInstance *client;
  RmqProducer *producer;
  GMainLoop *loop;
  RmqCliLines *lines;
  char *filler;

  /* --order-key */
  RmqMessageQueue *queue;
  bool in_flight;

  /* --rate */
  int64_t next_us;
  guint pace_id;

  bool input_ended;
  bool input_failed;
  bool interrupted;
  bool gave_up;
  int64_t began_us;
  uint64_t n_taken;
  uint64_t n_sent;
  uint64_t n_failed;
  uint64_t n_maybe;
  RmqCliExit worst;
} Produce;

void produce_receipt (Produce *self, RmqSendReceipt *receipt);
void produce_failed (Produce *self, const GError *error, RmqOutcome outcome);
/* Goes on making messages. */
void produce_generate (Produce *self);

/* Pacing and order: false means wait; the input is resumed when it may go on. */
bool produce_may_go (Produce *self);
void produce_stop_pacing (Produce *self);
/* The queue of --order-key; makes the topic when it does not exist. */
bool produce_find_queue (Produce *self, GError **error);
/* Sends to that queue; the next one waits for the answer. */
void produce_ordered (Produce *self, RmqMessage *message);
