/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests about the offsets of a queue. They go to the master of its broker, else to whatever address of that name is
 * known.
 */
#include "rmq-offset-store-private.h"

#include "base/rmq-error-private.h"
#include "wire/rmq-header-offset-private.h"
#include "wire/rmq-constants-private.h"

#define OFFSET_TIMEOUT_US (5 * G_TIME_SPAN_SECOND)
#define ADMIN_TIMEOUT_US (6 * G_TIME_SPAN_SECOND)

struct _RmqOffsetRequest
{
  RmqClientCore *client;
  RmqCall *call; /* NULL: there is no address, and the deferred says so */
  RmqIoDeferred deferred;
  RmqMessageQueue *queue;
  int code;
  RmqOffsetDone done;
  void *data;
};

static void
request_free (RmqOffsetRequest *self)
{
  _rmq_io_undefer (_rmq_client_core_get_io (self->client), &self->deferred);
  rmq_message_queue_unref (self->queue);
  _rmq_client_core_unref (self->client);
  g_free (self);
}

static void
request_end (RmqOffsetRequest *self, int64_t offset, const GError *error)
{
  self->done (offset, error, self->data);
  request_free (self);
}

static void
no_address (RmqIoDeferred *deferred)
{
  RmqOffsetRequest *self = (RmqOffsetRequest *) ((char *) deferred - offsetof (RmqOffsetRequest, deferred));
  g_autoptr (GError) error = _rmq_error_new (RMQ_ERROR_BROKER_NOT_FOUND, NULL, "No address of broker %s is known",
                                             rmq_message_queue_get_broker_name (self->queue));

  request_end (self, -1, error);
}

static bool
read_offset (const RmqFrame *response, int64_t *offset, GError **error)
{
  /* All answers that carry an offset have the same field. */
  RmqQueryConsumerOffsetResponseHeader header;

  if (!rmq_frame_decode_header (response, RMQ_HEADER (QueryConsumerOffsetResponseHeader), &header, error))
    return false;
  if (header.offset < 0)
    {
      _rmq_set_error (error, RMQ_ERROR_PROTOCOL, NULL, "The broker answered with the offset %" G_GINT64_FORMAT,
                      header.offset);
      return false;
    }
  *offset = header.offset;
  return true;
}

static void
answered (RmqCall *call, const RmqFrame *response, const GError *error, void *data)
{
  RmqOffsetRequest *self = data;
  g_autoptr (GError) own_error = NULL;
  int64_t offset = -1;

  self->call = NULL;
  if (error != NULL)
    {
      request_end (self, -1, error);
      return;
    }
  if (self->code == RMQ_REQUEST_QUERY_CONSUMER_OFFSET && response->code == RMQ_RESPONSE_QUERY_NOT_FOUND)
    {
      request_end (self, -1, NULL);
      return;
    }
  if (response->code != RMQ_RESPONSE_SUCCESS)
    {
      g_autofree char *remark = rmq_slice_dup (response->remark);
      g_autofree char *queue = rmq_message_queue_to_string (self->queue);
      g_autofree char *what = g_strdup_printf ("%s of %s", _rmq_request_code_get_name (self->code), queue);

      own_error = _rmq_error_new_broker (response->code, remark, NULL, what);
    }
  else if (self->code != RMQ_REQUEST_UPDATE_CONSUMER_OFFSET)
    read_offset (response, &offset, &own_error);
  request_end (self, offset, own_error);
}

static const char *
find_address (RmqClientCore *client, RmqMessageQueue *queue)
{
  return _rmq_client_core_find_broker (client, rmq_message_queue_get_broker_name (queue), RMQ_MASTER_BROKER_ID, false,
                                       NULL);
}

static RmqOffsetRequest *
request_new (RmqClientCore *client,
             RmqMessageQueue *queue,
             int code,
             const RmqHeaderTable *table,
             const void *header,
             int64_t timeout_us,
             RmqOffsetDone done,
             void *data)
{
  RmqOffsetRequest *self = g_new0 (RmqOffsetRequest, 1);
  const char *address = find_address (client, queue);

  self->client = _rmq_client_core_ref (client);
  self->queue = rmq_message_queue_ref (queue);
  self->code = code;
  self->done = done;
  self->data = data;
  self->deferred.run = no_address;
  if (address != NULL)
    self->call = _rmq_client_core_call (client, address, code, table, header, NULL, timeout_us, answered, self);
  else
    _rmq_io_defer (_rmq_client_core_get_io (client), &self->deferred);
  return self;
}

