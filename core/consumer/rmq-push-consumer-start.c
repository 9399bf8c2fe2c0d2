/* SPDX-License-Identifier: Apache-2.0
 *
 * Starting a push consumer (03 §7.2): the client, the routes of its topics, the brokers' word on its expressions; only
 * then is it registered and pulls. Whatever fails leaves nothing behind, and start may be tried again.
 */
#include "rmq-rebalancer-private.h"

#include "base/rmq-error-private.h"
#include "client/rmq-route-private.h"
#include "wire/rmq-heartbeat-private.h"

struct _RmqStartOp
{
  RmqPushConsumerCore *core; /* referenced */
  RmqOperation *operation;   /* referenced while it runs */
  RmqPushConsumerSettings settings;
  RmqConsumeHandler *handler;
  RmqAllocationStrategy *strategy;
  GPtrArray *routes; /* RmqStartRoute under way */
  GPtrArray *calls;  /* RmqCall under way */
  GError *error;     /* the first that forbids the start */
  bool ended;
};

typedef struct
{
  RmqStartOp *start;
  RmqRouteRequest *request;
  char *topic;
} RmqStartRoute;

static void
start_route_free (void *data)
{
  RmqStartRoute *self = data;

  if (self->request != NULL)
    _rmq_route_request_cancel (self->request);
  g_free (self->topic);
  g_free (self);
}

static void
call_cancel (void *call)
{
  _rmq_call_cancel (call);
}

/* Any thread, after the operation's end: nothing is under way any more. */
static void
start_free (void *data)
{
  RmqStartOp *self = data;

  g_ptr_array_unref (self->routes);
  g_ptr_array_unref (self->calls);
  g_clear_error (&self->error);
  _rmq_push_consumer_settings_clear (&self->settings);
  _rmq_consume_handler_unref (self->handler);
  g_object_unref (self->strategy);
  _rmq_push_consumer_core_unref (self->core);
  g_free (self);
}

static void
stop_requests (RmqStartOp *self)
{
  for (unsigned i = 0; i < self->calls->len; i++)
    call_cancel (g_ptr_array_index (self->calls, i));
  g_ptr_array_set_size (self->calls, 0);
  g_ptr_array_set_size (self->routes, 0);
}

/* Takes error; NULL: it runs. */
static void
end (RmqStartOp *self, GError *error)
{
  RmqPushConsumerCore *core = self->core;
  RmqOperation *operation = g_steal_pointer (&self->operation);

  self->ended = true;
  stop_requests (self);
  core->start_op = NULL;
  if (error != NULL && _rmq_push_consumer_core_get_state (core) == RMQ_STATE_STARTING)
    _rmq_push_consumer_core_set_state (core, RMQ_STATE_CREATED);
  if (error != NULL)
    _rmq_operation_return_error (operation, error);
  else
    _rmq_operation_return_boolean (operation, true);
  _rmq_operation_unref (operation);
}

/* --- running --- */

static void
run (RmqStartOp *self)
{
  RmqPushConsumerCore *core = self->core;
  const RmqClientSettings *settings = _rmq_client_core_get_settings (core->client);
  RmqDeliveryConfig config = {
    .batch_size = self->settings.consume_batch_size,
    .n_threads = self->settings.consume_threads,
    .priority = self->settings.dispatch_priority,
  };
  GError *error = NULL;

  if (!_rmq_delivery_make_threads (core->delivery, config.n_threads, &error)
      || !_rmq_client_core_add_consumer (core->client, &core->inner, &error))
    {
      _rmq_delivery_set_n_threads (core->delivery, 0);
      end (self, error);
      return;
    }
  core->registered = true;
  _rmq_push_consumer_core_ref (core);
  core->start_ms = _rmq_clock_realtime_ms (settings->clock);
  core->rebalancer = _rmq_rebalancer_new (core);
  core->send_backs = _rmq_send_backs_new (core);
  _rmq_push_consumer_core_publish_assignment (core);
  _rmq_delivery_start (core->delivery, &config, self->handler, _rmq_push_consumer_core_take_reports, core);
  _rmq_push_consumer_core_set_state (core, RMQ_STATE_RUNNING);
  /* Brokers list us once they have heard of us. */
  _rmq_push_consumer_core_heartbeat (core, true);
  end (self, NULL);
}

