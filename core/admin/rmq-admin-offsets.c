/* SPDX-License-Identifier: Apache-2.0
 *
 * What RmqAdmin asks about the offsets of a queue: min, max, committed, by time.
 */
#include "rmq-admin-task-private.h"

#include "base/rmq-error-private.h"
#include "wire/rmq-header-offset-private.h"

#define NONE (-1)

static void
return_offset (RmqAdminTask *self, int64_t offset)
{
  _rmq_operation_return_pointer (self->operation, g_memdup2 (&offset, sizeof offset), g_free);
}

static void
got_offset (RmqAdminTask *self, const RmqFrame *response)
{
  /* All answers that carry an offset have the same field. */
  RmqQueryConsumerOffsetResponseHeader header;
  GError *error = NULL;

  if (response->code == RMQ_RESPONSE_QUERY_NOT_FOUND)
    return_offset (self, NONE);
  else if (!rmq_frame_decode_header (response, RMQ_HEADER (QueryConsumerOffsetResponseHeader), &header, &error))
    _rmq_admin_task_fail (self, error);
  else
    return_offset (self, header.offset);
}

/* Its fields topic and queueId stand in every one of these headers. */
static void
ask (RmqAdminTask *self, int code, const RmqHeaderTable *table, const void *header)
{
  g_autofree char *queue = rmq_message_queue_to_string (self->queue);

  _rmq_admin_task_ask_queue (self, code, table, header,
                             g_strdup_printf ("%s of %s", _rmq_request_code_get_name (code), queue), got_offset);
}

#define SET_QUEUE(header, self)                                                                                        \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    RMQ_HEADER_SET (header, topic, rmq_slice_from_string (rmq_message_queue_get_topic ((self)->queue)));               \
    RMQ_HEADER_SET (header, queue_id, rmq_message_queue_get_queue_id ((self)->queue));                                 \
  }                                                                                                                    \
  G_STMT_END

static void
ask_min (RmqAdminTask *self)
{
  RmqGetMinOffsetRequestHeader header = { 0 };

  SET_QUEUE (header, self);
  ask (self, RMQ_REQUEST_GET_MIN_OFFSET, RMQ_HEADER (GetMinOffsetRequestHeader), &header);
}

static void
ask_max (RmqAdminTask *self)
{
  RmqGetMaxOffsetRequestHeader header = { 0 };

  SET_QUEUE (header, self);
  RMQ_HEADER_SET (header, committed, true);
  ask (self, RMQ_REQUEST_GET_MAX_OFFSET, RMQ_HEADER (GetMaxOffsetRequestHeader), &header);
}

static void
ask_committed (RmqAdminTask *self)
{
  RmqQueryConsumerOffsetRequestHeader header = { 0 };

  SET_QUEUE (header, self);
  RMQ_HEADER_SET (header, consumer_group, rmq_slice_from_string (self->group));
  /* A broker that still has the first message of a young queue would say 0 for "none". */
  RMQ_HEADER_SET (header, set_zero_if_not_found, false);
  _rmq_admin_task_accept (self, RMQ_RESPONSE_QUERY_NOT_FOUND);
  ask (self, RMQ_REQUEST_QUERY_CONSUMER_OFFSET, RMQ_HEADER (QueryConsumerOffsetRequestHeader), &header);
}

static void
ask_by_time (RmqAdminTask *self)
{
  RmqSearchOffsetRequestHeader header = { 0 };

  SET_QUEUE (header, self);
  RMQ_HEADER_SET (header, timestamp, self->unix_ms);
  ask (self, RMQ_REQUEST_SEARCH_OFFSET_BY_TIMESTAMP, RMQ_HEADER (SearchOffsetRequestHeader), &header);
}

