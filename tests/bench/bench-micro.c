/* SPDX-License-Identifier: Apache-2.0
 *
 * One step of a path, again and again, in one thread, for callgrind: budget.py runs each twice, with different numbers,
 * so that only the step is left. Prints nothing.
 */
#include "bench-common.h"

#include <stdio.h>
#include <string.h>
#include "bench-send-header.h"
#include "client/rmq-client-core-private.h"
#include "consumer/rmq-delivery-private.h"
#include "wire/rmq-header-pull-private.h"
#include "wire/rmq-pull-result-private.h"

#define BATCH 32
#define OUTPUT_MAX (1 << 20)

static BenchOptions options;

/* --- encode: a message's properties, its header and its frame ---------------------------------------------------- */

static void
encode_once (RmqMessage *message, RmqByteWriter *properties, RmqByteWriter *out)
{
  g_autoptr (GError) error = NULL;
  RmqSlice body = _rmq_message_peek_body (message);
  RmqSendMessageRequestHeaderV2 header;
  RmqFrameHead head = { .code = RMQ_REQUEST_SEND_MESSAGE_V2, .opaque = 12345, .language = RMQ_LANGUAGE_CPP };
  RmqFrameWriter writer;

  properties->len = 0;
  out->len = 0;
  if (!_rmq_message_encode_properties (message, "7F0000010001E2400000000000000001", NULL, properties, &error))
    bench_check (error);
  bench_fill_send_header (&header, rmq_slice ((const char *) properties->data, properties->len));
  _rmq_frame_begin (&writer, out, &head);
  if (!_rmq_frame_add_header (&writer, RMQ_HEADER (SendMessageRequestHeaderV2), &header, &error)
      || !_rmq_frame_end (&writer, body.len, &error))
    bench_check (error);
  rmq_byte_writer_slice (out, body);
}

static void
run_encode (void)
{
  g_autoptr (GBytes) body = g_bytes_new_take (g_strnfill ((size_t) options.body, 'x'), (size_t) options.body);
  g_autoptr (RmqMessage) message = rmq_message_new (options.topic, body);
  g_auto (RmqByteWriter) properties = RMQ_BYTE_WRITER_INIT (OUTPUT_MAX);
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (OUTPUT_MAX);

  for (int i = 0; i < options.count; i++)
    encode_once (message, &properties, &out);
}

/* --- decode: the answer to a pull, with 32 messages --------------------------------------------------------------- */

typedef struct
{
  GBytes *frame;
  RmqFrameDecoder *decoder;
  RmqPullContext context;
} Pull;

static GBytes *
share_frame (void *data)
{
  return g_bytes_ref (((Pull *) data)->frame);
}

static void
write_records (RmqByteWriter *out)
{
  g_autofree char *body = g_strnfill ((size_t) options.body, 'x');

  for (int i = 0; i < BATCH; i++)
    {
      RmqRecord record = {
        .queue_id = 3,
        .queue_offset = 1000 + i,
        .physical_offset = 123456 + i * 300,
        .born_timestamp = 1700000000000,
        .born_host = { { 127, 0, 0, 1 }, 54321, false },
        .store_timestamp = 1700000000005,
        .store_host = { { 127, 0, 0, 1 }, 10911, false },
        .body = rmq_slice (body, (size_t) options.body),
        .topic = rmq_slice_from_string (options.topic),
        .properties = BENCH_PROPERTIES,
      };

      record.body_crc = _rmq_crc32 (record.body.data, record.body.len);
      if (!_rmq_record_encode (&record, out))
        g_error ("a record does not fit");
    }
}

static void
pull_init (Pull *self)
{
  g_auto (RmqByteWriter) records = RMQ_BYTE_WRITER_INIT (OUTPUT_MAX);
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (OUTPUT_MAX);
  g_autoptr (GError) error = NULL;
  RmqPullMessageResponseHeader header = { 0 };
  RmqFrameHead head = { .opaque = 12345, .flag = RMQ_FRAME_FLAG_RESPONSE, .language = RMQ_LANGUAGE_JAVA };
  RmqFrameWriter writer;

  write_records (&records);
  RMQ_HEADER_SET (header, suggest_which_broker_id, 0);
  RMQ_HEADER_SET (header, next_begin_offset, 1000 + BATCH);
  RMQ_HEADER_SET (header, min_offset, 0);
  RMQ_HEADER_SET (header, max_offset, 1000000);
  _rmq_frame_begin (&writer, &out, &head);
  if (!_rmq_frame_add_header (&writer, RMQ_HEADER (PullMessageResponseHeader), &header, &error)
      || !_rmq_frame_end (&writer, records.len, &error))
    bench_check (error);
  rmq_byte_writer_bytes (&out, records.data, records.len);
  *self = (Pull){
    .frame = _rmq_byte_writer_steal (&out),
    .decoder = _rmq_frame_decoder_new (),
    .context = {
      .decode = { .topic = g_ref_string_new (options.topic), .broker_name = g_ref_string_new ("null-broker") },
      .queue_id = 3,
      .queue_offset = 1000,
    },
  };
}

static void
pull_clear (Pull *self)
{
  g_ref_string_release (self->context.decode.topic);
  g_ref_string_release (self->context.decode.broker_name);
  _rmq_frame_decoder_free (self->decoder);
  g_bytes_unref (self->frame);
}

static void
pull_once (Pull *self, RmqPullResult *result)
{
  g_autoptr (GError) error = NULL;
  RmqFrame frame;
  gsize len;
  const void *data = g_bytes_get_data (self->frame, &len);

  if (!_rmq_frame_decode (self->decoder, data, len, &frame, &error))
    bench_check (error);
  frame.share = share_frame;
  frame.receiver = self;
  if (!_rmq_pull_result_parse (result, &frame, NULL, &self->context, &error))
    bench_check (error);
  g_assert (result->messages->len == BATCH);
}

