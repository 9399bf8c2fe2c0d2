/* SPDX-License-Identifier: Apache-2.0
 *
 * The chain of steps of an administrative operation. Whatever is on its way holds a reference of the operation, which
 * owns the task.
 */
#include "rmq-admin-task-private.h"

#include "base/rmq-error-private.h"
#include "wire/rmq-constants-private.h"

/* Requests end this much before the whole operation: their errors say more than "timed out". */
#define MARGIN_US (100 * G_TIME_SPAN_MILLISECOND)

RmqAdminTask *
_rmq_admin_task_new (RmqAdmin *admin, RmqAdminStep begin)
{
  RmqAdminTask *self = g_new0 (RmqAdminTask, 1);

  self->client = _rmq_client_core_ref (_rmq_client_instance_get_core (admin->client));
  self->begin = begin;
  return self;
}

static void
task_free (void *data)
{
  RmqAdminTask *self = data;

  g_free (self->topic);
  g_free (self->group);
  g_free (self->where);
  g_free (self->what);
  g_clear_pointer (&self->queue, rmq_message_queue_unref);
  g_clear_pointer (&self->addresses, g_ptr_array_unref);
  _rmq_client_core_unref (self->client);
  g_free (self);
}

void
_rmq_admin_task_fail (RmqAdminTask *self, GError *error)
{
  _rmq_operation_return_error (self->operation, error);
}

static void
client_started (const GError *error, void *data)
{
  RmqOperation *operation = data;
  RmqAdminTask *self = _rmq_operation_get_data (operation);

  if (error != NULL)
    _rmq_admin_task_fail (self, g_error_copy (error));
  else if (!_rmq_operation_is_done (operation))
    self->begin (self);
  _rmq_operation_unref (operation);
}

static void
task_start (RmqOperation *operation, void *data)
{
  RmqAdminTask *self = data;

  self->operation = operation;
  _rmq_client_core_start (self->client, client_started, _rmq_operation_ref (operation));
}

static void
task_stop (RmqOperation *operation, void *data, const GError *error)
{
  RmqAdminTask *self = data;
  bool had_call = self->call != NULL;
  bool had_route = self->route_request != NULL;

  if (had_call)
    _rmq_call_cancel (g_steal_pointer (&self->call));
  if (had_route)
    _rmq_route_request_cancel (g_steal_pointer (&self->route_request));
  _rmq_operation_return_error (operation, g_error_copy (error));
  if (had_call || had_route)
    _rmq_operation_unref (operation);
}

RmqOperation *
_rmq_admin_task_to_operation (RmqAdminTask *self, RmqAdmin *admin, GCancellable *cancellable)
{
  static const RmqOperationFuncs funcs = { task_start, task_stop };

  return _rmq_operation_new (_rmq_client_core_get_io (self->client), &funcs, self, task_free,
                             ((int64_t) rmq_admin_get_timeout (admin) + self->wait_ms) * G_TIME_SPAN_MILLISECOND,
                             cancellable);
}

static int64_t
time_left (RmqAdminTask *self)
{
  int64_t left =
      _rmq_operation_get_deadline (self->operation) - _rmq_io_now (_rmq_client_core_get_io (self->client)) - MARGIN_US;

  return MAX (left, G_TIME_SPAN_MILLISECOND);
}

/* --- Routes ----------------------------------------------------------------------------------------------------------
 */

static void
route_came (RmqRoute *route, const GError *error, void *data)
{
  RmqOperation *operation = data;
  RmqAdminTask *self = _rmq_operation_get_data (operation);

  self->route_request = NULL;
  if (route == NULL)
    _rmq_admin_task_fail (self, g_error_copy (error));
  else
    self->got_route (self, route);
  _rmq_operation_unref (operation);
}

void
_rmq_admin_task_ask_route (RmqAdminTask *self, const char *topic, RmqAdminGotRoute got_route)
{
  int64_t deadline = _rmq_io_now (_rmq_client_core_get_io (self->client)) + time_left (self);

  self->got_route = got_route;
  self->route_request = _rmq_client_core_fetch_route (self->client, topic, false, 0, deadline, route_came,
                                                      _rmq_operation_ref (self->operation));
}

