/* SPDX-License-Identifier: Apache-2.0
 *
 * One public operation between a caller and the I/O context: the async and the sync form of it, its deadline, its
 * cancellable, its single completion. Every `_async`/`_finish`/sync triple of the library is one of these.
 */
#pragma once

#include <rmq/rmq.h>
#include "remoting/rmq-io-private.h"

typedef struct _RmqOperation RmqOperation;

/* start: the work begins. In the I/O context; not called when the operation was cancelled or closed before.
 * stop: the deadline came or the caller cancelled: `error` says which. The work must end soon by itself with
 *   _rmq_operation_return_* (a result that is already there wins). NULL: the operation ends at once with `error`.
 * Both run in the I/O context. */
typedef struct
{
  void (*start) (RmqOperation *self, void *data);
  void (*stop) (RmqOperation *self, void *data, const GError *error);
} RmqOperationFuncs;

RMQ_PRIVATE_BEGIN

/* source_object: of the GTask, or NULL. source_tag: the _async function. deadline_us: how long from now; 0: none.
 * data is freed, in any thread, after the end. The caller's reference is consumed by run_*. */
RmqOperation *_rmq_operation_new (RmqIo *io,
                                  const RmqOperationFuncs *funcs,
                                  void *data,
                                  GDestroyNotify data_free,
                                  int64_t timeout_us,
                                  GCancellable *cancellable);
/* The callback comes in the caller's thread-default context. */
void _rmq_operation_run_async (RmqOperation *self,
                               void *source_object,
                               void *source_tag,
                               int io_priority,
                               GAsyncReadyCallback callback,
                               void *user_data);
/* Blocks on a condition. In the I/O context: G_IO_ERROR_WOULD_BLOCK. After a fork: RMQ_ERROR_FORKED. The error's
 * details are remembered for rmq_dup_last_error_details (). */
void *_rmq_operation_run_sync (RmqOperation *self, GError **error);
bool _rmq_operation_run_sync_boolean (RmqOperation *self, GError **error);
/* For _finish: also checks the tag. */
void *_rmq_operation_finish_pointer (void *source_object, GAsyncResult *result, void *source_tag, GError **error);
bool _rmq_operation_finish_boolean (void *source_object, GAsyncResult *result, void *source_tag, GError **error);
/* For dup_details (). (transfer full) (nullable) */
RmqErrorDetails *_rmq_operation_dup_details (GAsyncResult *result);

/* In the I/O context; the first one counts, later ones free their value. Afterwards self may be gone. */
void _rmq_operation_return_pointer (RmqOperation *self, void *value, GDestroyNotify value_free);
void _rmq_operation_return_boolean (RmqOperation *self, bool value);
void _rmq_operation_return_error (RmqOperation *self, GError *error); /* (transfer full) */

RmqOperation *_rmq_operation_ref (RmqOperation *self);
void _rmq_operation_unref (RmqOperation *self);
void *_rmq_operation_get_data (RmqOperation *self);
int64_t _rmq_operation_get_deadline (RmqOperation *self); /* monotonic µs; INT64_MAX: none */
bool _rmq_operation_is_done (RmqOperation *self);

RMQ_PRIVATE_END
