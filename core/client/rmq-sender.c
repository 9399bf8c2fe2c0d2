/* SPDX-License-Identifier: Apache-2.0
 *
 * The attempts of a send (RocketMQ: sendDefaultImpl): route, queue, broker, answer; and again elsewhere while time and
 * tries are left. Each attempt is encoded anew for its own queue.
 */
#include "rmq-send-op-private.h"

#include "base/rmq-error-private.h"
#include "base/rmq-log-private.h"
#include "rmq-send-receipt-private.h"
#include "wire/rmq-client-id-private.h"
#include "wire/rmq-codes-private.h"
#include "wire/rmq-names-private.h"
#include "wire/rmq-send-result-private.h"

/* Between tries that a busy broker refused: this much, doubled so many times, with jitter. */
#define MIN_PAUSE_US (20 * G_TIME_SPAN_MILLISECOND)
#define MAX_PAUSE_DOUBLINGS 5

static void attempt (RmqSendOp *self);
static void got_route (RmqRoute *route, const GError *error, void *data);

/* --- The end ---------------------------------------------------------------------------------------------------------
 */

static void
end (RmqSendOp *self, RmqSendReceipt *receipt)
{
  self->done (self, receipt, self->data);
  _rmq_send_op_free (self);
}

static RmqSendReceipt *
receipt_new (RmqSendOp *self)
{
  RmqSendReceipt *receipt = _rmq_send_receipt_new (self->message, self->params.sequence);

  if (self->unique_id.len > 0)
    memcpy (receipt->unique_id, self->unique_id.data, MIN (self->unique_id.len, RMQ_UNIQUE_ID_MAX));
  if (self->queue != NULL)
    receipt->queue = rmq_message_queue_ref (self->queue);
  return receipt;
}

static void
end_stored (RmqSendOp *self, RmqSendReceipt *receipt)
{
  receipt->details = g_steal_pointer (&self->details);
  if (receipt->details != NULL)
    _rmq_error_details_set_outcome (receipt->details, RMQ_OUTCOME_STORED);
  if (self->route != NULL && self->route->is_default)
    _rmq_client_core_refresh_soon (self->core, rmq_message_get_topic (self->message));
  end (self, receipt);
}

/* Takes error, which becomes the receipt's. */
static void
end_with_error (RmqSendOp *self, GError *error)
{
  RmqSendReceipt *receipt;

  if (self->weak != NULL)
    {
      g_error_free (error);
      end_stored (self, g_steal_pointer (&self->weak));
      return;
    }
  receipt = receipt_new (self);
  receipt->outcome = self->maybe_stored ? RMQ_OUTCOME_MAYBE_STORED : RMQ_OUTCOME_NOT_STORED;
  receipt->error = error;
  end (self, receipt);
}

static RmqErrorDetails *
final_details (RmqSendOp *self)
{
  if (self->details == NULL)
    self->details = _rmq_error_details_new ();
  _rmq_error_details_set_outcome (self->details,
                                  self->maybe_stored ? RMQ_OUTCOME_MAYBE_STORED : RMQ_OUTCOME_NOT_STORED);
  return self->details;
}

/* Takes error, whose text says what happened last; the attempts are added here. */
static void
fail (RmqSendOp *self, GError *error)
{
  g_autoptr (GError) last = error;
  g_autofree char *what = _rmq_error_dup_what (last);
  RmqError code = last->domain == RMQ_ERROR ? (RmqError) last->code : RMQ_ERROR_FAILED;

  end_with_error (self, _rmq_error_new (code, final_details (self), "Sending to topic %s failed: %s",
                                        rmq_message_get_topic (self->message), what));
}