static void
run_decode (void)
{
  Pull pull;

  pull_init (&pull);
  for (int i = 0; i < options.count; i++)
    {
      g_auto (RmqPullResult) result = { 0 };

      pull_once (&pull, &result);
    }
  pull_clear (&pull);
}

/* --- deliver: such an answer through the handler; less what decode costs ---------------------------------------------
 */

typedef struct
{
  int n_handled;
  int n_closed;
} Deliveries;

static RmqConsumeResult
on_message (RmqPushConsumer *consumer, RmqMessage *message, gpointer data)
{
  ((Deliveries *) data)->n_handled++;
  rmq_message_unref (message);
  return RMQ_CONSUME_SUCCESS;
}

static void
take_reports (RmqDelivery *delivery, void *data)
{
  RmqConsumeBatch *next;

  for (RmqConsumeBatch *batch = _rmq_delivery_take_reports (delivery); batch != NULL; batch = next)
    {
      next = batch->next_report;
      g_atomic_int_set (&batch->reported, 0);
      for (unsigned i = 0; i < batch->n_items; i++)
        {
          RmqConsumeItem *item = &batch->items[i];

          if (rmq_consume_item_get_state (item) != RMQ_ITEM_DONE)
            continue;
          _rmq_consume_item_take (item);
          _rmq_consume_item_close (item);
          ((Deliveries *) data)->n_closed++;
        }
      _rmq_consume_batch_unref (batch);
    }
}

static void
deliver_once (RmqDelivery *delivery, Pull *pull, GMainContext *context, Deliveries *deliveries)
{
  g_auto (RmqPullResult) result = { 0 };
  RmqConsumeBatch *batch;
  int until = deliveries->n_closed + BATCH;

  pull_once (pull, &result);
  batch = _rmq_consume_batch_new (delivery, (RmqMessage **) result.messages->pdata, BATCH);
  g_ptr_array_set_free_func (result.messages, NULL);
  _rmq_delivery_push (delivery, _rmq_delivery_unit_new (batch, 0, BATCH));
  while (deliveries->n_closed < until)
    g_main_context_iteration (context, TRUE);
}

static void
run_deliver (void)
{
  g_autoptr (GMainContext) context = g_main_context_ref (g_main_context_default ());
  g_autoptr (RmqClientConfig) config = rmq_client_config_new (options.name_servers);
  g_autoptr (RmqClientInstance) client = rmq_client_instance_new (config);
  g_autoptr (RmqPushConsumer) consumer = rmq_push_consumer_new (client, "bench-consumer");
  RmqIo *io = _rmq_io_new_for_context (context, NULL);
  g_autoptr (RmqDelivery) delivery = _rmq_delivery_new (io, consumer, context);
  Deliveries deliveries = { 0 };
  g_autoptr (RmqConsumeHandler) handler = _rmq_consume_handler_new (on_message, NULL, &deliveries, NULL, context);
  RmqDeliveryConfig delivery_config = { .batch_size = 1 };
  Pull pull;

  pull_init (&pull);
  _rmq_delivery_start (delivery, &delivery_config, handler, take_reports, &deliveries);
  for (int i = 0; i < options.count; i++)
    deliver_once (delivery, &pull, context, &deliveries);
  g_assert (deliveries.n_handled == options.count * BATCH);
  _rmq_delivery_stop (delivery);
  _rmq_delivery_detach (delivery);
  pull_clear (&pull);
  _rmq_io_unref (io);
}

/* --- route: a cached one, and the address of a broker of it ----------------------------------------------------------
 */

static void
on_sent (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RmqSendReceipt) receipt = rmq_producer_send_finish (RMQ_PRODUCER (source), result, &error);

  bench_check (error);
  *(bool *) data = true;
}

static void
run_route (void)
{
  g_autoptr (RmqClientConfig) config = rmq_client_config_new (options.name_servers);
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (RmqClientInstance) client = NULL;
  g_autoptr (RmqProducer) producer = NULL;
  g_autoptr (GBytes) body = g_bytes_new_static ("first", 5);
  g_autoptr (RmqMessage) message = rmq_message_new (options.topic, body);
  RmqClientCore *core;
  bool sent = false;

  g_main_context_push_thread_default (context);
  rmq_client_config_set_io_context (config, context);
  client = rmq_client_instance_new (config);
  producer = rmq_producer_new (client, "bench-producer");
  core = _rmq_client_instance_get_core (client);
  rmq_producer_send_async (producer, message, G_PRIORITY_DEFAULT, NULL, on_sent, &sent);
  while (!sent)
    g_main_context_iteration (context, TRUE);
  for (int i = 0; i < options.count; i++)
    {
      RmqRoute *route = _rmq_client_core_peek_route (core, options.topic);
      RmqMessageQueue *queue = route->publish->pdata[(unsigned) i % route->publish->len];

      if (_rmq_client_core_find_master (core, rmq_message_queue_get_broker_name (queue)) == NULL)
        g_error ("no address");
    }
  /* The end of the process ends the rest. */
  g_main_context_pop_thread_default (context);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *mode;
    void (*run) (void);
  } modes[] = {
    { "encode", run_encode }, { "decode", run_decode }, { "deliver", run_deliver }, { "route", run_route }
  };

  bench_options_parse (&options, argc, argv);
  for (size_t i = 0; i < G_N_ELEMENTS (modes) && options.count > 0; i++)
    if (strcmp (options.mode, modes[i].mode) == 0)
      {
        modes[i].run ();
        return 0;
      }
  fprintf (stderr, "--mode is encode, decode, deliver or route, --count is needed\n");
  return 1;
}