/* --- CHECK_CLIENT_CONFIG --- */

static void
checked (RmqCall *call, const RmqFrame *response, const GError *error, void *data)
{
  RmqStartOp *self = data;

  g_ptr_array_remove_fast (self->calls, call);
  if (self->error == NULL && error != NULL)
    self->error = g_error_copy (error);
  else if (self->error == NULL && response != NULL && response->code != RMQ_RESPONSE_SUCCESS)
    {
      g_autofree char *remark = rmq_slice_dup (response->remark);

      self->error = _rmq_error_new_broker (response->code, remark, NULL, "check of a subscription");
    }
  if (self->calls->len > 0)
    return;
  if (self->error != NULL)
    end (self, g_steal_pointer (&self->error));
  else
    run (self);
}

static void
check_topic (RmqStartOp *self, RmqConsumerTopic *topic, const char *address)
{
  g_autoptr (RmqCheckClientBody) body = _rmq_check_client_body_new ();
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (RMQ_FRAME_MAX_LENGTH / 2);
  g_autoptr (GBytes) bytes = NULL;

  body->client_id = g_strdup (_rmq_client_core_get_client_id (self->core->client));
  body->group = g_strdup (self->core->inner.group);
  body->subscription = _rmq_subscription_copy (topic->subscription);
  _rmq_check_client_body_encode (body, &out);
  bytes = _rmq_byte_writer_steal (&out);
  g_ptr_array_add (self->calls, _rmq_client_core_call (self->core->client, address, RMQ_REQUEST_CHECK_CLIENT_CONFIG,
                                                       NULL, NULL, bytes, 0, checked, self));
}

/* Expressions that only a broker understands, each by one broker; of a topic that is not there yet nobody can say. */
static void
check_expressions (RmqStartOp *self)
{
  GHashTableIter iter;
  RmqConsumerTopic *topic;

  g_hash_table_iter_init (&iter, self->core->topics);
  while (g_hash_table_iter_next (&iter, NULL, (void **) &topic))
    {
      const char *address;

      if (_rmq_subscription_is_tag_type (topic->subscription->type))
        continue;
      address = _rmq_client_core_find_broker_of_topic (self->core->client, topic->name);
      if (address != NULL)
        check_topic (self, topic, address);
    }
  if (self->calls->len == 0)
    run (self);
}

/* --- routes --- */

static void
route_fetched (RmqRoute *route, const GError *error, void *data)
{
  RmqStartRoute *wanted = data;
  RmqStartOp *self = wanted->start;

  wanted->request = NULL;
  if (error != NULL)
    rmq_notice ("consumer", wanted->topic, "Group %s starts without a route of the topic: %s", self->core->inner.group,
                error->message);
  g_ptr_array_remove_fast (self->routes, wanted);
  if (self->routes->len == 0)
    check_expressions (self);
}

static void
fetch_routes (RmqStartOp *self)
{
  RmqPushConsumerCore *core = self->core;
  int64_t deadline = _rmq_io_now (core->io) + _rmq_client_core_get_settings (core->client)->request_timeout;
  GHashTableIter iter;
  RmqConsumerTopic *topic;

  g_hash_table_iter_init (&iter, core->topics);
  while (g_hash_table_iter_next (&iter, NULL, (void **) &topic))
    {
      RmqStartRoute *wanted;

      /* It is made by the first heartbeat. */
      if (topic->is_retry)
        continue;
      wanted = g_new0 (RmqStartRoute, 1);
      wanted->start = self;
      wanted->topic = g_strdup (topic->name);
      g_ptr_array_add (self->routes, wanted);
      wanted->request =
          _rmq_client_core_fetch_route (core->client, topic->name, false, 0, deadline, route_fetched, wanted);
    }
  if (self->routes->len == 0)
    check_expressions (self);
}

/* --- the client --- */

static bool
open_local_offsets (RmqPushConsumerCore *core, GError **error)
{
  g_autofree char *path = NULL;

  g_clear_pointer (&core->local_offsets, _rmq_local_offsets_free);
  if (!core->settings.broadcasting)
    return true;
  path = _rmq_local_offsets_dup_path (_rmq_client_core_get_settings (core->client), core->inner.group);
  core->local_offsets = _rmq_local_offsets_open (path, error);
  return core->local_offsets != NULL;
}

