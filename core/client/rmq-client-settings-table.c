/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of settings, how their texts are checked and stored, and the names that other clients use for them.
 */
#include "rmq-client-settings-table-private.h"

#include "base/rmq-error-private.h"
#include "base/rmq-suggest-private.h"
#include "remoting/rmq-address-map-private.h"
#include "wire/rmq-client-id-private.h"

#define AT(member) offsetof (RmqClientSettings, member)
#define MS_MAX (86400000)

/* clang-format off */
static const RmqSetting table[] = {
  /**
   * RmqClientConfig:name-servers: (getter get_name_servers) (setter set_name_servers)
   *
   * Addresses of the name servers, as `a;b;c`: each `host:port`, with the name of another transport before it as in
   * `tls://host:port`.
   *
   * `localhost:9876` when neither this nor [property@ClientConfig:discovery] is set. RocketMQ: `namesrvAddr`.
   */
  { "name-servers", RMQ_SETTING_LIST, AT (name_servers), "localhost:9876", 0, 0 },
  /**
   * RmqClientConfig:client-id:
   *
   * The whole client id, by which brokers tell the members of a group apart. Made of this host's address,
   * [property@ClientConfig:instance-name] and [property@ClientConfig:unit-name] when not set.
   */
  { "client-id", RMQ_SETTING_TEXT, AT (client_id), NULL, 0, 0 },
  /**
   * RmqClientConfig:instance-name:
   *
   * Second part of the client id; unique by itself when not set.
   *
   * RocketMQ: `instanceName`.
   */
  { "instance-name", RMQ_SETTING_TEXT, AT (instance_name), NULL, 0, 0 },
  /**
   * RmqClientConfig:unit-name:
   *
   * Third part of the client id, for brokers that are split into units.
   *
   * RocketMQ: `unitName`.
   */
  { "unit-name", RMQ_SETTING_TEXT, AT (unit_name), NULL, 0, 0 },
  /**
   * RmqClientConfig:unit-mode:
   *
   * Whether messages are marked as sent by a unit.
   *
   * `false` when not set. RocketMQ: `unitMode`.
   */
  { "unit-mode", RMQ_SETTING_BOOLEAN, AT (unit_mode), "false", 0, 0 },
  /**
   * RmqClientConfig:namespace:
   *
   * Sent with every request, for brokers and proxies that separate tenants by it.
   *
   * RocketMQ: `namespaceV2`.
   */
  { "namespace", RMQ_SETTING_TEXT, AT (namespace_v2), NULL, 0, 0 },
  /**
   * RmqClientConfig:binary-headers:
   *
   * Whether request headers are sent in the binary form, which is smaller than JSON, where it can carry them.
   *
   * `false` when not set.
   */
  { "binary-headers", RMQ_SETTING_BOOLEAN, AT (binary_headers), "false", 0, 0 },
  /**
   * RmqClientConfig:vip-channel:
   *
   * Whether sends go to the broker's port minus two.
   *
   * `false` when not set. RocketMQ: `vipChannelEnabled`.
   */
  { "vip-channel", RMQ_SETTING_BOOLEAN, AT (vip_channel), "false", 0, 0 },
  /**
   * RmqClientConfig:broker-scheme:
   *
   * Transport for brokers, such as `tcp`; that of the name server that told the address when not set.
   */
  { "broker-scheme", RMQ_SETTING_TEXT, AT (broker_scheme), NULL, 0, 0 },
  /**
   * RmqClientConfig:address-map:
   *
   * What to connect to instead of an address, as `from=to;…`; `*` stands for every host. For brokers behind NAT or in
   * containers, whose registered addresses cannot be reached from here.
   */
  { "address-map", RMQ_SETTING_LIST, AT (address_map), NULL, 0, 0 },
  /**
   * RmqClientConfig:rpc-hooks:
   *
   * Names of the hooks of this client, in order, as `acl;log`.
   */
  { "rpc-hooks", RMQ_SETTING_LIST, AT (rpc_hooks), NULL, 0, 0 },
  /**
   * RmqClientConfig:discovery:
   *
   * The plugin that finds the name servers, such as `http`, when none are set.
   */
  { "discovery", RMQ_SETTING_TEXT, AT (discovery), NULL, 0, 0 },
  /**
   * RmqClientConfig:memory-limit:
   *
   * Bytes of messages that the application and the caches of queues may hold together before pulling stops; 0: no
   * limit.
   *
   * `k`, `M` and `G` may follow the number; 0 when not set.
   */
  { "memory-limit", RMQ_SETTING_BYTES, AT (memory_limit), "0", 0, INT64_MAX },
  /**
   * RmqClientConfig:max-in-flight:
   *
   * Unanswered requests on one connection; more of them wait in its queue.
   *
   * 1 to 1048576; 65535 when not set. RocketMQ: `clientAsyncSemaphoreValue`.
   */
  { "max-in-flight", RMQ_SETTING_NUMBER, AT (max_in_flight), "65535", 1, 1048576 },
  /**
   * RmqClientConfig:request-timeout:
   *
   * How long a request may take that is no send and no pull: of routes, offsets, members of groups.
   *
   * Milliseconds, 1 to 86400000; 3000 when not set. RocketMQ: `mqClientApiTimeout`.
   */
  { "request-timeout", RMQ_SETTING_MILLISECONDS, AT (request_timeout), "3000", 1, MS_MAX },
  /**
   * RmqClientConfig:connect-timeout:
   *
   * How long connecting may take, over all addresses of a name.
   *
   * Milliseconds, 1 to 86400000; 3000 when not set. RocketMQ: `connectTimeoutMillis`.
   */
  { "connect-timeout", RMQ_SETTING_MILLISECONDS, AT (connect_timeout), "3000", 1, MS_MAX },
  /**
   * RmqClientConfig:idle-timeout:
   *
   * A connection without traffic is closed after this; 0: never.
   *
   * Milliseconds, 0 to 86400000; 120000 when not set. RocketMQ: `clientChannelMaxIdleTimeSeconds`, in seconds.
   */
  { "idle-timeout", RMQ_SETTING_MILLISECONDS, AT (idle_timeout), "120000", 0, MS_MAX },
  /**
   * RmqClientConfig:route-interval:
   *
   * How often routes are asked for again.
   *
   * Milliseconds, 10 to 86400000; 30000 when not set. RocketMQ: `pollNameServerInterval`.
   */
  { "route-interval", RMQ_SETTING_MILLISECONDS, AT (route_interval), "30000", 10, MS_MAX },
  /**
   * RmqClientConfig:discovery-interval:
   *
   * How often name servers are looked for.
   *
   * Milliseconds, 10 to 86400000; 120000 when not set.
   */
  { "discovery-interval", RMQ_SETTING_MILLISECONDS, AT (discovery_interval), "120000", 10, MS_MAX },
  /**
   * RmqClientConfig:heartbeat-interval:
   *
   * How often every broker hears from the client.
   *
   * Milliseconds, 10 to 86400000; 30000 when not set. RocketMQ: `heartbeatBrokerInterval`.
   */
  { "heartbeat-interval", RMQ_SETTING_MILLISECONDS, AT (heartbeat_interval), "30000", 10, MS_MAX },
  /**
   * RmqClientConfig:commit-interval:
   *
   * How often consumed offsets are committed.
   *
   * Milliseconds, 10 to 86400000; 5000 when not set. RocketMQ: `persistConsumerOffsetInterval`.
   */
  { "commit-interval", RMQ_SETTING_MILLISECONDS, AT (commit_interval), "5000", 10, MS_MAX },
  /**
   * RmqClientConfig:rebalance-interval:
   *
   * How often queues are shared out even when nothing seems to have changed.
   *
   * Milliseconds, 10 to 86400000; 20000 when not set.
   */
  { "rebalance-interval", RMQ_SETTING_MILLISECONDS, AT (rebalance_interval), "20000", 10, MS_MAX },
  /**
   * RmqClientConfig:rebalance-retry:
   *
   * The least time between two rebalances, and until the next one after a failure.
   *
   * Milliseconds, 10 to 86400000; 1000 when not set.
   */
  { "rebalance-retry", RMQ_SETTING_MILLISECONDS, AT (rebalance_retry), "1000", 10, MS_MAX },
  /**
   * RmqClientConfig:pull-retry-delay:
   *
   * Until a queue is pulled again after an error.
   *
   * Milliseconds, 1 to 86400000; 1000 when not set. RocketMQ: `pullTimeDelayMillsWhenException`.
   */
  { "pull-retry-delay", RMQ_SETTING_MILLISECONDS, AT (pull_retry_delay), "1000", 1, MS_MAX },
  /**
   * RmqClientConfig:flow-control-delay:
   *
   * Until it is looked again whether a queue may be pulled, when the memory limit is reached.
   *
   * Milliseconds, 1 to 86400000; 50 when not set.
   */
  { "flow-control-delay", RMQ_SETTING_MILLISECONDS, AT (flow_control_delay), "50", 1, MS_MAX },
  /**
   * RmqClientConfig:pull-suspend:
   *
   * How long a broker may hold a pull that finds nothing.
   *
   * Milliseconds, 0 to 86400000; 15000 when not set.
   */
  { "pull-suspend", RMQ_SETTING_MILLISECONDS, AT (pull_suspend), "15000", 0, MS_MAX },
  /**
   * RmqClientConfig:pull-timeout:
   *
   * How long a pull may take, its suspension included.
   *
   * Milliseconds, 1 to 86400000; 30000 when not set.
   */
  { "pull-timeout", RMQ_SETTING_MILLISECONDS, AT (pull_timeout), "30000", 1, MS_MAX },
  /**
   * RmqClientConfig:queue-idle-limit:
   *
   * A queue not pulled for this long is dropped and taken anew.
   *
   * Milliseconds, 10 to 86400000; 120000 when not set.
   */
  { "queue-idle-limit", RMQ_SETTING_MILLISECONDS, AT (queue_idle_limit), "120000", 10, MS_MAX },
  /**
   * RmqClientConfig:retry-local-delay:
   *
   * Until a message is handled again that could not be sent back.
   *
   * Milliseconds, 1 to 86400000; 5000 when not set.
   */
  { "retry-local-delay", RMQ_SETTING_MILLISECONDS, AT (retry_local_delay), "5000", 1, MS_MAX },
  /**
   * RmqClientConfig:close-timeout:
   *
   * How long closing may take.
   *
   * Milliseconds, 0 to 86400000; 5000 when not set.
   */
  { "close-timeout", RMQ_SETTING_MILLISECONDS, AT (close_timeout), "5000", 0, MS_MAX },
};
/* clang-format on */

