/* SPDX-License-Identifier: Apache-2.0
 *
 * Registers this broker at other name servers, when the settings name any: so that several brokers, masters and slaves,
 * stand in one route. (RocketMQ: BrokerOuterAPI.)
 */
#include "broker/rmq-broker-core-private.h"

#include "base/rmq-log-private.h"
#include "remoting/rmq-remoting-client-private.h"
#include "broker/rmq-broker-modules-private.h"

#define PERIOD_US (30 * G_USEC_PER_SEC)
#define RETRY_US (1 * G_USEC_PER_SEC)
#define TIMEOUT_US (5 * G_USEC_PER_SEC)

typedef struct
{
  RmqBrokerCore *core;
  RmqRemotingClient *client;
  char **servers;
  RmqTimer timer;
  bool told; /* of the last failure */
} Registrar;

/* One registration on its way to one name server. */
typedef struct
{
  RmqInvocation invocation;
  RmqRegisterBrokerRequestHeader header;
  Registrar *registrar; /* which ends all of them before it goes */
  const char *server;
  GBytes *body;
} Registration;

static void
arm (Registrar *self, int64_t delay_us)
{
  _rmq_timer_arm (self->core->timers, &self->timer, rmq_broker_now_us (self->core) + delay_us, delay_us / 8);
}

static void
registered (RmqInvocation *invocation, const RmqFrame *response, const GError *error)
{
  Registration *registration = (Registration *) (void *) invocation;
  Registrar *self = registration->registrar;
  bool failed = error != NULL || response->code != RMQ_RESPONSE_SUCCESS;

  if (failed && !self->core->stopping)
    {
      if (!self->told)
        rmq_warning ("broker", registration->server, "%s does not register this broker: %s", registration->server,
                     error != NULL ? error->message : "it refuses");
      arm (self, RETRY_US);
    }
  self->told = failed;
  g_bytes_unref (registration->body);
  g_free (registration);
}

static GBytes *
make_body (RmqBrokerCore *core)
{
  const GPtrArray *topics = _rmq_broker_topics_get_all (core->topics);
  g_autoptr (RmqRegisterBrokerBody) body = _rmq_register_broker_body_new ();
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (RMQ_FRAME_MAX_LENGTH);

  *body->table->data_version = *_rmq_broker_topics_get_version (core->topics);
  for (unsigned i = 0; i < topics->len; i++)
    {
      const RmqBrokerTopic *topic = g_ptr_array_index (topics, i);

      _rmq_broker_topic_to_config (topic, _rmq_topic_table_body_add (body->table, topic->name));
    }
  _rmq_register_broker_body_encode (body, &out);
  return _rmq_byte_writer_steal (&out);
}

static void
send_to (Registrar *self, const char *server, GBytes *body)
{
  RmqBrokerCore *core = self->core;
  Registration *registration = g_new0 (Registration, 1);
  RmqRegisterBrokerRequestHeader *header = &registration->header;

  RMQ_HEADER_SET (*header, broker_name, rmq_slice_from_string (core->settings->broker_name));
  RMQ_HEADER_SET (*header, broker_addr, rmq_slice_from_string (core->address));
  RMQ_HEADER_SET (*header, cluster_name, rmq_slice_from_string (core->settings->cluster_name));
  RMQ_HEADER_SET (*header, ha_server_addr, rmq_slice_from_string (core->address));
  RMQ_HEADER_SET (*header, broker_id, core->settings->broker_id);
  RMQ_HEADER_SET (*header, body_crc32, 0);
  registration->registrar = self;
  registration->server = server;
  registration->body = g_bytes_ref (body);
  registration->invocation.code = RMQ_REQUEST_REGISTER_BROKER;
  registration->invocation.table = RMQ_HEADER (RegisterBrokerRequestHeader);
  registration->invocation.header = header;
  registration->invocation.body = g_bytes_get_data (body, &registration->invocation.body_len);
  registration->invocation.body_bytes = registration->body;
  registration->invocation.deadline_us = rmq_broker_now_us (core) + TIMEOUT_US;
  registration->invocation.done = registered;
  _rmq_remoting_client_invoke (self->client, server, &registration->invocation);
}

static void
register_everywhere (RmqTimer *timer, void *data)
{
  Registrar *self = data;
  g_autoptr (GBytes) body = make_body (self->core);
  RmqIo *io = self->core->io;

  _rmq_io_enter (io);
  arm (self, PERIOD_US);
  for (char **server = self->servers; *server != NULL; server++)
    if (**server != '\0')
      send_to (self, *server, body);
  _rmq_io_leave (io);
}

/* --- the module ---------------------------------------------------------------------------------------------- */

static bool
start (RmqBrokerCore *core, void **data, GError **error)
{
  const RmqRemotingClientEvents events = { NULL };
  RmqRemotingConfig config;
  Registrar *self;

  if (core->settings->name_servers == NULL || *core->settings->name_servers == '\0')
    return true;
  self = g_new0 (Registrar, 1);
  self->core = core;
  self->servers = g_strsplit (core->settings->name_servers, ";", -1);
  rmq_timer_init (&self->timer, register_everywhere, self);
  _rmq_remoting_config_init (&config);
  /* The registration lives as long as its connection. */
  config.idle_timeout_us = 0;
  config.backoff_max_us = RETRY_US / 2;
  self->client = _rmq_remoting_client_new (core->io, &config, &events, self);
  *data = self;
  return true;
}

static void
stop (RmqBrokerCore *core, void *data)
{
  Registrar *self = data;

  if (self == NULL)
    return;
  _rmq_timer_disarm (core->timers, &self->timer);
  _rmq_remoting_client_close (self->client);
  _rmq_remoting_client_unref (self->client);
  g_strfreev (self->servers);
  g_free (self);
}

static void
listening (RmqBrokerCore *core, void *data)
{
  if (data != NULL)
    register_everywhere (NULL, data);
}

static void
topics_changed (RmqBrokerCore *core, void *data)
{
  Registrar *self = data;

  /* All changes of a moment go in one. */
  if (self != NULL && core->listening)
    arm (self, 0);
}

const RmqBrokerModule rmq_broker_registrar_module = {
  .name = "registrar",
  .start = start,
  .stop = stop,
  .listening = listening,
  .topics_changed = topics_changed,
};
