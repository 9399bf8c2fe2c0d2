/* SPDX-License-Identifier: Apache-2.0
 *
 * What RmqAdmin reads of a queue: messages from an offset on, as nobody's consumer.
 */
#include "rmq-admin-task-private.h"

#include "base/rmq-error-private.h"
#include "base/rmq-sync-private.h"
#include "client/rmq-compression-table-private.h"
#include "wire/rmq-flags-private.h"
#include "wire/rmq-header-pull-private.h"
#include "wire/rmq-pull-result-private.h"

/* Every broker knows this group without being told, and its own tools read in its name. */
#define TOOLS_GROUP "TOOLS_CONSUMER"
#define MAX_MESSAGES 1024
#define MAX_BYTES (4 * 1024 * 1024)
#define MAX_WAIT_MS 3600000

typedef struct
{
  GPtrArray *messages;
  int64_t next_offset;
} Browsed;

static void
browsed_free (void *data)
{
  Browsed *self = data;

  g_clear_pointer (&self->messages, g_ptr_array_unref);
  g_free (self);
}

static void
return_messages (RmqAdminTask *self, RmqPullResult *result)
{
  Browsed *browsed = g_new0 (Browsed, 1);

  browsed->messages = g_steal_pointer (&result->messages);
  if (browsed->messages == NULL)
    browsed->messages = g_ptr_array_new_with_free_func ((GDestroyNotify) rmq_message_unref);
  browsed->next_offset = result->next_begin_offset;
  _rmq_operation_return_pointer (self->operation, browsed, browsed_free);
}

static void
got_messages (RmqAdminTask *self, const RmqFrame *response)
{
  g_auto (RmqPullResult) result = { 0 };
  char *topic = g_ref_string_new (rmq_message_queue_get_topic (self->queue));
  char *broker_name = g_ref_string_new (rmq_message_queue_get_broker_name (self->queue));
  const RmqPullContext context = {
    .decode = {
      /* A damaged message is shown as what it is. */
      .flags = RMQ_DECODE_CRC_MARK,
      .topic = topic,
      .broker_name = broker_name,
      .compression = _rmq_compression_table_get (),
      .budget = _rmq_client_core_get_budget (self->client),
    },
    .queue_id = rmq_message_queue_get_queue_id (self->queue),
    .queue_offset = self->offset,
  };
  GError *error = NULL;

  if (_rmq_pull_result_parse (&result, response, NULL, &context, &error))
    return_messages (self, &result);
  else
    _rmq_admin_task_fail (self, error);
  rmq_ref_string_release (topic);
  rmq_ref_string_release (broker_name);
}

static void
ask_messages (RmqAdminTask *self)
{
  const char *broker_name = rmq_message_queue_get_broker_name (self->queue);
  g_autofree char *queue = rmq_message_queue_to_string (self->queue);
  RmqPullMessageRequestHeader header = { 0 };

  RMQ_HEADER_SET (header, consumer_group, rmq_slice_from_string (self->group));
  RMQ_HEADER_SET (header, topic, rmq_slice_from_string (rmq_message_queue_get_topic (self->queue)));
  RMQ_HEADER_SET (header, queue_id, rmq_message_queue_get_queue_id (self->queue));
  RMQ_HEADER_SET (header, queue_offset, self->offset);
  RMQ_HEADER_SET (header, max_msg_nums, (int32_t) self->max_messages);
  /* The subscription comes along, so that no heartbeat has to tell it; no offset does. */
  RMQ_HEADER_SET (header, sys_flag, _rmq_pull_flag_build (false, self->wait_ms > 0, true, false, false));
  RMQ_HEADER_SET (header, commit_offset, 0);
  RMQ_HEADER_SET (header, suspend_timeout_millis, self->wait_ms);
  RMQ_HEADER_SET (header, subscription, RMQ_SLICE_LITERAL (RMQ_SUBSCRIPTION_ALL));
  RMQ_HEADER_SET (header, sub_version, 0);
  RMQ_HEADER_SET (header, expression_type, RMQ_SLICE_LITERAL (RMQ_EXPRESSION_TAG));
  RMQ_HEADER_SET (header, max_msg_bytes, MAX_BYTES);
  RMQ_HEADER_SET (header, bname, rmq_slice_from_string (broker_name));
  _rmq_admin_task_accept (self, RMQ_RESPONSE_PULL_NOT_FOUND);
  _rmq_admin_task_accept (self, RMQ_RESPONSE_PULL_RETRY_IMMEDIATELY);
  _rmq_admin_task_accept (self, RMQ_RESPONSE_PULL_OFFSET_MOVED);
  _rmq_admin_task_ask_queue (self, RMQ_REQUEST_PULL_MESSAGE, RMQ_HEADER (PullMessageRequestHeader), &header,
                             g_strdup_printf ("read %s", queue), got_messages);
}