static RmqSendReceipt *
stored_receipt_new (RmqSendOp *self, const RmqSendResult *result)
{
  RmqSendReceipt *receipt = receipt_new (self);

  receipt->status = result->status;
  receipt->outcome = RMQ_OUTCOME_STORED;
  receipt->queue_id = result->queue_id;
  receipt->queue_offset = result->queue_offset;
  receipt->transaction_id = rmq_slice_dup (result->transaction_id);
  receipt->recall_handle = rmq_slice_dup (result->recall_handle);
  if (result->offset_id.len < sizeof receipt->offset_id && result->offset_id.data != NULL)
    memcpy (receipt->offset_id, result->offset_id.data, result->offset_id.len);
  return receipt;
}

static int64_t
elapsed_ms (RmqSendOp *self)
{
  return (_rmq_io_now (self->core->io) - self->attempt_began_us) / 1000;
}

static void
note_attempt (RmqSendOp *self, RmqPhase phase, const char *cause)
{
  if (self->details == NULL)
    self->details = _rmq_error_details_new ();
  _rmq_error_details_add_attempt (self->details,
                                  self->address != NULL ? self->address : rmq_message_get_topic (self->message), phase,
                                  elapsed_ms (self), cause);
}

/* Each name server that was asked, when they say. */
static void
note_route_failure (RmqSendOp *self, const GError *error)
{
  g_autofree char *what = _rmq_error_dup_what (error);
  const RmqErrorDetails *details = rmq_error_get_details (error);
  unsigned n = details != NULL ? rmq_error_details_get_n_attempts (details) : 0;

  if (n == 0)
    note_attempt (self, RMQ_PHASE_ROUTE, what);
  else if (self->details == NULL)
    self->details = _rmq_error_details_new ();
  for (unsigned i = 0; i < n; i++)
    _rmq_error_details_add_attempt (self->details, rmq_error_details_get_attempt_address (details, i), RMQ_PHASE_ROUTE,
                                    rmq_error_details_get_attempt_elapsed (details, i),
                                    rmq_error_details_get_attempt_cause (details, i));
}

/* --- Again, or not
 * ------------------------------------------------------------------------------------------------------ */

/* A fixed queue stays where it is: only a request that never left may be tried there again. */
static bool
may_retry (RmqSendOp *self)
{
  return self->n_attempts < self->params.max_attempts && (self->params.flags & RMQ_SEND_ONEWAY) == 0
         && (self->params.flags & RMQ_SEND_FIXED_QUEUE) == 0 && _rmq_io_now (self->core->io) < self->deadline_us
         && !self->core->shut;
}

static bool
is_retriable_code (int code)
{
  static const int codes[] = { RMQ_RESPONSE_SYSTEM_ERROR,          RMQ_RESPONSE_SYSTEM_BUSY,
                               RMQ_RESPONSE_SERVICE_NOT_AVAILABLE, RMQ_RESPONSE_NO_PERMISSION,
                               RMQ_RESPONSE_TOPIC_NOT_EXIST,       RMQ_RESPONSE_NO_BUYER_ID,
                               RMQ_RESPONSE_NOT_IN_CURRENT_UNIT,   RMQ_RESPONSE_GO_AWAY };

  for (unsigned i = 0; i < G_N_ELEMENTS (codes); i++)
    if (codes[i] == code)
      return true;
  return false;
}

static void
pause_over (RmqTimer *timer, void *data)
{
  RmqSendOp *self = data;

  self->is_pausing = false;
  attempt (self);
}

/* The broker did nothing but ask for patience: its answer costs time, not one of the tries. */
static bool
try_later (RmqSendOp *self)
{
  RmqIo *io = self->core->io;
  int64_t pause = MIN_PAUSE_US << MIN (self->n_throttled, MAX_PAUSE_DOUBLINGS);
  int64_t due = _rmq_io_now (io) + pause / 2 + g_random_int_range (0, (gint32) pause);

  if (self->params.max_attempts < 2 || due >= self->deadline_us || self->core->shut
      || (self->params.flags & RMQ_SEND_FIXED_QUEUE) != 0)
    return false;
  self->n_throttled++;
  self->n_attempts--;
  self->is_pausing = true;
  rmq_timer_init (&self->pause, pause_over, self);
  _rmq_timer_arm (_rmq_io_get_timers (io), &self->pause, due, pause / 2);
  return true;
}