/* What other clients call it. An empty name: there is no such thing here, and the advice says why. */
static const struct
{
  const char *foreign;
  const char *key;
  const char *advice;
} foreign_names[] = {
  { "namesrvAddr", "name-servers", NULL },
  { "rocketmq.namesrv.addr", "name-servers", NULL },
  { "nameServer", "name-servers", NULL },
  { "namesrv", "name-servers", NULL },
  { "nameserver", "name-servers", NULL },
  { "instanceName", "instance-name", NULL },
  { "rocketmq.client.name", "instance-name", NULL },
  { "unitName", "unit-name", NULL },
  { "unitMode", "unit-mode", NULL },
  { "namespaceV2", "namespace", NULL },
  { "vipChannelEnabled", "vip-channel", NULL },
  { "pollNameServerInterval", "route-interval", NULL },
  { "heartbeatBrokerInterval", "heartbeat-interval", NULL },
  { "persistConsumerOffsetInterval", "commit-interval", NULL },
  { "pullTimeDelayMillsWhenException", "pull-retry-delay", NULL },
  { "mqClientApiTimeout", "request-timeout", NULL },
  { "connectTimeoutMillis", "connect-timeout", NULL },
  { "clientChannelMaxIdleTimeSeconds", "idle-timeout", "in milliseconds" },
  { "clientAsyncSemaphoreValue", "max-in-flight", NULL },
  { "clientIP", "client-id", "the whole id is set, as ip@instance" },
  { "useTLS", "", "write the address as tls://host:port" },
  { "clientCallbackExecutorThreads", "", "callbacks run in your main context, not in a pool" },
  { "useHeartbeatV2", "",
    "the fingerprint of heartbeat v2 depends on Java's object addresses: full heartbeats are sent" },
  { "accessKey", "", "set rpc-hooks=acl and rpc-hook.acl.access-key" },
  { "secretKey", "", "set rpc-hooks=acl and rpc-hook.acl.secret-key" },
  { "sendMsgTimeout", "", "it is RmqProducer's property send-timeout" },
  { "retryTimesWhenSendFailed", "", "it is RmqProducer's property retries" },
  { "consumeThreadMin", "", "it is RmqPushConsumer's property consume-threads" },
  { "consumeThreadMax", "", "it is RmqPushConsumer's property consume-threads" },
  { "pullBatchSize", "", "it is RmqPushConsumer's property pull-batch-size" },
};

