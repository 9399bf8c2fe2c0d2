/* SPDX-License-Identifier: Apache-2.0
 *
 * What a send inherits from its producer, as properties of RmqProducer.
 */
#include "rmq-producer-private.h"

static const char *const compression_names[] = { "zlib", "lz4", "zstd", NULL };

void
_rmq_producer_options_get (const RmqProducerOptions *self, unsigned option, GValue *value)
{
  switch (option)
    {
    case RMQ_PRODUCER_OPTION_SEND_TIMEOUT:
      g_value_set_uint (value, self->send_timeout_ms);
      break;
    case RMQ_PRODUCER_OPTION_ATTEMPT_TIMEOUT:
      g_value_set_uint (value, self->attempt_timeout_ms);
      break;
    case RMQ_PRODUCER_OPTION_RETRIES:
      g_value_set_uint (value, self->retries);
      break;
    case RMQ_PRODUCER_OPTION_RETRY_WEAKLY_STORED:
      g_value_set_boolean (value, self->retry_weak);
      break;
    case RMQ_PRODUCER_OPTION_MAX_PENDING:
      g_value_set_uint (value, self->max_pending);
      break;
    case RMQ_PRODUCER_OPTION_MAX_MESSAGE_SIZE:
      g_value_set_uint (value, (unsigned) self->max_message_size);
      break;
    case RMQ_PRODUCER_OPTION_COMPRESSION:
      g_value_set_string (value, self->compress ? compression_names[self->compression] : "none");
      break;
    case RMQ_PRODUCER_OPTION_COMPRESS_THRESHOLD:
      g_value_set_uint (value, (unsigned) self->compress_threshold);
      break;
    case RMQ_PRODUCER_OPTION_DEFAULT_QUEUES:
    default:
      g_value_set_uint (value, (unsigned) self->default_queues);
      break;
    }
}

/* "none", or the name of a format; another name is a warning and changes nothing. */
static void
set_compression (RmqProducerOptions *self, const char *name)
{
  if (name == NULL || strcmp (name, "none") == 0)
    {
      self->compress = false;
      return;
    }
  for (unsigned i = 0; compression_names[i] != NULL; i++)
    {
      if (strcmp (compression_names[i], name) != 0)
        continue;
      self->compress = true;
      self->compression = (RmqCompression) i;
      return;
    }
  g_warning ("RmqProducer:compression: there is no %s: none, zlib, lz4 and zstd are known", name);
}

void
_rmq_producer_options_set (RmqProducerOptions *self, unsigned option, const GValue *value)
{
  switch (option)
    {
    case RMQ_PRODUCER_OPTION_SEND_TIMEOUT:
      self->send_timeout_ms = g_value_get_uint (value);
      break;
    case RMQ_PRODUCER_OPTION_ATTEMPT_TIMEOUT:
      self->attempt_timeout_ms = g_value_get_uint (value);
      break;
    case RMQ_PRODUCER_OPTION_RETRIES:
      self->retries = g_value_get_uint (value);
      break;
    case RMQ_PRODUCER_OPTION_RETRY_WEAKLY_STORED:
      self->retry_weak = g_value_get_boolean (value);
      break;
    case RMQ_PRODUCER_OPTION_MAX_PENDING:
      self->max_pending = g_value_get_uint (value);
      break;
    case RMQ_PRODUCER_OPTION_MAX_MESSAGE_SIZE:
      self->max_message_size = g_value_get_uint (value);
      break;
    case RMQ_PRODUCER_OPTION_COMPRESSION:
      set_compression (self, g_value_get_string (value));
      break;
    case RMQ_PRODUCER_OPTION_COMPRESS_THRESHOLD:
      self->compress_threshold = g_value_get_uint (value);
      break;
    case RMQ_PRODUCER_OPTION_DEFAULT_QUEUES:
    default:
      self->default_queues = (int) g_value_get_uint (value);
      break;
    }
}

