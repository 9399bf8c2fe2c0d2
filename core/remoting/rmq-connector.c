/* SPDX-License-Identifier: Apache-2.0
 *
 * Connecting. Numeric addresses need no resolver and so no worker thread. Each address has its share of the time that
 * is left, so that a dead first one does not use up what the second needs.
 */
#include "rmq-connector-private.h"
#include "rmq-port-private.h"

#include <net/if.h>
#include <string.h>
#include "base/rmq-error-private.h"

/* A share is at least this long, as far as the time limit allows. */
#define MIN_SHARE_US 250000
#define ACCURACY_US 10000
#define MAX_ADDRESSES 16

struct _RmqConnector
{
  unsigned ref_count;
  RmqIo *io;
  RmqTransport *transport;
  RmqEndpoint *endpoint;
  char *name;
  int64_t timeout_us;
  int64_t end_us;
  RmqConnectorDone done; /* NULL: told, or cancelled */
  void *data;

  RmqIoDeferred start;
  RmqTimer timer;
  GList *addresses;          /* of GSocketAddress, those not tried yet */
  GSocketAddress *address;   /* tried now */
  GCancellable *cancellable; /* of what is under way */
  unsigned step;             /* which call that is */
  GString *causes;
};

static void try_next (RmqConnector *self);

static void
connector_unref (RmqConnector *self)
{
  if (--self->ref_count > 0)
    return;
  g_list_free_full (self->addresses, g_object_unref);
  g_clear_object (&self->address);
  g_clear_object (&self->cancellable);
  g_object_unref (self->transport);
  rmq_endpoint_unref (self->endpoint);
  g_string_free (self->causes, TRUE);
  _rmq_io_unref (self->io);
  g_free (self->name);
  g_free (self);
}

/* Nothing is told from here on; what is still under way holds references and ends by itself. */
static void
stop (RmqConnector *self)
{
  self->done = NULL;
  _rmq_io_undefer (self->io, &self->start);
  _rmq_timer_disarm (_rmq_io_get_timers (self->io), &self->timer);
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  connector_unref (self);
}

static void
finish (RmqConnector *self, GIOStream *stream, const GError *error)
{
  RmqConnectorDone done = self->done;
  void *data = self->data;

  self->ref_count++;
  stop (self);
  done (stream, error, data);
  connector_unref (self);
}

static void
finish_failed (RmqConnector *self)
{
  g_autoptr (GError) error =
      _rmq_error_new (RMQ_ERROR_CONNECT_FAILED, NULL, "%s: cannot connect: %s", self->name, self->causes->str);

  finish (self, NULL, error);
}

static void
add_cause (RmqConnector *self, const char *cause)
{
  if (self->causes->len > 0)
    g_string_append (self->causes, "; ");
  if (self->address != NULL)
    {
      g_autofree char *text = g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (self->address));

      /* GIO's own texts name the address already; a transport's may not. */
      if (strcmp (text, self->name) != 0 && strstr (cause, text) == NULL)
        g_string_append_printf (self->causes, "%s: ", text);
    }
  g_string_append (self->causes, cause);
}

/* --- one step ------------------------------------------------------------------------------------------------ */

/* What an asynchronous call under way knows: its connector may have gone on without it. */
typedef struct
{
  RmqConnector *connector;
  unsigned step;
} Step;

/* Begins a step that ends after share_us at the latest. */
static Step *
step_new (RmqConnector *self, int64_t share_us)
{
  Step *step = g_new (Step, 1);

  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  step->connector = self;
  step->step = ++self->step;
  self->ref_count++;
  _rmq_timer_arm (_rmq_io_get_timers (self->io), &self->timer, MIN (_rmq_io_now (self->io) + share_us, self->end_us),
                  ACCURACY_US);
  return step;
}

/* (transfer full) The connector, in a turn of its own, or NULL when it no longer waits for this step. */
static RmqConnector *
step_end (Step *step)
{
  RmqConnector *self = step->connector;
  bool current = self->done != NULL && self->step == step->step;

  g_free (step);
  if (!current)
    {
      connector_unref (self);
      return NULL;
    }
  _rmq_io_enter (self->io);
  return self;
}

static void
step_leave (RmqConnector *self)
{
  _rmq_io_leave (self->io);
  connector_unref (self);
}

static void
connected (GObject *source, GAsyncResult *result, void *data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GIOStream) stream = rmq_transport_connect_finish (RMQ_TRANSPORT (source), result, &error);
  RmqConnector *self = step_end (data);

  if (self == NULL)
    {
      if (stream != NULL)
        _rmq_port_close_stream (stream);
      return;
    }
  if (stream != NULL)
    finish (self, stream, NULL);
  else
    {
      g_autofree char *cause = error != NULL ? _rmq_error_dup_what (error) : g_strdup ("the transport gave no stream");

      add_cause (self, cause);
      try_next (self);
    }
  step_leave (self);
}