const RmqSetting *
_rmq_settings_get_table (unsigned *n_settings)
{
  *n_settings = G_N_ELEMENTS (table);
  return table;
}

int
_rmq_settings_find (const char *key)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (table); i++)
    if (strcmp (table[i].key, key) == 0)
      return (int) i;
  return -1;
}

bool
_rmq_settings_is_option (const char *key)
{
  static const char *const points[] = { "transport.",  "rpc-hook.", "discovery.",    "compressor.",
                                        "allocation.", "metrics.",  "offset-store.", "interceptor." };

  for (unsigned i = 0; i < G_N_ELEMENTS (points); i++)
    {
      const char *feature = g_str_has_prefix (key, points[i]) ? key + strlen (points[i]) : NULL;
      const char *dot = feature != NULL ? strchr (feature, '.') : NULL;

      if (dot != NULL && dot > feature && dot[1] != '\0')
        return true;
    }
  return false;
}

bool
_rmq_settings_is_secret (const char *key)
{
  static const char *const words[] = { "secret", "password", "token", "passphrase", "pin" };
  const char *last = strrchr (key, '.');
  g_auto (GStrv) parts = g_strsplit (last != NULL ? last + 1 : key, "-", -1);

  for (unsigned i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_strv_contains ((const char *const *) parts, words[i]))
      return true;
  return false;
}

