/* SPDX-License-Identifier: Apache-2.0
 *
 * What a fault does to an answer: the frame is made, and then it comes late, wrong, in part, twice or not at all.
 */
#pragma once

#include "rmq-broker-fault-private.h"

/* Frames that are still to be written, and connections that are still to be closed. */
typedef struct
{
  RmqBrokerCore *core;
  GQueue late;
  int64_t disk_free_us; /* until then the slow disk is at work … */
  int64_t disk_turn_us; /* … for what came before this */
} RmqFaultAnswers;

RMQ_PRIVATE_BEGIN

void _rmq_fault_answers_init (RmqFaultAnswers *self, RmqBrokerCore *core);
void _rmq_fault_answers_clear (RmqFaultAnswers *self);
/* Writes the answer as the fault wants it. */
void _rmq_fault_answer (RmqFaultAnswers *self,
                        const RmqFault *fault,
                        const RmqBrokerTicket *ticket,
                        const RmqBrokerAnswer *answer);

RMQ_PRIVATE_END