/* The queue has moved: once more, where a new route says. */
static bool
follow_leader (RmqSendOp *self)
{
  if (self->redirected || self->core->shut || _rmq_io_now (self->core->io) >= self->deadline_us)
    return false;
  self->redirected = true;
  self->attempt_began_us = _rmq_io_now (self->core->io);
  self->address = NULL;
  self->route_request = _rmq_client_core_fetch_route (self->core, rmq_message_get_topic (self->message), false, 0,
                                                      self->deadline_us, got_route, self);
  return true;
}

static void
stored (RmqSendOp *self, const RmqSendResult *result)
{
  RmqSendReceipt *receipt = stored_receipt_new (self, result);

  if (result->status == RMQ_SEND_STATUS_OK || !self->params.retry_weak || !may_retry (self))
    {
      end_stored (self, receipt);
      return;
    }
  g_clear_pointer (&self->weak, rmq_send_receipt_unref);
  self->weak = receipt;
  note_attempt (self, RMQ_PHASE_ANSWERED, "stored, but not confirmed by disk or slave");
  attempt (self);
}

static void
broker_refused (RmqSendOp *self, const RmqFrame *response)
{
  RmqErrorClass klass = _rmq_error_class_of_broker_code (response->code);
  const char *name = _rmq_error_name_of_broker_code (response->code);
  g_autofree char *remark = rmq_slice_dup (response->remark);
  g_autofree char *what = NULL;
  g_autofree char *cause = g_strdup_printf ("%s%s%s", name != NULL ? name : "unknown code", remark != NULL ? ": " : "",
                                            remark != NULL ? remark : "");

  note_attempt (self, RMQ_PHASE_ANSWERED, cause);
  if (klass == RMQ_ERROR_CLASS_MAYBE_STORED)
    self->maybe_stored = true;
  if (response->code == RMQ_RESPONSE_TOPIC_NOT_EXIST || response->code == RMQ_RESPONSE_NO_PERMISSION)
    _rmq_client_core_refresh_soon (self->core, rmq_message_get_topic (self->message));
  if (klass == RMQ_ERROR_CLASS_THROTTLED && try_later (self))
    return;
  if (response->code == RMQ_RESPONSE_NOT_LEADER_FOR_QUEUE && follow_leader (self))
    return;
  if (is_retriable_code (response->code) && may_retry (self))
    {
      attempt (self);
      return;
    }
  what = g_strdup_printf ("Sending to topic %s", rmq_message_get_topic (self->message));
  end_with_error (self, _rmq_error_new_broker (response->code, remark, final_details (self), what));
}

/* It says that it is stored, but not where. Takes error. */
static void
answer_unusable (RmqSendOp *self, GError *error)
{
  g_autofree char *what = _rmq_error_dup_what (error);

  self->maybe_stored = true;
  note_attempt (self, RMQ_PHASE_ANSWERED, what);
  fail (self, error);
}

static void
answered (RmqInvocation *invocation, const RmqFrame *response, const GError *error)
{
  RmqSendOp *self = invocation->data;
  g_autoptr (GError) unusable = NULL;
  g_autofree char *cause = NULL;
  RmqSendResult result;

  self->in_flight = false;
  if (error == NULL && response == NULL)
    {
      result = (RmqSendResult){ .status = RMQ_SEND_STATUS_OK, .queue_id = -1, .queue_offset = -1 };
      stored (self, &result);
      return;
    }
  if (response != NULL)
    {
      if (!_rmq_send_result_is_stored (response->code))
        broker_refused (self, response);
      else if (_rmq_send_result_parse (&result, response, &unusable))
        stored (self, &result);
      else
        answer_unusable (self, g_steal_pointer (&unusable));
      return;
    }

  if (invocation->written)
    self->maybe_stored = true;
  cause = _rmq_error_dup_what (error);
  note_attempt (self, invocation->phase, cause);
  _rmq_client_core_refresh_soon (self->core, rmq_message_get_topic (self->message));
  if (error->code == RMQ_ERROR_CLOSED || error->code == RMQ_ERROR_HOOK_FAILED
      || error->code == RMQ_ERROR_MESSAGE_ILLEGAL || !may_retry (self))
    fail (self, g_error_copy (error));
  else
    attempt (self);
}