static const char *
nearest_key (const char *key)
{
  const char *keys[G_N_ELEMENTS (table)];

  for (unsigned i = 0; i < G_N_ELEMENTS (table); i++)
    keys[i] = table[i].key;
  return _rmq_suggest_nearest (key, keys, G_N_ELEMENTS (keys), (unsigned) MAX (strlen (key) / 2, 3) - 1);
}

void
_rmq_settings_set_unknown (const char *key, const char *origin, GError **error)
{
  const char *nearest = nearest_key (key);

  for (unsigned i = 0; i < G_N_ELEMENTS (foreign_names); i++)
    {
      const char *advice = foreign_names[i].advice;

      if (g_ascii_strcasecmp (foreign_names[i].foreign, key) != 0)
        continue;
      if (foreign_names[i].key[0] == '\0')
        _rmq_set_error (error, RMQ_ERROR_INVALID_CONFIG, NULL, "%s: there is no setting %s here: %s", origin, key,
                        advice);
      else
        _rmq_set_error (error, RMQ_ERROR_INVALID_CONFIG, NULL, "%s: %s is called %s here%s%s", origin, key,
                        foreign_names[i].key, advice != NULL ? ": " : "", advice != NULL ? advice : "");
      return;
    }
  if (nearest != NULL)
    _rmq_set_error (error, RMQ_ERROR_INVALID_CONFIG, NULL, "%s: unknown setting %s: was %s meant?", origin, key,
                    nearest);
  else
    _rmq_set_error (error, RMQ_ERROR_INVALID_CONFIG, NULL, "%s: unknown setting %s", origin, key);
}

