/* SPDX-License-Identifier: Apache-2.0
 *
 * Flag words and tables of times.
 */
#include "vectors.h"
#include "wire/rmq-delay-level-private.h"
#include "wire/rmq-flags-private.h"
#include "wire/rmq-topic-route-private.h"

static void
run_pull (VectorCase *self)
{
  int flag = _rmq_pull_flag_build (
      vector_bool (self->input, "commitOffset", false), vector_bool (self->input, "suspend", false),
      vector_bool (self->input, "subscription", false), vector_bool (self->input, "classFilter", false),
      vector_bool (self->input, "litePull", false));

  vector_expect_int (self, "flag", flag, vector_int (self->object, "flag", -1));
  vector_expect_int (self, "clearCommit", flag & ~RMQ_PULL_FLAG_COMMIT_OFFSET,
                     vector_int (self->object, "clearCommit", -1));
  vector_expect_int (self, "clearSuspend", flag & ~RMQ_PULL_FLAG_SUSPEND,
                     vector_int (self->object, "clearSuspend", -1));
  vector_expect_int (self, "withSubscription", flag | RMQ_PULL_FLAG_SUBSCRIPTION,
                     vector_int (self->object, "withSubscription", -1));
}

static void
run_message (VectorCase *self)
{
  int flag = (int) vector_int (self->input, "flag", -1);
  const char *type = _rmq_compression_get_name (flag);

  vector_expect_int (self, "transaction", flag & RMQ_SYS_FLAG_TRANSACTION_MASK,
                     vector_int (self->object, "transaction", -1));
  vector_expect_int (self, "resetCommit", rmq_message_flag_set_transaction (flag, RMQ_SYS_FLAG_TRANSACTION_COMMIT),
                     vector_int (self->object, "resetCommit", -1));
  vector_expect_int (self, "resetNone", rmq_message_flag_set_transaction (flag, RMQ_SYS_FLAG_TRANSACTION_NOT),
                     vector_int (self->object, "resetNone", -1));
  vector_expect_int (self, "clearCompressed", flag & ~RMQ_SYS_FLAG_COMPRESSED,
                     vector_int (self->object, "clearCompressed", -1));
  vector_expect_string (self, "compressionType", type != NULL ? type : "error",
                        vector_string (self->object, "compressionType"));
  vector_expect_bool (self, "needUnwrap", (flag & RMQ_SYS_FLAG_NEED_UNWRAP) != 0,
                      vector_bool (self->object, "needUnwrap", false));
  vector_expect_bool (self, "innerBatch", (flag & RMQ_SYS_FLAG_INNER_BATCH) != 0,
                      vector_bool (self->object, "innerBatch", false));
  vector_expect_bool (self, "bornV6", (flag & RMQ_SYS_FLAG_BORN_HOST_V6) != 0,
                      vector_bool (self->object, "bornV6", false));
  vector_expect_bool (self, "storeV6", (flag & RMQ_SYS_FLAG_STORE_HOST_V6) != 0,
                      vector_bool (self->object, "storeV6", false));
}

static void
run_topic (VectorCase *self)
{
  int flag = (vector_bool (self->input, "unit", false) ? RMQ_TOPIC_UNIT : 0)
             | (vector_bool (self->input, "unitSub", false) ? RMQ_TOPIC_UNIT_SUB : 0);

  vector_expect_int (self, "flag", flag, vector_int (self->object, "flag", -1));
  vector_expect_int (self, "setUnit", flag | RMQ_TOPIC_UNIT, vector_int (self->object, "setUnit", -1));
  vector_expect_int (self, "clearUnit", flag & ~RMQ_TOPIC_UNIT, vector_int (self->object, "clearUnit", -1));
  vector_expect_int (self, "setUnitSub", flag | RMQ_TOPIC_UNIT_SUB, vector_int (self->object, "setUnitSub", -1));
  vector_expect_int (self, "clearUnitSub", flag & ~RMQ_TOPIC_UNIT_SUB, vector_int (self->object, "clearUnitSub", -1));
}

