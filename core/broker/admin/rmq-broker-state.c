/* SPDX-License-Identifier: Apache-2.0
 *
 * The broker's own state and settings, as the tools ask for them. (RocketMQ: AdminBrokerProcessor, BrokerConfig.) Rates
 * are averages since the start; there are no thread pools, so their queues are empty.
 */
#include "broker/rmq-broker-core-private.h"

#include <inttypes.h>
#include "base/rmq-log-private.h"
#include "broker/fault/rmq-broker-fault-private.h"
#include "broker/rmq-broker-modules-private.h"
#include "wire/rmq-cluster-body-private.h"
#include "wire/rmq-codes-private.h"
#include "wire/rmq-header-broker-private.h"

/* --- running state ------------------------------------------------------------------------------------------- */

static void
add_number (GPtrArray *table, const char *key, int64_t number)
{
  char text[32];

  g_snprintf (text, sizeof text, "%" PRId64, number);
  _rmq_string_pairs_add (table, key, text);
}

/* Java has three windows: 10 s, a minute, ten minutes. */
static void
add_rates (RmqBrokerCore *core, GPtrArray *table, const char *key, uint64_t n)
{
  double seconds = (double) MAX (rmq_broker_now_ms (core) - core->boot_ms, 1) / 1000.0;
  char rate[G_ASCII_DTOSTR_BUF_SIZE];
  char text[3 * G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (rate, sizeof rate, "%.3f", (double) n / seconds);
  g_snprintf (text, sizeof text, "%s %s %s", rate, rate, rate);
  _rmq_string_pairs_add (table, key, text);
}

static void
add_totals (GPtrArray *table, const char *what, uint64_t n)
{
  static const char *const days[] = { "YesterdayMorning", "TodayMorning", "TodayNow" };

  for (unsigned i = 0; i < G_N_ELEMENTS (days); i++)
    {
      g_autofree char *key = g_strconcat (what, days[i], NULL);

      add_number (table, key, i == 2 ? (int64_t) n : 0);
    }
}

static void
add_pools (GPtrArray *table)
{
  static const char *const pools[] = { "send", "pull", "litePull", "query", "ack" };

  for (unsigned i = 0; i < G_N_ELEMENTS (pools); i++)
    {
      g_autofree char *size = g_strconcat (pools[i], "ThreadPoolQueueSize", NULL);
      g_autofree char *capacity = g_strconcat (pools[i], "ThreadPoolQueueCapacity", NULL);
      g_autofree char *wait = g_strconcat (pools[i], "ThreadPoolQueueHeadWaitTimeMills", NULL);

      add_number (table, size, 0);
      add_number (table, capacity, 10000);
      add_number (table, wait, 0);
    }
  add_number (table, "EndTransactionQueueSize", 0);
  add_number (table, "EndTransactionThreadPoolQueueCapacity", 10000);
}

static void
add_store (RmqBrokerCore *core, GPtrArray *table)
{
  RmqStoreStats stats = { 0 };
  g_autofree char *ratio = NULL;
  uint64_t most = (uint64_t) MAX (core->settings->max_store_bytes, 1);
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  RmqStoredRecord first;
  RmqRecord record;

  _rmq_broker_store_get_stats (core->store, &stats);
  add_number (table, "commitLogMinOffset", stats.min_physical_offset);
  add_number (table, "commitLogMaxOffset", stats.max_physical_offset);
  ratio = g_strdup (g_ascii_formatd (number, sizeof number, "%.4f", (double) stats.n_bytes / (double) most));
  _rmq_string_pairs_add (table, "commitLogDiskRatio", ratio);
  _rmq_string_pairs_add (table, "consumeQueueDiskRatio", ratio);
  add_number (table, "earliestMessageTimeStamp",
              _rmq_broker_store_lookup (core->store, stats.min_physical_offset, &first)
                      && _rmq_record_decode (&record, first.data, first.size, 0, NULL)
                  ? record.store_timestamp
                  : -1);
}

static void
handle_runtime (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  static const char *const zeros[] = {
    "dispatchBehindBytes", "pageCacheLockTimeMills",  "remainHowManyDataToFlush", "putMessageFailedTimes",
    "timerReadBehind",     "timerOffsetBehind",       "timerCongestNum",          "timerEnqueueTps",
    "timerDequeueTps",     "putMessageEntireTimeMax", "getMessageEntireTimeMax",  "remainTransientStoreBufferNumbs",
  };
  const RmqBrokerCounters *counters = &core->counters;
  g_autoptr (RmqKvTableBody) body = _rmq_kv_table_body_new ();
  GPtrArray *table = body->table;
  char version[RMQ_VERSION_NAME_SIZE];

  add_number (table, "brokerVersion", RMQ_VERSION_CURRENT);
  _rmq_string_pairs_add (table, "brokerVersionDesc", _rmq_version_get_name (RMQ_VERSION_CURRENT, version));
  _rmq_string_pairs_add (table, "brokerActive", "true");
  add_number (table, "bootTimestamp", core->boot_ms);
  add_number (table, "startAcceptSendRequestTimeStamp", core->boot_ms);
  add_number (table, "runtime", rmq_broker_now_ms (core) - core->boot_ms);
  add_rates (core, table, "putTps", counters->n_put);
  add_rates (core, table, "getTransferredTps", counters->n_got);
  add_rates (core, table, "getTotalTps", counters->n_got);
  add_rates (core, table, "getFoundTps", counters->n_got);
  add_rates (core, table, "getMissTps", 0);
  add_number (table, "putMessageTimesTotal", (int64_t) counters->n_put);
  add_number (table, "putMessageSizeTotal", (int64_t) counters->n_put_bytes);
  add_number (table, "putMessageAverageSize", (int64_t) (counters->n_put_bytes / MAX (counters->n_put, 1)));
  add_totals (table, "msgPutTotal", counters->n_put);
  add_totals (table, "msgGetTotal", counters->n_got);
  add_store (core, table);
  add_pools (table);
  for (unsigned i = 0; i < G_N_ELEMENTS (zeros); i++)
    add_number (table, zeros[i], 0);
  _rmq_broker_answer_body (core, &request->ticket, &_rmq_kv_table_body_type, body);
}

/* --- settings ------------------------------------------------------------------------------------------------ */

static void
handle_get_config (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqDataVersion *version = data;
  g_autofree char *text = _rmq_broker_settings_to_text (core->settings);
  g_autofree char *version_text = _rmq_body_to_string (&_rmq_data_version_type, version);
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  RmqGetBrokerConfigResponseHeader header = { 0 };
  RmqBrokerAnswer answer = {
    .code = RMQ_RESPONSE_SUCCESS, .table = RMQ_HEADER (GetBrokerConfigResponseHeader), .header = &header, .body = bytes
  };

  RMQ_HEADER_SET (header, version, rmq_slice_from_string (version_text));
  _rmq_broker_answer (core, &request->ticket, &answer);
}

/* One line of a properties file: false for blanks and comments. \ before a character stands for that one. */
static bool
split_line (const char *line, GString *name, GString *value)
{
  GString *out = name;

  g_string_truncate (name, 0);
  g_string_truncate (value, 0);
  while (g_ascii_isspace (*line))
    line++;
  if (*line == '\0' || *line == '#' || *line == '!')
    return false;
  for (; *line != '\0' && *line != '\r'; line++)
    if (out == name && (*line == '=' || *line == ':'))
      out = value;
    else if (*line == '\\' && line[1] != '\0')
      g_string_append_c (out, *++line);
    else
      g_string_append_c (out, *line);
  g_strchomp (name->str);
  g_strstrip (value->str);
  return true;
}

/* Settings of Java's broker that this one has not are no errors: the tools set whatever a user names. */
static bool
apply (RmqBrokerCore *core, RmqBrokerSettings *settings, const char *name, const char *value, GError **error)
{
  g_autofree char *present = _rmq_broker_settings_get (settings, name);

  if (g_str_equal (name, "faults"))
    return _rmq_broker_faults_replace (core, value, error);
  if (!_rmq_broker_settings_has (name))
    {
      rmq_info ("broker", name, "There is no setting %s here: it was not changed to \"%s\"", name, value);
      return true;
    }
  if (present != NULL && g_str_equal (present, value))
    return true;
  return _rmq_broker_settings_set (settings, name, value, true, error);
}

typedef struct
{
  int code;
  GError *error;
} Refusal;

/* All of text, or nothing; core is NULL for a trial. */
static bool
apply_text (RmqBrokerCore *core, RmqBrokerSettings *settings, const char *text, Refusal *refusal)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autoptr (GString) name = g_string_new (NULL);
  g_autoptr (GString) value = g_string_new (NULL);

  for (unsigned i = 0; lines[i] != NULL; i++)
    {
      if (!split_line (lines[i], name, value))
        continue;
      if (g_str_equal (name->str, "brokerConfigPath") || g_str_equal (name->str, "configBlackList"))
        {
          refusal->code = RMQ_RESPONSE_NO_PERMISSION;
          return false;
        }
      if (!apply (core, settings, name->str, value->str, &refusal->error))
        {
          refusal->code = RMQ_RESPONSE_SYSTEM_ERROR;
          return false;
        }
    }
  return true;
}

