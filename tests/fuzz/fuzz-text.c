/* SPDX-License-Identifier: Apache-2.0
 *
 * Names, addresses, expressions, tables and file texts from anywhere: what is taken comes back from its own text.
 */
#include <string.h>
#include "rmq-fuzz.h"
#include "wire/rmq-client-id-private.h"
#include "wire/rmq-delay-level-private.h"
#include "wire/rmq-flags-private.h"
#include "wire/rmq-java-private.h"
#include "wire/rmq-lock-body-private.h"
#include "wire/rmq-names-private.h"
#include "wire/rmq-namespace-private.h"
#include "wire/rmq-offset-table-private.h"
#include "wire/rmq-subscription-private.h"
#include "wire/rmq-topic-config-private.h"

static void
run_names (const char *text)
{
  g_autofree char *wrapped = _rmq_namespace_wrap ("NS", text);
  g_autofree char *unwrapped = _rmq_namespace_unwrap ("NS", wrapped);
  g_autofree char *any = _rmq_namespace_unwrap (NULL, text);
  g_autofree char *ns = _rmq_namespace_get (text);
  g_autofree char *retry = _rmq_topic_new_retry (text);

  if (!_rmq_namespace_is_wrapped ("NS", text))
    RMQ_FUZZ_CHECK (strcmp (unwrapped, text) == 0);
  RMQ_FUZZ_CHECK (strlen (any) <= strlen (text) && strlen (ns) <= strlen (text));
  RMQ_FUZZ_CHECK (strcmp (_rmq_topic_get_group (retry), text) == 0);
  if (_rmq_topic_check (text, NULL))
    RMQ_FUZZ_CHECK (_rmq_topic_check_broker (text, NULL) && strlen (text) <= RMQ_TOPIC_MAX_LENGTH);
  RMQ_FUZZ_CHECK (_rmq_group_check (text, NULL) == _rmq_group_check_broker (text, NULL));
  _rmq_topic_is_system (text);
  _rmq_group_is_predefined (text);
  _rmq_compression_from_name (text);
}

static void
run_addresses (const char *text)
{
  g_autofree char *host = NULL;
  g_autofree char *vip = _rmq_vip_address (true, text);
  g_autofree char *id = _rmq_endpoint_get_instance_id (text);
  g_autofree char *url = _rmq_discovery_url (text, text, text);
  g_autofree char *list = _rmq_discovery_parse_body (rmq_slice_from_string (text));
  g_auto (GStrv) servers = _rmq_name_servers_parse (text, NULL);
  uint16_t port;

  RMQ_FUZZ_CHECK (vip != NULL && g_str_has_prefix (url, "http://"));
  RMQ_FUZZ_CHECK (list == NULL || (*list != '\0' && strchr (list, '\n') == NULL));
  if (_rmq_address_parse (text, &host, &port, NULL))
    RMQ_FUZZ_CHECK (port > 0 && *host != '\0');
  RMQ_FUZZ_CHECK ((id != NULL) == _rmq_endpoint_is_instance (text));
  if (servers != NULL)
    {
      g_autofree char *joined = g_strjoinv (";", servers);
      g_auto (GStrv) again = _rmq_name_servers_parse (joined, NULL);

      RMQ_FUZZ_CHECK (_rmq_name_servers_equal ((const char *const *) servers, (const char *const *) again));
    }
}

static void
run_subscription (const char *text)
{
  g_autoptr (RmqSubscription) subscription = _rmq_subscription_build ("T", text, NULL, 1, NULL);

  for (unsigned i = 0; subscription != NULL && i < subscription->tags->len; i++)
    {
      RmqSlice tag = rmq_slice_from_string (g_ptr_array_index (subscription->tags, i));

      RMQ_FUZZ_CHECK (_rmq_subscription_match (subscription, tag));
      RMQ_FUZZ_CHECK (_rmq_subscription_match_code (subscription, _rmq_java_string_hash (tag)));
    }
}

