/* SPDX-License-Identifier: Apache-2.0
 *
 * The name server's side of brokers: 103, 104, 205, 217, 322, 327, 901, 904. (RocketMQ: DefaultRequestProcessor.)
 */
#include "broker/rmq-broker-core-private.h"

#include <rmq/rmq.h>
#include <zlib.h>
#include "base/rmq-byte-reader-private.h"
#include "broker/rmq-broker-modules-private.h"
#include "wire/rmq-cluster-body-private.h"

#define MAX_INFLATED (64u * 1024 * 1024)

/* --- 103 ----------------------------------------------------------------------------------------------------- */

/* (transfer full) NULL: not a zlib stream, or one that becomes too long. */
static uint8_t *
inflate_body (RmqSlice body, size_t *len)
{
  g_autofree uint8_t *out = NULL;
  size_t allocated = 0;
  z_stream stream = { .next_in = (Bytef *) body.data, .avail_in = (uInt) body.len };
  int result = Z_OK;

  if (inflateInit (&stream) != Z_OK)
    return NULL;
  while (result == Z_OK && allocated < MAX_INFLATED)
    {
      size_t done = (size_t) stream.total_out;

      allocated = allocated == 0 ? 4096 : 2 * allocated;
      out = g_realloc (out, allocated);
      stream.next_out = out + done;
      stream.avail_out = (uInt) (allocated - done);
      result = inflate (&stream, Z_NO_FLUSH);
      if (result == Z_BUF_ERROR)
        break;
    }
  *len = (size_t) stream.total_out;
  inflateEnd (&stream);
  return result == Z_STREAM_END ? g_steal_pointer (&out) : NULL;
}

static RmqSlice
take_block (RmqByteReader *reader)
{
  int32_t len = rmq_byte_reader_i32 (reader);

  return len >= 0 ? rmq_byte_reader_slice (reader, (size_t) len) : RMQ_SLICE_NULL;
}

/* Version, topics one by one, filter servers; what follows is of static topics. */
static RmqRegisterBrokerBody *
decode_compressed (RmqSlice body, GError **error)
{
  g_autoptr (RmqRegisterBrokerBody) registration = _rmq_register_broker_body_new ();
  g_autofree uint8_t *data = NULL;
  RmqByteReader reader;
  RmqSlice version;
  int32_t n_topics;
  size_t len = 0;

  data = inflate_body (body, &len);
  rmq_byte_reader_init (&reader, data, data != NULL ? len : 0);
  version = take_block (&reader);
  if (version.data == NULL)
    {
      g_set_error_literal (error, RMQ_ERROR, RMQ_ERROR_PROTOCOL, "the registration is not what zlib made");
      return NULL;
    }
  g_clear_pointer (&registration->table->data_version, _rmq_data_version_free);
  registration->table->data_version = _rmq_data_version_decode (version, error);
  n_topics = rmq_byte_reader_i32 (&reader);
  if (registration->table->data_version == NULL)
    return NULL;
  for (int32_t i = 0; i < n_topics && !reader.failed; i++)
    {
      RmqTopicConfigBody *config = _rmq_topic_config_body_decode_text (take_block (&reader), error);
      RmqTopicConfigEntry *entry;

      if (config == NULL)
        return NULL;
      entry = g_new0 (RmqTopicConfigEntry, 1);
      entry->name = g_strdup (config->name);
      entry->config = config;
      g_ptr_array_add (registration->table->configs, entry);
    }
  return g_steal_pointer (&registration);
}

/* (transfer full) NULL: answered. */
static RmqRegisterBrokerBody *
decode (RmqBrokerCore *core, const RmqBrokerRequest *request, const RmqRegisterBrokerRequestHeader *header)
{
  RmqSlice body = request->frame->body;
  g_autoptr (GError) error = NULL;
  RmqRegisterBrokerBody *registration = NULL;

  if (header->has.body_crc32 && header->body_crc32 != 0
      && _rmq_crc32 (body.data, body.len) != (uint32_t) header->body_crc32)
    {
      _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_SYSTEM_ERROR, "crc32 not match");
      return NULL;
    }
  if (body.len == 0)
    return _rmq_register_broker_body_new ();
  registration =
      header->compressed ? decode_compressed (body, &error) : _rmq_register_broker_body_decode (body, &error);
  if (registration == NULL)
    _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_SYSTEM_ERROR, "%s", error->message);
  return registration;
}