/* --- Requests --------------------------------------------------------------------------------------------------------
 */

static bool
is_accepted (const RmqAdminTask *self, int code)
{
  for (unsigned i = 0; i < self->n_accepted; i++)
    if (self->accepted_codes[i] == code)
      return true;
  return code == RMQ_RESPONSE_SUCCESS;
}

static void
answer_came (RmqCall *call, const RmqFrame *response, const GError *error, void *data)
{
  RmqOperation *operation = data;
  RmqAdminTask *self = _rmq_operation_get_data (operation);
  bool accepted = response != NULL && is_accepted (self, response->code);

  self->call = NULL;
  self->n_accepted = 0;
  if (error != NULL)
    _rmq_admin_task_fail (self, g_error_copy (error));
  else if (accepted)
    self->got_answer (self, response);
  else
    {
      g_autofree char *remark = rmq_slice_dup (response->remark);

      _rmq_admin_task_fail (self, _rmq_error_new_broker (response->code, remark, NULL, self->what));
    }
  _rmq_operation_unref (operation);
}

static void
prepare (RmqAdminTask *self, char *what, RmqAdminGotAnswer got_answer)
{
  g_free (self->what);
  self->what = what;
  self->got_answer = got_answer;
}

void
_rmq_admin_task_ask (RmqAdminTask *self,
                     const char *address,
                     int code,
                     const RmqHeaderTable *table,
                     const void *header,
                     char *what,
                     RmqAdminGotAnswer got_answer)
{
  prepare (self, what, got_answer);
  self->call = _rmq_client_core_call (self->client, address, code, table, header, NULL, time_left (self), answer_came,
                                      _rmq_operation_ref (self->operation));
}

void
_rmq_admin_task_ask_name_server (RmqAdminTask *self,
                                 int code,
                                 const RmqHeaderTable *table,
                                 const void *header,
                                 char *what,
                                 RmqAdminGotAnswer got_answer)
{
  prepare (self, what, got_answer);
  self->call = _rmq_client_core_call_name_server (self->client, code, table, header, NULL, time_left (self),
                                                  answer_came, _rmq_operation_ref (self->operation));
}

void
_rmq_admin_task_accept (RmqAdminTask *self, int code)
{
  g_return_if_fail (self->n_accepted < G_N_ELEMENTS (self->accepted_codes));

  self->accepted_codes[self->n_accepted++] = code;
}

/* --- Requests about a queue ------------------------------------------------------------------------------------------
 */

static const char *
find_queue_address (RmqAdminTask *self)
{
  return _rmq_client_core_find_broker (self->client, rmq_message_queue_get_broker_name (self->queue),
                                       RMQ_MASTER_BROKER_ID, false, NULL);
}

static void
got_route_of_queue (RmqAdminTask *self, RmqRoute *route)
{
  self->begin (self);
}

void
_rmq_admin_task_find_queue (RmqAdminTask *self, RmqAdminStep next)
{
  self->begin = next;
  if (find_queue_address (self) != NULL)
    next (self);
  else
    _rmq_admin_task_ask_route (self, rmq_message_queue_get_topic (self->queue), got_route_of_queue);
}

void
_rmq_admin_task_ask_queue (RmqAdminTask *self,
                           int code,
                           const RmqHeaderTable *table,
                           const void *header,
                           char *what,
                           RmqAdminGotAnswer got_answer)
{
  const char *address = find_queue_address (self);

  if (address != NULL)
    {
      _rmq_admin_task_ask (self, address, code, table, header, what, got_answer);
      return;
    }
  g_free (what);
  _rmq_admin_task_fail (self, _rmq_error_new (RMQ_ERROR_BROKER_NOT_FOUND, NULL, "No address of broker %s is known",
                                              rmq_message_queue_get_broker_name (self->queue)));
}