static void
begin_browse (RmqAdminTask *self)
{
  _rmq_admin_task_find_queue (self, ask_messages);
}

static RmqOperation *
browse_operation (RmqAdmin *self,
                  const char *group,
                  RmqMessageQueue *queue,
                  int64_t offset,
                  unsigned max_messages,
                  unsigned wait_ms,
                  GCancellable *cancellable)
{
  RmqAdminTask *task = _rmq_admin_task_new (self, begin_browse);

  task->group = g_strdup (group != NULL ? group : TOOLS_GROUP);
  task->queue = rmq_message_queue_ref (queue);
  task->offset = MAX (offset, 0);
  task->max_messages = CLAMP (max_messages, 1, MAX_MESSAGES);
  task->wait_ms = MIN (wait_ms, MAX_WAIT_MS);
  return _rmq_admin_task_to_operation (task, self, cancellable);
}

static GPtrArray *
take_messages (Browsed *browsed, int64_t *next_offset)
{
  GPtrArray *messages;

  if (browsed == NULL)
    return NULL;
  messages = g_steal_pointer (&browsed->messages);
  if (next_offset != NULL)
    *next_offset = browsed->next_offset;
  browsed_free (browsed);
  return messages;
}

/**
 * rmq_admin_browse_async:
 * @self: an admin
 * @group: (nullable): in whose name to read; `NULL`: that of RocketMQ's own tools, `TOOLS_CONSUMER`, which every broker
 *   knows
 * @queue: a queue
 * @offset: where to begin
 * @max_messages: how many messages at most, 1 to 1024; a broker may give fewer
 * @wait_ms: milliseconds that the broker may wait for a message when @offset is the end of the queue, up to an hour; 0:
 *   it answers at once. They come on top of [property@Admin:timeout]
 * @io_priority: priority of the callback
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called with the messages, in the thread-default context of the caller
 * @user_data: data for @callback
 *
 * Reads messages of a queue without consuming them: nobody becomes a member of a group, no queue is taken from anyone,
 * and no offset is committed. A message whose checksum is wrong comes like the others.
 */
void
rmq_admin_browse_async (RmqAdmin *self,
                        const char *group,
                        RmqMessageQueue *queue,
                        int64_t offset,
                        unsigned max_messages,
                        unsigned wait_ms,
                        int io_priority,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  g_return_if_fail (RMQ_IS_ADMIN (self));
  g_return_if_fail (queue != NULL);

  _rmq_operation_run_async (browse_operation (self, group, queue, offset, max_messages, wait_ms, cancellable), self,
                            rmq_admin_browse_async, io_priority, callback, user_data);
}

/**
 * rmq_admin_browse_finish:
 * @self: an admin
 * @result: the result
 * @next_offset: (out) (optional): where to go on. It may be below the offset asked for, when the queue ends before that
 * @error: return location for an error
 *
 * Ends [method@Admin.browse_async].
 *
 * Returns: (transfer container) (element-type RmqMessage) (nullable): the messages in the order of their offsets,
 * perhaps none; `NULL` on error
 */
GPtrArray *
rmq_admin_browse_finish (RmqAdmin *self, GAsyncResult *result, int64_t *next_offset, GError **error)
{
  g_return_val_if_fail (RMQ_IS_ADMIN (self), NULL);

  return take_messages (_rmq_operation_finish_pointer (self, result, rmq_admin_browse_async, error), next_offset);
}

/**
 * rmq_admin_browse:
 * @self: an admin
 * @group: (nullable): in whose name to read
 * @queue: a queue
 * @offset: where to begin
 * @max_messages: how many messages at most, 1 to 1024
 * @wait_ms: milliseconds that the broker may wait for a message
 * @next_offset: (out) (optional): where to go on
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Blocks until the broker answers. See [method@Admin.browse_async].
 *
 * Returns: (transfer container) (element-type RmqMessage) (nullable): the messages in the order of their offsets,
 * perhaps none; `NULL` on error
 */
GPtrArray *
rmq_admin_browse (RmqAdmin *self,
                  const char *group,
                  RmqMessageQueue *queue,
                  int64_t offset,
                  unsigned max_messages,
                  unsigned wait_ms,
                  int64_t *next_offset,
                  GCancellable *cancellable,
                  GError **error)
{
  RmqOperation *operation;

  g_return_val_if_fail (RMQ_IS_ADMIN (self), NULL);
  g_return_val_if_fail (queue != NULL, NULL);

  operation = browse_operation (self, group, queue, offset, max_messages, wait_ms, cancellable);
  return take_messages (_rmq_operation_run_sync (operation, error), next_offset);
}