/* The master of a slave of our own name is this broker. */
static void
set_master (RmqBrokerCore *core,
            const RmqRegisterBrokerRequestHeader *header,
            const RmqRegisteredBroker *master,
            RmqRegisterBrokerResponseHeader *answer)
{
  const RmqBrokerSettings *settings = core->settings;

  if (master != NULL)
    {
      RMQ_HEADER_SET (*answer, master_addr, rmq_slice_from_string (master->address));
      RMQ_HEADER_SET (*answer, ha_server_addr, rmq_slice_from_string (master->ha_address));
    }
  else if (header->broker_id != RMQ_MASTER_BROKER_ID && settings->broker_id == RMQ_MASTER_BROKER_ID
           && rmq_slice_equal_string (header->broker_name, settings->broker_name))
    {
      RMQ_HEADER_SET (*answer, master_addr, rmq_slice_from_string (core->address));
      RMQ_HEADER_SET (*answer, ha_server_addr, rmq_slice_from_string (core->address));
    }
}

static void
handle_register (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqRegisterBrokerRequestHeader header;
  RmqRegisterBrokerResponseHeader answer = { 0 };
  g_autoptr (RmqRegisterBrokerBody) body = NULL;
  g_autoptr (GBytes) orders = NULL;
  RmqRegisteredBroker *master;

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (RegisterBrokerRequestHeader), &header))
    return;
  body = decode (core, request, &header);
  if (body == NULL)
    return;
  if (body->table == NULL || body->table->configs == NULL
      || !_rmq_broker_registry_register (core->registry, request->peer, &header, body->table, &master))
    {
      _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_SYSTEM_ERROR, "register broker failed");
      return;
    }
  set_master (core, &header, master, &answer);
  orders = _rmq_broker_kv_dup_namespace (core, RMQ_KV_NAMESPACE_ORDER_TOPIC);
  _rmq_broker_answer (core, &request->ticket,
                      &(RmqBrokerAnswer){ .code = RMQ_RESPONSE_SUCCESS,
                                          .table = RMQ_HEADER (RegisterBrokerResponseHeader),
                                          .header = &answer,
                                          .body = orders });
}

static void
handle_unregister (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqUnRegisterBrokerRequestHeader header;

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (UnRegisterBrokerRequestHeader), &header))
    return;
  _rmq_broker_registry_unregister (core->registry, header.broker_name, header.broker_id);
  _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_SUCCESS, NULL);
}

static void
handle_heartbeat (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqBrokerHeartbeatRequestHeader header;
  RmqRegisteredBroker *broker;

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (BrokerHeartbeatRequestHeader), &header))
    return;
  broker = _rmq_broker_registry_find_address (core->registry, header.broker_addr);
  if (broker != NULL)
    _rmq_broker_registry_touch (core->registry, broker);
  _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_SUCCESS, NULL);
}

static void
handle_version (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqQueryDataVersionRequestHeader header;
  RmqQueryDataVersionResponseHeader answer = { 0 };
  g_autoptr (RmqDataVersion) version = NULL;
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (4096);
  g_autoptr (GBytes) known = NULL;
  RmqRegisteredBroker *broker;
  bool changed = true;

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (QueryDataVersionRequestHeader), &header))
    return;
  version = _rmq_broker_request_decode_body (core, request, &_rmq_data_version_type);
  if (version == NULL)
    return;
  broker = _rmq_broker_registry_find_address (core->registry, header.broker_addr);
  if (broker != NULL)
    {
      changed = !_rmq_body_equal (&_rmq_data_version_type, version, &broker->version);
      _rmq_broker_registry_touch (core->registry, broker);
      _rmq_data_version_encode (&broker->version, &out);
      known = _rmq_byte_writer_steal (&out);
    }
  RMQ_HEADER_SET (answer, changed, changed);
  _rmq_broker_answer (core, &request->ticket,
                      &(RmqBrokerAnswer){ .code = RMQ_RESPONSE_SUCCESS,
                                          .table = RMQ_HEADER (QueryDataVersionResponseHeader),
                                          .header = &answer,
                                          .body = known });
}