static bool
take_settings (RmqStartOp *self, GError **error)
{
  RmqPushConsumerCore *core = self->core;
  const RmqClientSettings *settings = _rmq_client_core_get_settings (core->client);

  _rmq_push_consumer_settings_clear (&core->settings);
  _rmq_push_consumer_settings_copy (&core->settings, &self->settings);
  g_set_object (&core->allocation, self->strategy);
  if (!open_local_offsets (core, error))
    return false;
  /* What fails in one member of a broadcasting group has not failed in the others. */
  if (!core->settings.broadcasting && _rmq_push_consumer_core_find_topic (core, core->retry_topic) == NULL)
    _rmq_push_consumer_core_set_subscription (
        core, core->retry_topic,
        _rmq_subscription_build (core->retry_topic, NULL, NULL, _rmq_clock_realtime_ms (settings->clock), NULL));
  return true;
}

/* The operation may have ended before the client answers: it is kept until then. */
static void
client_started (const GError *error, void *data)
{
  RmqOperation *operation = data;
  RmqStartOp *self = _rmq_operation_get_data (operation);

  if (!self->ended)
    {
      GError *own_error = NULL;

      if (error != NULL)
        end (self, g_error_copy (error));
      else if (take_settings (self, &own_error))
        fetch_routes (self);
      else
        end (self, own_error);
    }
  _rmq_operation_unref (operation);
}

static void
start (RmqOperation *operation, void *data)
{
  RmqStartOp *self = data;
  RmqPushConsumerCore *core = self->core;
  RmqState state = _rmq_push_consumer_core_get_state (core);

  if (state != RMQ_STATE_CREATED)
    {
      bool closed = state >= RMQ_STATE_CLOSING;

      _rmq_operation_return_error (operation, _rmq_error_new (closed ? RMQ_ERROR_CLOSED : RMQ_ERROR_INVALID_STATE, NULL,
                                                              closed ? "The consumer was closed: make a new one"
                                                                     : "The consumer has been started before"));
      return;
    }
  self->operation = _rmq_operation_ref (operation);
  core->start_op = self;
  _rmq_push_consumer_core_set_state (core, RMQ_STATE_STARTING);
  _rmq_client_core_start (core->client, client_started, _rmq_operation_ref (operation));
}

static void
stop (RmqOperation *operation, void *data, const GError *error)
{
  RmqStartOp *self = data;

  if (!self->ended && self->operation != NULL)
    end (self, g_error_copy (error));
}

void
_rmq_push_consumer_core_fail_start (RmqPushConsumerCore *self)
{
  if (self->start_op != NULL)
    end (self->start_op, _rmq_error_new (RMQ_ERROR_CLOSED, NULL, "The consumer was closed while it started"));
}

/* Of the whole start; each of its requests has its own. A client whose config cannot be has no settings: it will say
 * so. */
static int64_t
get_timeout (RmqPushConsumerCore *core)
{
  const RmqClientSettings *settings = _rmq_client_core_get_settings (core->client);

  return settings != NULL ? settings->request_timeout * 5 : 0;
}

RmqOperation *
_rmq_push_consumer_core_start_operation (RmqPushConsumerCore *core,
                                         const RmqPushConsumerSettings *settings,
                                         RmqConsumeHandler *handler,
                                         RmqAllocationStrategy *strategy,
                                         GCancellable *cancellable)
{
  static const RmqOperationFuncs funcs = { start, stop };
  RmqStartOp *self = g_new0 (RmqStartOp, 1);

  self->core = _rmq_push_consumer_core_ref (core);
  _rmq_push_consumer_settings_copy (&self->settings, settings);
  self->handler = _rmq_consume_handler_ref (handler);
  self->strategy = strategy;
  self->routes = g_ptr_array_new_with_free_func (start_route_free);
  self->calls = g_ptr_array_new ();
  return _rmq_operation_new (core->io, &funcs, self, start_free, get_timeout (core), cancellable);
}