bool
_rmq_setting_parse_number (const RmqSetting *setting, const char *text, int64_t *value)
{
  char *end = NULL;
  int64_t factor = 1;

  if (setting->kind == RMQ_SETTING_BOOLEAN)
    {
      *value =
          g_ascii_strcasecmp (text, "true") == 0 || strcmp (text, "1") == 0 || g_ascii_strcasecmp (text, "yes") == 0;
      return *value != 0 || g_ascii_strcasecmp (text, "false") == 0 || strcmp (text, "0") == 0
             || g_ascii_strcasecmp (text, "no") == 0;
    }
  errno = 0;
  *value = g_ascii_strtoll (text, &end, 10);
  if (errno != 0 || end == text)
    return false;
  if (setting->kind == RMQ_SETTING_BYTES && *end != '\0')
    {
      const char *units = "kMG";
      const char *unit = strchr (units, *end);

      if (unit == NULL)
        return false;
      factor = (int64_t) 1 << (10 * (unit - units + 1));
      end++;
    }
  if (*end != '\0' || *value < setting->min || *value > setting->max / factor)
    return false;
  *value *= factor;
  return true;
}

static char **
split_list (const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, ";", -1);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (unsigned i = 0; parts[i] != NULL; i++)
    if (*g_strstrip (parts[i]) != '\0')
      g_strv_builder_add (builder, parts[i]);
  return g_strv_builder_end (builder);
}

static bool
check_list (const char *key, const char *text, GError **error)
{
  g_auto (GStrv) list = NULL;
  g_autoptr (RmqAddressMap) map = NULL;

  if (strcmp (key, "name-servers") == 0)
    {
      list = _rmq_name_servers_parse (text, error);
      return list != NULL;
    }
  if (strcmp (key, "address-map") != 0)
    return true;
  list = split_list (text);
  map = _rmq_address_map_new ((const char *const *) list, error);
  return map != NULL;
}

bool
_rmq_setting_check (const RmqSetting *setting, const char *text, const char *origin, GError **error)
{
  g_autoptr (GError) reason = NULL;
  int64_t value;

  if (setting->kind == RMQ_SETTING_TEXT)
    return true;
  if (setting->kind == RMQ_SETTING_LIST)
    {
      if (check_list (setting->key, text, &reason))
        return true;
      _rmq_set_error (error, RMQ_ERROR_INVALID_CONFIG, NULL, "%s: %s=%s: %s", origin, setting->key, text,
                      reason->message);
      return false;
    }
  if (_rmq_setting_parse_number (setting, text, &value))
    return true;
  if (setting->kind == RMQ_SETTING_BOOLEAN)
    _rmq_set_error (error, RMQ_ERROR_INVALID_CONFIG, NULL, "%s: %s=%s: true or false was expected", origin,
                    setting->key, text);
  else
    _rmq_set_error (error, RMQ_ERROR_INVALID_CONFIG, NULL,
                    "%s: %s=%s: a whole number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT "%s was expected",
                    origin, setting->key, text, setting->min, setting->max,
                    setting->kind == RMQ_SETTING_MILLISECONDS ? " (milliseconds)" : "");
  return false;
}

void
_rmq_setting_store (const RmqSetting *setting, const char *text, RmqClientSettings *settings)
{
  void *place = (uint8_t *) settings + setting->offset;
  int64_t value = 0;

  if (setting->kind != RMQ_SETTING_TEXT && setting->kind != RMQ_SETTING_LIST)
    _rmq_setting_parse_number (setting, text, &value);
  switch (setting->kind)
    {
    case RMQ_SETTING_TEXT:
      *(char **) place = text != NULL && *text != '\0' ? g_strdup (text) : NULL;
      break;
    case RMQ_SETTING_LIST:
      *(char ***) place = split_list (text != NULL ? text : "");
      break;
    case RMQ_SETTING_BOOLEAN:
      *(bool *) place = value != 0;
      break;
    case RMQ_SETTING_MILLISECONDS:
      *(int64_t *) place = value * 1000;
      break;
    case RMQ_SETTING_NUMBER:
      *(unsigned *) place = (unsigned) value;
      break;
    case RMQ_SETTING_BYTES:
      *(size_t *) place = (size_t) value;
      break;
    default:
      g_assert_not_reached ();
    }
}