static void
connect_to (RmqConnector *self, GSocketAddress *address, int64_t share_us)
{
  g_autoptr (GMainContextPusher) pusher = g_main_context_pusher_new (_rmq_io_get_context (self->io));
  Step *step = step_new (self, share_us);

  rmq_transport_connect_async (self->transport, self->endpoint, address, self->cancellable, connected, step);
}

/* The next address, or the end. */
static void
try_next (RmqConnector *self)
{
  int64_t left_us = self->end_us - _rmq_io_now (self->io);
  unsigned n_left = g_list_length (self->addresses);

  g_clear_object (&self->address);
  if (n_left == 0 || left_us <= 0)
    {
      finish_failed (self);
      return;
    }
  self->address = self->addresses->data;
  self->addresses = g_list_delete_link (self->addresses, self->addresses);
  connect_to (self, self->address, MAX (left_us / n_left, MIN_SHARE_US));
}

static void
out_of_time (RmqTimer *timer, void *data)
{
  RmqConnector *self = data;
  g_autofree char *cause = g_strdup_printf ("no answer within %" G_GINT64_FORMAT " ms",
                                            (_rmq_io_now (self->io) - self->end_us + self->timeout_us) / 1000);

  self->ref_count++;
  _rmq_io_enter (self->io);
  self->step++;
  g_cancellable_cancel (self->cancellable);
  add_cause (self, cause);
  try_next (self);
  step_leave (self);
}

/* --- addresses ----------------------------------------------------------------------------------------------- */

/* NULL: not numeric. */
static GSocketAddress *
numeric_address (const char *host, uint16_t port)
{
  g_autofree char *bare = g_strndup (host, strcspn (host, "%"));
  g_autoptr (GInetAddress) inet = g_inet_address_new_from_string (bare);
  const char *scope = strchr (host, '%');

  if (inet == NULL)
    return NULL;
  if (scope == NULL)
    return g_inet_socket_address_new (inet, port);
  return g_object_new (G_TYPE_INET_SOCKET_ADDRESS, "address", inet, "port", (unsigned) port, "scope-id",
                       if_nametoindex (scope + 1), NULL);
}

static void
resolved (GObject *source, GAsyncResult *result, void *data)
{
  g_autoptr (GError) error = NULL;
  g_autolist (GInetAddress) found = g_resolver_lookup_by_name_finish (G_RESOLVER (source), result, &error);
  RmqConnector *self = step_end (data);
  unsigned n = 0;

  if (self == NULL)
    return;
  if (found == NULL)
    add_cause (self, error->message);
  for (GList *at = found; at != NULL && n < MAX_ADDRESSES; at = at->next, n++)
    self->addresses =
        g_list_append (self->addresses, g_inet_socket_address_new (at->data, rmq_endpoint_get_port (self->endpoint)));
  try_next (self);
  step_leave (self);
}

static void
resolve (RmqConnector *self)
{
  g_autoptr (GMainContextPusher) pusher = g_main_context_pusher_new (_rmq_io_get_context (self->io));
  g_autoptr (GResolver) resolver = g_resolver_get_default ();
  Step *step = step_new (self, self->timeout_us);

  g_resolver_lookup_by_name_async (resolver, rmq_endpoint_get_host (self->endpoint), self->cancellable, resolved, step);
}

static void
start (RmqIoDeferred *deferred)
{
  RmqConnector *self = (RmqConnector *) (void *) ((char *) deferred - G_STRUCT_OFFSET (RmqConnector, start));
  const char *host = rmq_endpoint_get_host (self->endpoint);
  uint16_t port = rmq_endpoint_get_port (self->endpoint);
  GSocketAddress *numeric;

  if (!rmq_transport_needs_address (self->transport, self->endpoint))
    connect_to (self, NULL, self->timeout_us);
  else if (host == NULL || port == 0)
    {
      add_cause (self, host == NULL ? "the address has no host" : "the address has no port");
      finish_failed (self);
    }
  else if ((numeric = numeric_address (host, port)) != NULL)
    {
      self->addresses = g_list_prepend (NULL, numeric);
      try_next (self);
    }
  else
    resolve (self);
}

RmqConnector *
_rmq_connector_start (RmqIo *io,
                      RmqTransport *transport,
                      RmqEndpoint *endpoint,
                      const char *name,
                      int64_t timeout_us,
                      RmqConnectorDone done,
                      void *data)
{
  RmqConnector *self = g_new0 (RmqConnector, 1);

  self->ref_count = 1;
  self->io = _rmq_io_ref (io);
  self->transport = g_object_ref (transport);
  self->endpoint = rmq_endpoint_ref (endpoint);
  self->name = g_strdup (name);
  self->timeout_us = timeout_us;
  self->end_us = _rmq_io_now (io) + timeout_us;
  self->done = done;
  self->data = data;
  self->causes = g_string_new (NULL);
  self->start.run = start;
  rmq_timer_init (&self->timer, out_of_time, self);
  _rmq_io_defer (io, &self->start);
  return self;
}

void
_rmq_connector_cancel (RmqConnector *self)
{
  stop (self);
}