static void
handle_topic (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqRegisterTopicRequestHeader header;
  g_autoptr (RmqTopicRoute) route = NULL;
  g_autofree char *topic = NULL;

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (RegisterTopicRequestHeader), &header))
    return;
  route = _rmq_broker_request_decode_body (core, request, &_rmq_topic_route_type);
  if (route == NULL)
    return;
  topic = rmq_slice_dup (header.topic);
  for (unsigned i = 0; i < route->queues->len; i++)
    {
      const RmqQueueData *queues = g_ptr_array_index (route->queues, i);
      RmqRegisteredName *name = _rmq_broker_registry_find (
          core->registry, rmq_slice_from_string (queues->broker_name != NULL ? queues->broker_name : ""));

      if (name != NULL)
        _rmq_broker_registry_set_topic (name, topic, queues);
    }
  _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_SUCCESS, NULL);
}

/* --- write permission in routes ------------------------------------------------------------------------------ */

static int32_t
change_perm (RmqBrokerCore *core, RmqSlice broker_name, bool writable)
{
  RmqRegisteredName *name = _rmq_broker_registry_find (core->registry, broker_name);
  int32_t n = 0;

  if (rmq_slice_equal_string (broker_name, core->settings->broker_name))
    {
      const GPtrArray *topics = _rmq_broker_topics_get_all (core->topics);

      for (unsigned i = 0; i < topics->len; i++, n++)
        {
          RmqBrokerTopic *topic = g_ptr_array_index (topics, i);

          topic->route_perm = writable ? RMQ_PERM_READ | RMQ_PERM_WRITE : topic->perm & ~RMQ_PERM_WRITE;
        }
    }
  else if (name != NULL)
    {
      GHashTableIter iter;
      void *value;

      g_hash_table_iter_init (&iter, name->topics);
      for (; g_hash_table_iter_next (&iter, NULL, &value); n++)
        {
          RmqQueueData *queues = value;

          queues->perm = writable ? RMQ_PERM_READ | RMQ_PERM_WRITE : queues->perm & ~RMQ_PERM_WRITE;
        }
    }
  return n;
}

static void
handle_wipe (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqWipeWritePermOfBrokerRequestHeader header;
  RmqWipeWritePermOfBrokerResponseHeader answer = { 0 };

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (WipeWritePermOfBrokerRequestHeader), &header))
    return;
  RMQ_HEADER_SET (answer, wipe_topic_count, change_perm (core, header.broker_name, false));
  _rmq_broker_answer_header (core, &request->ticket, RMQ_HEADER (WipeWritePermOfBrokerResponseHeader), &answer);
}

static void
handle_add (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqAddWritePermOfBrokerRequestHeader header;
  RmqAddWritePermOfBrokerResponseHeader answer = { 0 };

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (AddWritePermOfBrokerRequestHeader), &header))
    return;
  RMQ_HEADER_SET (answer, add_topic_count, change_perm (core, header.broker_name, true));
  _rmq_broker_answer_header (core, &request->ticket, RMQ_HEADER (AddWritePermOfBrokerResponseHeader), &answer);
}

static void
on_closed (RmqBrokerCore *core, RmqBrokerPeer *peer, void *data)
{
  _rmq_broker_registry_connection_closed (core->registry, peer);
}

static const RmqBrokerRoute routes[] = {
  { RMQ_REQUEST_REGISTER_BROKER, handle_register },        { RMQ_REQUEST_UNREGISTER_BROKER, handle_unregister },
  { RMQ_REQUEST_BROKER_HEARTBEAT, handle_heartbeat },      { RMQ_REQUEST_QUERY_DATA_VERSION, handle_version },
  { RMQ_REQUEST_REGISTER_TOPIC_IN_NAMESRV, handle_topic }, { RMQ_REQUEST_WIPE_WRITE_PERM_OF_BROKER, handle_wipe },
  { RMQ_REQUEST_ADD_WRITE_PERM_OF_BROKER, handle_add },
};

const RmqBrokerModule rmq_broker_registration_module = {
  .name = "registration",
  .routes = routes,
  .n_routes = G_N_ELEMENTS (routes),
  .connection_closed = on_closed,
};