static void
handle_set_config (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqDataVersion *version = data;
  RmqSlice body = request->frame->body;
  g_autofree char *text = g_strndup (body.data != NULL ? body.data : "", body.len);
  g_autoptr (RmqBrokerSettings) trial = _rmq_broker_settings_copy (core->settings);
  Refusal refusal = { 0 };

  if (!apply_text (NULL, trial, text, &refusal))
    {
      _rmq_broker_answer_code (core, &request->ticket, refusal.code, "%s",
                               refusal.error != NULL ? refusal.error->message : "Can not update config in black list.");
      g_clear_error (&refusal.error);
      return;
    }
  apply_text (core, core->settings, text, &refusal);
  version->counter++;
  version->timestamp = rmq_broker_now_ms (core);
  _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_SUCCESS, NULL);
}

/* --- clean-ups ----------------------------------------------------------------------------------------------- */

/* There is nothing that a store does not clean up by itself. */
static void
handle_clean_up (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_SUCCESS, NULL);
}

/* No statistics by topic and group are kept. */
static void
handle_stats (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqViewBrokerStatsDataRequestHeader header;

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (ViewBrokerStatsDataRequestHeader), &header))
    return;
  _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_SYSTEM_ERROR, "The stats <%.*s> <%.*s> not exist",
                           (int) header.stats_name.len, header.stats_name.data, (int) header.stats_key.len,
                           header.stats_key.data);
}