#define DEFINE_BEGIN(name)                                                                                             \
  static void begin_##name (RmqAdminTask *self)                                                                        \
  {                                                                                                                    \
    _rmq_admin_task_find_queue (self, ask_##name);                                                                     \
  }

DEFINE_BEGIN (min)
DEFINE_BEGIN (max)
DEFINE_BEGIN (committed)
DEFINE_BEGIN (by_time)

static RmqAdminTask *
offset_task (RmqAdmin *self, RmqAdminStep begin, RmqMessageQueue *queue)
{
  RmqAdminTask *task = _rmq_admin_task_new (self, begin);

  task->queue = rmq_message_queue_ref (queue);
  return task;
}

static int64_t
take_offset (int64_t *result)
{
  int64_t offset = result != NULL ? *result : NONE;

  g_free (result);
  return offset;
}

/* --- Min ---
 */

static RmqOperation *
min_operation (RmqAdmin *self, RmqMessageQueue *queue, GCancellable *cancellable)
{
  RmqAdminTask *task = offset_task (self, begin_min, queue);

  return _rmq_admin_task_to_operation (task, self, cancellable);
}

/**
 * rmq_admin_get_min_offset_async:
 * @self: an admin
 * @queue: a queue
 * @io_priority: priority of the callback
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called with the offset, in the thread-default
 *   context of the caller
 * @user_data: data for @callback
 *
 * Asks for the offset of the first message that the queue still has.
 */
void
rmq_admin_get_min_offset_async (RmqAdmin *self,
                                RmqMessageQueue *queue,
                                int io_priority,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  g_return_if_fail (RMQ_IS_ADMIN (self));
  g_return_if_fail (queue != NULL);

  _rmq_operation_run_async (min_operation (self, queue, cancellable), self, rmq_admin_get_min_offset_async, io_priority,
                            callback, user_data);
}

/**
 * rmq_admin_get_min_offset_finish:
 * @self: an admin
 * @result: the result
 * @error: return location for an error
 *
 * Ends [method@Admin.get_min_offset_async].
 *
 * Returns: the offset; -1 on error
 */
int64_t
rmq_admin_get_min_offset_finish (RmqAdmin *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (RMQ_IS_ADMIN (self), NONE);

  return take_offset (_rmq_operation_finish_pointer (self, result, rmq_admin_get_min_offset_async, error));
}

/**
 * rmq_admin_get_min_offset:
 * @self: an admin
 * @queue: a queue
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Blocks until the broker answers. See [method@Admin.get_min_offset_async].
 *
 * Returns: the offset; -1 on error
 */
int64_t
rmq_admin_get_min_offset (RmqAdmin *self, RmqMessageQueue *queue, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (RMQ_IS_ADMIN (self), NONE);
  g_return_val_if_fail (queue != NULL, NONE);

  return take_offset (_rmq_operation_run_sync (min_operation (self, queue, cancellable), error));
}

/* --- Max ---
 */

static RmqOperation *
max_operation (RmqAdmin *self, RmqMessageQueue *queue, GCancellable *cancellable)
{
  RmqAdminTask *task = offset_task (self, begin_max, queue);

  return _rmq_admin_task_to_operation (task, self, cancellable);
}

/**
 * rmq_admin_get_max_offset_async:
 * @self: an admin
 * @queue: a queue
 * @io_priority: priority of the callback
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called with the offset, in the thread-default
 *   context of the caller
 * @user_data: data for @callback
 *
 * Asks for the offset after the last message: what the next one gets.
 */
void
rmq_admin_get_max_offset_async (RmqAdmin *self,
                                RmqMessageQueue *queue,
                                int io_priority,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  g_return_if_fail (RMQ_IS_ADMIN (self));
  g_return_if_fail (queue != NULL);

  _rmq_operation_run_async (max_operation (self, queue, cancellable), self, rmq_admin_get_max_offset_async, io_priority,
                            callback, user_data);
}

/**
 * rmq_admin_get_max_offset_finish:
 * @self: an admin
 * @result: the result
 * @error: return location for an error
 *
 * Ends [method@Admin.get_max_offset_async].
 *
 * Returns: the offset; -1 on error
 */
int64_t
rmq_admin_get_max_offset_finish (RmqAdmin *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (RMQ_IS_ADMIN (self), NONE);

  return take_offset (_rmq_operation_finish_pointer (self, result, rmq_admin_get_max_offset_async, error));
}

/**
 * rmq_admin_get_max_offset:
 * @self: an admin
 * @queue: a queue
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Blocks until the broker answers. See [method@Admin.get_max_offset_async].
 *
 * Returns: the offset; -1 on error
 */
int64_t
rmq_admin_get_max_offset (RmqAdmin *self, RmqMessageQueue *queue, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (RMQ_IS_ADMIN (self), NONE);
  g_return_val_if_fail (queue != NULL, NONE);

  return take_offset (_rmq_operation_run_sync (max_operation (self, queue, cancellable), error));
}

/* --- Committed ---
 */

static RmqOperation *
committed_operation (RmqAdmin *self, const char *group, RmqMessageQueue *queue, GCancellable *cancellable)
{
  RmqAdminTask *task = offset_task (self, begin_committed, queue);

  task->group = g_strdup (group);
  return _rmq_admin_task_to_operation (task, self, cancellable);
}

/**
 * rmq_admin_get_committed_offset_async:
 * @self: an admin
 * @group: a consumer group
 * @queue: a queue
 * @io_priority: priority of the callback
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called with the offset, in the thread-default
 *   context of the caller
 * @user_data: data for @callback
 *
 * Asks where a group is: the offset of the next message that it has not done.
 */
void
rmq_admin_get_committed_offset_async (RmqAdmin *self,
                                      const char *group,
                                      RmqMessageQueue *queue,
                                      int io_priority,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data)
{
  g_return_if_fail (RMQ_IS_ADMIN (self));
  g_return_if_fail (group != NULL);
  g_return_if_fail (queue != NULL);

  _rmq_operation_run_async (committed_operation (self, group, queue, cancellable), self,
                            rmq_admin_get_committed_offset_async, io_priority, callback, user_data);
}

/**
 * rmq_admin_get_committed_offset_finish:
 * @self: an admin
 * @result: the result
 * @error: return location for an error
 *
 * Ends [method@Admin.get_committed_offset_async].
 *
 * Returns: the offset; -1 when nothing was committed, without an error, and on error
 */
int64_t
rmq_admin_get_committed_offset_finish (RmqAdmin *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (RMQ_IS_ADMIN (self), NONE);

  return take_offset (_rmq_operation_finish_pointer (self, result, rmq_admin_get_committed_offset_async, error));
}

/**
 * rmq_admin_get_committed_offset:
 * @self: an admin
 * @group: a consumer group
 * @queue: a queue
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Blocks until the broker answers. See [method@Admin.get_committed_offset_async].
 *
 * Returns: the offset; -1 when nothing was committed, without an error, and on error
 */
int64_t
rmq_admin_get_committed_offset (RmqAdmin *self,
                                const char *group,
                                RmqMessageQueue *queue,
                                GCancellable *cancellable,
                                GError **error)
{
  g_return_val_if_fail (RMQ_IS_ADMIN (self), NONE);
  g_return_val_if_fail (group != NULL, NONE);
  g_return_val_if_fail (queue != NULL, NONE);

  return take_offset (_rmq_operation_run_sync (committed_operation (self, group, queue, cancellable), error));
}

/* --- By time ---
 */

static RmqOperation *
by_time_operation (RmqAdmin *self, RmqMessageQueue *queue, int64_t unix_ms, GCancellable *cancellable)
{
  RmqAdminTask *task = offset_task (self, begin_by_time, queue);

  task->unix_ms = unix_ms;
  return _rmq_admin_task_to_operation (task, self, cancellable);
}

/**
 * rmq_admin_search_offset_async:
 * @self: an admin
 * @queue: a queue
 * @unix_ms: milliseconds since 1970
 * @io_priority: priority of the callback
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called with the offset, in the thread-default
 *   context of the caller
 * @user_data: data for @callback
 *
 * Asks for the offset of the first message that was stored at or after a time;
 * that after the last message when there is none.
 */
void
rmq_admin_search_offset_async (RmqAdmin *self,
                               RmqMessageQueue *queue,
                               int64_t unix_ms,
                               int io_priority,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  g_return_if_fail (RMQ_IS_ADMIN (self));
  g_return_if_fail (queue != NULL);

  _rmq_operation_run_async (by_time_operation (self, queue, unix_ms, cancellable), self, rmq_admin_search_offset_async,
                            io_priority, callback, user_data);
}

/**
 * rmq_admin_search_offset_finish:
 * @self: an admin
 * @result: the result
 * @error: return location for an error
 *
 * Ends [method@Admin.search_offset_async].
 *
 * Returns: the offset; -1 on error
 */
int64_t
rmq_admin_search_offset_finish (RmqAdmin *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (RMQ_IS_ADMIN (self), NONE);

  return take_offset (_rmq_operation_finish_pointer (self, result, rmq_admin_search_offset_async, error));
}

/**
 * rmq_admin_search_offset:
 * @self: an admin
 * @queue: a queue
 * @unix_ms: milliseconds since 1970
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Blocks until the broker answers. See [method@Admin.search_offset_async].
 *
 * Returns: the offset; -1 on error
 */
int64_t
rmq_admin_search_offset (RmqAdmin *self,
                         RmqMessageQueue *queue,
                         int64_t unix_ms,
                         GCancellable *cancellable,
                         GError **error)
{
  g_return_val_if_fail (RMQ_IS_ADMIN (self), NONE);
  g_return_val_if_fail (queue != NULL, NONE);

  return take_offset (_rmq_operation_run_sync (by_time_operation (self, queue, unix_ms, cancellable), error));
}