void
_rmq_offset_request_cancel (RmqOffsetRequest *self)
{
  if (self->call != NULL)
    _rmq_call_cancel (self->call);
  request_free (self);
}

/* Members that every one of these headers has. */
#define SET_QUEUE(header, queue)                                                                                       \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    RMQ_HEADER_SET (header, topic, rmq_slice_from_string (rmq_message_queue_get_topic (queue)));                       \
    RMQ_HEADER_SET (header, queue_id, rmq_message_queue_get_queue_id (queue));                                         \
    RMQ_HEADER_SET (header, bname, rmq_slice_from_string (rmq_message_queue_get_broker_name (queue)));                 \
  }                                                                                                                    \
  G_STMT_END

RmqOffsetRequest *
_rmq_offset_read (RmqClientCore *client,
                  const char *group,
                  RmqMessageQueue *queue,
                  bool young_is_zero,
                  RmqOffsetDone done,
                  void *data)
{
  RmqQueryConsumerOffsetRequestHeader header = { 0 };

  SET_QUEUE (header, queue);
  RMQ_HEADER_SET (header, consumer_group, rmq_slice_from_string (group));
  if (!young_is_zero)
    RMQ_HEADER_SET (header, set_zero_if_not_found, false);
  return request_new (client, queue, RMQ_REQUEST_QUERY_CONSUMER_OFFSET, RMQ_HEADER (QueryConsumerOffsetRequestHeader),
                      &header, OFFSET_TIMEOUT_US, done, data);
}

RmqOffsetRequest *
_rmq_offset_read_max (RmqClientCore *client, RmqMessageQueue *queue, RmqOffsetDone done, void *data)
{
  RmqGetMaxOffsetRequestHeader header = { 0 };

  SET_QUEUE (header, queue);
  RMQ_HEADER_SET (header, committed, true);
  return request_new (client, queue, RMQ_REQUEST_GET_MAX_OFFSET, RMQ_HEADER (GetMaxOffsetRequestHeader), &header,
                      ADMIN_TIMEOUT_US, done, data);
}

RmqOffsetRequest *
_rmq_offset_search (RmqClientCore *client, RmqMessageQueue *queue, int64_t timestamp_ms, RmqOffsetDone done, void *data)
{
  RmqSearchOffsetRequestHeader header = { 0 };

  SET_QUEUE (header, queue);
  RMQ_HEADER_SET (header, timestamp, timestamp_ms);
  RMQ_HEADER_SET (header, boundary_type, RMQ_BOUNDARY_LOWER);
  return request_new (client, queue, RMQ_REQUEST_SEARCH_OFFSET_BY_TIMESTAMP, RMQ_HEADER (SearchOffsetRequestHeader),
                      &header, ADMIN_TIMEOUT_US, done, data);
}

static void
fill_commit (RmqUpdateConsumerOffsetRequestHeader *header, const char *group, RmqMessageQueue *queue, int64_t offset)
{
  *header = (RmqUpdateConsumerOffsetRequestHeader){ 0 };
  SET_QUEUE (*header, queue);
  RMQ_HEADER_SET (*header, consumer_group, rmq_slice_from_string (group));
  RMQ_HEADER_SET (*header, commit_offset, offset);
}

RmqOffsetRequest *
_rmq_offset_commit (RmqClientCore *client,
                    const char *group,
                    RmqMessageQueue *queue,
                    int64_t offset,
                    int64_t timeout_us,
                    RmqOffsetDone done,
                    void *data)
{
  RmqUpdateConsumerOffsetRequestHeader header;

  fill_commit (&header, group, queue, offset);
  return request_new (client, queue, RMQ_REQUEST_UPDATE_CONSUMER_OFFSET, RMQ_HEADER (UpdateConsumerOffsetRequestHeader),
                      &header, timeout_us > 0 ? timeout_us : OFFSET_TIMEOUT_US, done, data);
}

bool
_rmq_offset_commit_oneway (RmqClientCore *client, const char *group, RmqMessageQueue *queue, int64_t offset)
{
  RmqUpdateConsumerOffsetRequestHeader header;
  const char *address = find_address (client, queue);

  if (address == NULL)
    return false;
  fill_commit (&header, group, queue, offset);
  _rmq_client_core_call_oneway (client, address, RMQ_REQUEST_UPDATE_CONSUMER_OFFSET,
                                RMQ_HEADER (UpdateConsumerOffsetRequestHeader), &header, NULL);
  return true;
}