/* --- One attempt
 * ------------------------------------------------------------------------------------------------------- */

/* One for all sends of the client: they are written one after the other. */
static const void *
make_header (RmqInvocation *invocation)
{
  RmqSendOp *self = invocation->data;
  RmqSendMessageRequestHeaderV2 *header = &self->core->send_header;

  RMQ_HEADER_SET (*header, producer_group, rmq_slice_from_string (self->params.group));
  RMQ_HEADER_SET (*header, topic, rmq_slice_from_string (rmq_message_get_topic (self->message)));
  RMQ_HEADER_SET (*header, default_topic, RMQ_SLICE_LITERAL (RMQ_TOPIC_AUTO_CREATE));
  RMQ_HEADER_SET (*header, default_topic_queue_nums, self->params.default_queues);
  RMQ_HEADER_SET (*header, queue_id, rmq_message_queue_get_queue_id (self->queue));
  RMQ_HEADER_SET (*header, sys_flag, self->sys_flag);
  RMQ_HEADER_SET (*header, born_timestamp, self->born_timestamp);
  RMQ_HEADER_SET (*header, flag, rmq_message_get_flag (self->message));
  RMQ_HEADER_SET (*header, properties, rmq_slice (self->properties, self->properties_len));
  RMQ_HEADER_SET (*header, reconsume_times, self->params.reconsume_times);
  RMQ_HEADER_SET (*header, unit_mode, self->core->settings->unit_mode);
  header->has.max_reconsume_times = self->params.max_reconsume_times >= 0;
  header->max_reconsume_times = self->params.max_reconsume_times;
  RMQ_HEADER_SET (*header, batch, false);
  RMQ_HEADER_SET (*header, broker_name, rmq_slice_from_string (rmq_message_queue_get_broker_name (self->queue)));
  return header;
}

/* A broker that hangs takes its share, so that another can be tried; the last try has all that is left. */
static int64_t
attempt_deadline (RmqSendOp *self)
{
  int64_t limit = self->params.attempt_timeout_us;
  bool is_last = self->n_attempts >= self->params.max_attempts
                 || (self->params.flags & (RMQ_SEND_ONEWAY | RMQ_SEND_FIXED_QUEUE)) != 0;

  if (limit <= 0 || is_last)
    return self->deadline_us;
  return MIN (self->deadline_us, _rmq_io_now (self->core->io) + limit);
}

static void
invoke (RmqSendOp *self)
{
  RmqInvocation *invocation = &self->invocation;
  size_t body_len;
  const uint8_t *body = g_bytes_get_data (self->body, &body_len);

  *invocation = (RmqInvocation){
    .code = RMQ_REQUEST_SEND_MESSAGE_V2,
    .table = RMQ_HEADER (SendMessageRequestHeaderV2),
    .make_header = make_header,
    .body = body,
    .body_len = body_len,
    .body_bytes = self->body,
    .deadline_us = attempt_deadline (self),
    .oneway = (self->params.flags & RMQ_SEND_ONEWAY) != 0,
    .done = answered,
    .data = self,
  };
  self->in_flight = true;
  _rmq_remoting_client_invoke (self->core->remoting, self->address, invocation);
}

/* The next queue in turn; on a retry one of another broker where there is one. */
static RmqMessageQueue *
pick_queue (RmqSendOp *self)
{
  GPtrArray *queues = self->route->publish;
  unsigned *counter = self->params.queue_counter;
  unsigned own = 0;

  if (counter == NULL)
    {
      own = g_random_int ();
      counter = &own;
    }
  for (unsigned i = 0; self->queue != NULL && i < queues->len; i++)
    {
      RmqMessageQueue *queue = queues->pdata[(*counter)++ % queues->len];

      if (strcmp (rmq_message_queue_get_broker_name (queue), rmq_message_queue_get_broker_name (self->queue)) != 0)
        return queue;
    }
  return queues->pdata[(*counter)++ % queues->len];
}

