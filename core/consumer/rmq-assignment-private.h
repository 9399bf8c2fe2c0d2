/* SPDX-License-Identifier: Apache-2.0
 *
 * What a strategy may answer, and how limits of a topic become limits of a queue. Pure functions.
 */
#pragma once

#include <rmq/rmq-message-queue.h>
#include "base/rmq-macros-private.h"
#include <stdbool.h>
#include <stdint.h>

RMQ_PRIVATE_BEGIN

/* Every queue once, and only queues there are: else RMQ_ERROR_PLUGIN_FAILED, and nothing is to change. queues:
 * RmqMessageQueue. */
bool _rmq_assignment_check (GPtrArray *assigned, GPtrArray *queues, GError **error);
/* strv of client ids in Java's order, in place. */
void _rmq_assignment_sort_ids (char **ids);
/* max (1, topic / queues) when a topic limit is set (>= 0), else the limit of the queue. */
int64_t _rmq_assignment_split_threshold (int64_t queue_limit, int64_t topic_limit, unsigned n_queues);

RMQ_PRIVATE_END