void
_rmq_producer_options_install (GParamSpec **specs)
{
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  /**
   * RmqProducer:send-timeout: (getter get_send_timeout) (setter set_send_timeout)
   *
   * Milliseconds a send may take, its route, connection and every try included.
   */
  specs[RMQ_PRODUCER_OPTION_SEND_TIMEOUT] =
      g_param_spec_uint ("send-timeout", "Send timeout", "Milliseconds a send may take", 1, 86400000, 3000, flags);
  /**
   * RmqProducer:attempt-timeout:
   *
   * Milliseconds that one try may take, of [property@Producer:send-timeout], before another broker is tried; 0, the
   * default: as long as the whole. The last try may use all that is left. A message whose try timed out may be stored
   * twice, with the same unique id.
   *
   * RocketMQ: `sendMsgMaxTimeoutPerRequest`.
   */
  specs[RMQ_PRODUCER_OPTION_ATTEMPT_TIMEOUT] =
      g_param_spec_uint ("attempt-timeout", "Attempt timeout", "Milliseconds one try may take", 0, 86400000, 0, flags);
  /**
   * RmqProducer:retries: (getter get_retries) (setter set_retries)
   *
   * How often a send is tried again on another queue, within its timeout.
   */
  specs[RMQ_PRODUCER_OPTION_RETRIES] =
      g_param_spec_uint ("retries", "Retries", "How often a send is tried again", 0, 1000, 2, flags);
  /**
   * RmqProducer:retry-weakly-stored:
   *
   * Whether a message that a broker stored without the confirmation of its disk or slave
   * (%RMQ_SEND_STATUS_FLUSH_DISK_TIMEOUT and the like) is sent to another broker, too. It stands in both then, with the
   * same unique id. When no other try succeeds the send has succeeded with that status.
   *
   * RocketMQ: `retryAnotherBrokerWhenNotStoreOK`.
   */
  specs[RMQ_PRODUCER_OPTION_RETRY_WEAKLY_STORED] = g_param_spec_boolean (
      "retry-weakly-stored", "Retry weakly stored", "Whether weakly stored messages are sent again", FALSE, flags);
  /**
   * RmqProducer:max-pending:
   *
   * How many enqueued and one-way messages may be on their way. More than a
   * broker works off in its 200 ms of patience only makes it refuse them.
   */
  specs[RMQ_PRODUCER_OPTION_MAX_PENDING] = g_param_spec_uint (
      "max-pending", "Max pending", "Enqueued messages that may be on their way", 1, G_MAXINT / 2, 4096, flags);
  /**
   * RmqProducer:max-message-size:
   *
   * Bytes a body may have. Brokers refuse more than 4 MiB by default.
   */
  specs[RMQ_PRODUCER_OPTION_MAX_MESSAGE_SIZE] = g_param_spec_uint (
      "max-message-size", "Max message size", "Bytes a body may have", 1, 15 * 1024 * 1024, 4 * 1024 * 1024, flags);
  /**
   * RmqProducer:compression:
   *
   * How large bodies are compressed: `none`, `zlib`, `lz4` or `zstd`.
   */
  specs[RMQ_PRODUCER_OPTION_COMPRESSION] =
      g_param_spec_string ("compression", "Compression", "none, zlib, lz4 or zstd", "zlib", flags);
  /**
   * RmqProducer:compress-threshold:
   *
   * Bodies of this many bytes and more are compressed.
   */
  specs[RMQ_PRODUCER_OPTION_COMPRESS_THRESHOLD] =
      g_param_spec_uint ("compress-threshold", "Compress threshold", "Bytes from which on bodies are compressed", 1,
                         G_MAXINT, 4096, flags);
  /**
   * RmqProducer:default-queues:
   *
   * Queues that a topic gets which the first send creates.
   */
  specs[RMQ_PRODUCER_OPTION_DEFAULT_QUEUES] =
      g_param_spec_uint ("default-queues", "Default queues", "Queues of a topic made by a send", 1, 1024, 4, flags);
}