static bool
find_address (RmqSendOp *self)
{
  const char *address = _rmq_client_core_find_master (self->core, rmq_message_queue_get_broker_name (self->queue));

  g_clear_pointer (&self->vip_address, g_free);
  if (address != NULL && self->core->settings->vip_channel)
    address = self->vip_address = _rmq_vip_address (true, address);
  self->address = address;
  return address != NULL;
}

static void
go (RmqSendOp *self)
{
  bool fixed = (self->params.flags & RMQ_SEND_FIXED_QUEUE) != 0;
  RmqMessageQueue *queue;

  if (!fixed && self->route->publish->len == 0)
    {
      fail (self, _rmq_error_new (RMQ_ERROR_NO_PERMISSION, NULL,
                                  "no broker of the topic can be written to: none has a master with write permission"));
      return;
    }

  queue = rmq_message_queue_ref (fixed ? self->params.queue : pick_queue (self));
  g_clear_pointer (&self->queue, rmq_message_queue_unref);
  self->queue = queue;
  self->n_attempts++;
  if (find_address (self))
    {
      invoke (self);
      return;
    }
  note_attempt (self, RMQ_PHASE_ROUTE, "the broker has no master");
  if (may_retry (self))
    attempt (self);
  else
    fail (self, _rmq_error_new (RMQ_ERROR_BROKER_NOT_FOUND, NULL, "broker %s has no master that a route names",
                                rmq_message_queue_get_broker_name (self->queue)));
}

static void
got_route (RmqRoute *route, const GError *error, void *data)
{
  RmqSendOp *self = data;

  self->route_request = NULL;
  if (route == NULL)
    {
      note_route_failure (self, error);
      fail (self, g_error_copy (error));
      return;
    }
  g_clear_pointer (&self->route, _rmq_route_unref);
  self->route = _rmq_route_ref (route);
  go (self);
}

static void
attempt (RmqSendOp *self)
{
  const char *topic = rmq_message_get_topic (self->message);
  RmqRoute *route = _rmq_client_core_peek_route (self->core, topic);
  bool usable = route != NULL && (route->publish->len > 0 || (self->params.flags & RMQ_SEND_FIXED_QUEUE) != 0);

  self->attempt_began_us = _rmq_io_now (self->core->io);
  self->address = NULL;
  if (usable)
    {
      if (self->route != route)
        {
          g_clear_pointer (&self->route, _rmq_route_unref);
          self->route = _rmq_route_ref (route);
        }
      go (self);
      return;
    }
  self->route_request = _rmq_client_core_fetch_route (self->core, topic, true, self->params.default_queues,
                                                      self->deadline_us, got_route, self);
}

void
_rmq_send_op_start (RmqSendOp *self)
{
  self->in_io = true;
  self->deadline_us = _rmq_io_now (self->core->io) + self->params.timeout_us;
  attempt (self);
}

void
_rmq_send_op_abort (RmqSendOp *self, RmqError code, const char *why)
{
  if (self->route_request != NULL)
    {
      _rmq_route_request_cancel (g_steal_pointer (&self->route_request));
      note_attempt (self, RMQ_PHASE_ROUTE, why);
    }
  if (self->is_pausing)
    _rmq_timer_disarm (_rmq_io_get_timers (self->core->io), &self->pause);
  if (self->in_flight)
    {
      if (!_rmq_remoting_client_cancel (self->core->remoting, &self->invocation))
        return; /* its end is on the way */
      self->in_flight = false;
      self->maybe_stored |= self->invocation.written;
      note_attempt (self, self->invocation.phase, why);
    }
  fail (self, _rmq_error_new (code, NULL, "%s", why));
}
