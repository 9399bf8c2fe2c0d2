/* SPDX-License-Identifier: Apache-2.0
 *
 * Counts the bytes a client retains. Refcounted by itself, because messages outlive their client and are freed in any
 * thread.
 */
#pragma once

#include "rmq-macros-private.h"
#include <stdbool.h>
#include <stddef.h>

typedef struct _RmqBudget RmqBudget;

RMQ_PRIVATE_BEGIN

RmqBudget *_rmq_budget_new (size_t limit); /* 0: unlimited */
RmqBudget *_rmq_budget_ref (RmqBudget *self);
void _rmq_budget_unref (RmqBudget *self);
/* False, and nothing taken, when the limit would be passed. Any thread. */
bool _rmq_budget_try_take (RmqBudget *self, size_t n);
/* Takes even beyond the limit: for what is already here. */
void _rmq_budget_take (RmqBudget *self, size_t n);
void _rmq_budget_release (RmqBudget *self, size_t n);
size_t _rmq_budget_get_used (RmqBudget *self);
size_t _rmq_budget_get_limit (RmqBudget *self);

RMQ_PRIVATE_END

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RmqBudget, _rmq_budget_unref)