static void
run_tables (const char *text)
{
  g_autoptr (GPtrArray) attributes = _rmq_attributes_parse (text, NULL);
  RmqDelayTable table;
  int64_t ms;

  _rmq_delay_table_parse (&table, text);
  RMQ_FUZZ_CHECK (table.n_levels <= RMQ_DELAY_LEVEL_MAX);
  if (_rmq_timestamp_parse (text, &ms, NULL))
    RMQ_FUZZ_CHECK (strlen (text) == 14);
  if (attributes != NULL)
    {
      g_autofree char *again = _rmq_attributes_to_text (attributes);

      RMQ_FUZZ_CHECK (strcmp (again, text) == 0);
    }
}

static void
run_topic_config (RmqSlice text)
{
  g_autoptr (RmqTopicConfigBody) config = _rmq_topic_config_body_decode_text (text, NULL);
  g_autoptr (RmqTopicConfigBody) again = NULL;
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (64 << 20);

  if (config == NULL)
    return;
  _rmq_topic_config_body_encode_text (config, &out);
  again = _rmq_topic_config_body_decode_text (rmq_slice ((const char *) out.data, out.len), NULL);
  RMQ_FUZZ_CHECK (again != NULL && _rmq_body_equal (&_rmq_topic_config_body_type, config, again));
}

static void
run_offsets (RmqSlice text)
{
  g_autoptr (RmqOffsetTable) table = _rmq_offset_table_decode_reset (text, NULL);
  g_autoptr (RmqOffsetTable) file = _rmq_offset_table_decode (text, NULL);
  g_autoptr (RmqOffsetTable) again = NULL;
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (64 << 20);

  /* A reset is the same table, or a list that is no table of ours. */
  if (table != NULL && table->offsets->len == 0)
    RMQ_FUZZ_CHECK (file == NULL || file->offsets->len == 0);
  if (file == NULL)
    return;
  _rmq_offset_table_write_file (file, &out);
  again = _rmq_offset_table_decode (rmq_slice ((const char *) out.data, out.len), NULL);
  RMQ_FUZZ_CHECK (again != NULL && _rmq_body_equal (&_rmq_offset_table_type, file, again));
}

static void
run_bits (const char *text)
{
  g_autoptr (RmqBatchAck) ack = _rmq_batch_ack_new ();
  g_autoptr (GArray) offsets = g_array_new (FALSE, FALSE, sizeof (int64_t));
  g_autoptr (GArray) again = g_array_new (FALSE, FALSE, sizeof (int64_t));

  ack->bits = g_strdup (text);
  if (!_rmq_batch_ack_get_offsets (ack, 1024, offsets, NULL) || offsets->len == 0)
    return;
  RMQ_FUZZ_CHECK (_rmq_batch_ack_set_offsets (ack, (const int64_t *) offsets->data, offsets->len));
  RMQ_FUZZ_CHECK (_rmq_batch_ack_get_offsets (ack, 1024, again, NULL) && again->len == offsets->len);
}

/* Both halves of the text. */
static void
run_java (const char *text)
{
  g_autofree char *half = g_strndup (text, strlen (text) / 2);
  const char *rest = text + strlen (half);
  int order = _rmq_java_compare (half, rest);

  RMQ_FUZZ_CHECK (_rmq_java_compare (rest, half) == -order);
  RMQ_FUZZ_CHECK ((order == 0) == (strcmp (half, rest) == 0));
  RMQ_FUZZ_CHECK (_rmq_java_string_length (rmq_slice_from_string (text)) <= strlen (text));
  RMQ_FUZZ_CHECK (_rmq_java_hash_index (_rmq_java_string_hash (rmq_slice_from_string (text)), 7) < 7);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);

  run_names (text);
  run_addresses (text);
  run_subscription (text);
  run_tables (text);
  run_topic_config (rmq_slice ((const char *) data, size));
  run_offsets (rmq_slice ((const char *) data, size));
  run_bits (text);
  run_java (text);
  return 0;
}
