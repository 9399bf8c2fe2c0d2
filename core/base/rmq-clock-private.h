/* SPDX-License-Identifier: Apache-2.0
 *
 * Where time comes from: the system, or a clock that a test moves. Everything that waits or stamps asks one of these.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "rmq-macros-private.h"

typedef struct _RmqClock RmqClock;
typedef void (*RmqClockMoved) (void *data);

RMQ_PRIVATE_BEGIN

RmqClock *_rmq_clock_get_system (void); /* (transfer full), as every constructor here */
RmqClock *_rmq_clock_new_manual (int64_t monotonic_us, int64_t realtime_ms);
RmqClock *_rmq_clock_ref (RmqClock *self);
void _rmq_clock_unref (RmqClock *self);

/* Any thread. */
int64_t _rmq_clock_monotonic_us (RmqClock *self);
int64_t _rmq_clock_realtime_ms (RmqClock *self);
bool _rmq_clock_is_manual (RmqClock *self);

/* Manual clocks only. Moves both; then calls the watchers (they kick their sources). */
void _rmq_clock_advance (RmqClock *self, int64_t us);
/* The wall clock alone jumps, also backwards. */
void _rmq_clock_set_realtime_ms (RmqClock *self, int64_t realtime_ms);
/* Called, in the mover's thread, after each move of a manual clock; never for the system clock. */
void _rmq_clock_add_watch (RmqClock *self, RmqClockMoved moved, void *data);
void _rmq_clock_remove_watch (RmqClock *self, RmqClockMoved moved, void *data);

RMQ_PRIVATE_END

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RmqClock, _rmq_clock_unref)