static void
run_perm (VectorCase *self)
{
  int perm = (int) vector_int (self->input, "perm", 0);
  char text[RMQ_PERM_TEXT_SIZE];
  bool readable = (perm & RMQ_PERM_READ) != 0;
  bool writable = (perm & RMQ_PERM_WRITE) != 0;

  vector_expect_string (self, "text", _rmq_perm_to_text (perm, text), vector_string (self->object, "text"));
  vector_expect_bool (self, "readable", readable, vector_bool (self->object, "readable", false));
  vector_expect_bool (self, "writeable", writable, vector_bool (self->object, "writeable", false));
  vector_expect_bool (self, "accessible", readable || writable, vector_bool (self->object, "accessible", false));
  vector_expect_bool (self, "inherited", (perm & RMQ_PERM_INHERIT) != 0,
                      vector_bool (self->object, "inherited", false));
  vector_expect_bool (self, "priority", (perm & RMQ_PERM_PRIORITY) != 0, vector_bool (self->object, "priority", false));
  vector_expect_bool (self, "valid", _rmq_perm_is_valid (perm), vector_bool (self->object, "valid", false));
}

static void
run_compression (VectorCase *self)
{
  if (vector_string (self->input, "text") != NULL)
    {
      /* A text in the vector says that Java throws. */
      vector_expect_int (self, "flag", _rmq_compression_from_name (vector_string (self->input, "text")),
                         vector_int (self->object, "flag", -1));
      return;
    }
  /* Java's value is the bits moved down; -1 has them all. */
  const char *name =
      _rmq_compression_get_name ((int) vector_int (self->input, "value", 0) * RMQ_SYS_FLAG_COMPRESSION_LZ4);

  vector_expect_string (self, "type", name != NULL ? name : "error", vector_string (self->object, "type"));
}

static bool
run_flags (VectorCase *self)
{
  static const struct
  {
    const char *prefix;
    void (*run) (VectorCase *self);
  } kinds[] = { { "pull", run_pull },
                { "message", run_message },
                { "topic", run_topic },
                { "perm", run_perm },
                { "compression", run_compression } };

  for (size_t i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_has_prefix (self->name, kinds[i].prefix))
      {
        kinds[i].run (self);
        return true;
      }
  return false;
}

static bool
run_latency (VectorCase *self)
{
  vector_expect_int (self, "notAvailableMillis",
                     _rmq_latency_unavailable_ms (vector_int (self->input, "latency", -1),
                                                  vector_bool (self->input, "isolation", false)),
                     vector_int (self->object, "notAvailableMillis", -1));
  return true;
}

static void
check_pop_delays (VectorCase *self)
{
  JsonArray *seconds = vector_array (self->head, "popDelaySeconds");

  for (unsigned i = 0; i < json_array_get_length (seconds); i++)
    vector_expect_int (self, "POP delay", _rmq_pop_retry_delay_seconds ((int) i),
                       json_array_get_int_element (seconds, i));
}

static bool
run_delay (VectorCase *self)
{
  const char *text = vector_string (self->input, "text");
  JsonObject *levels = vector_object (self->object, "levels");
  JsonArray *deliver = vector_array (self->object, "deliver");
  RmqDelayTable table;
  JsonObjectIter iter;
  const char *level;
  JsonNode *ms;

  if (text == NULL || levels == NULL || deliver == NULL)
    return false;
  check_pop_delays (self);
  vector_expect_bool (self, "ok", _rmq_delay_table_parse (&table, text), vector_bool (self->object, "ok", false));
  vector_expect_int (self, "number of levels", table.n_levels, json_object_get_size (levels));
  json_object_iter_init (&iter, levels);
  while (json_object_iter_next (&iter, &level, &ms))
    vector_expect_int (self, level, table.milliseconds[g_ascii_strtoull (level, NULL, 10) % RMQ_DELAY_LEVEL_MAX],
                       json_node_get_int (ms));
  for (unsigned i = 0; i < json_array_get_length (deliver); i++)
    {
      JsonObject *item = json_array_get_object_element (deliver, i);

      vector_expect_int (self, "deliverTimestamp",
                         _rmq_delay_table_deliver_time (&table, (int) vector_int (item, "level", -1),
                                                        vector_int (item, "storeTimestamp", -1)),
                         vector_int (item, "deliverTimestamp", -1));
    }
  return true;
}

const VectorCategory vectors_tables[] = {
  { "delay-level", run_delay },
  { "flags", run_flags },
  { "latency-fault", run_latency },
  { NULL },
};