/* --- module -------------------------------------------------------------------------------------------------- */

static bool
start (RmqBrokerCore *core, void **data, GError **error)
{
  RmqDataVersion *version = _rmq_data_version_new ();

  version->timestamp = rmq_broker_now_ms (core);
  *data = version;
  return true;
}

static void
stop (RmqBrokerCore *core, void *data)
{
  _rmq_data_version_free (data);
}

static const RmqBrokerRoute routes[] = {
  { RMQ_REQUEST_GET_BROKER_RUNTIME_INFO, handle_runtime }, { RMQ_REQUEST_GET_BROKER_CONFIG, handle_get_config },
  { RMQ_REQUEST_UPDATE_BROKER_CONFIG, handle_set_config }, { RMQ_REQUEST_CLEAN_EXPIRED_CONSUMEQUEUE, handle_clean_up },
  { RMQ_REQUEST_CLEAN_UNUSED_TOPIC, handle_clean_up },     { RMQ_REQUEST_DELETE_EXPIRED_COMMITLOG, handle_clean_up },
  { RMQ_REQUEST_VIEW_BROKER_STATS_DATA, handle_stats },
};

const RmqBrokerModule rmq_broker_state_module = {
  .name = "state",
  .routes = routes,
  .n_routes = G_N_ELEMENTS (routes),
  .start = start,
  .stop = stop,
};
