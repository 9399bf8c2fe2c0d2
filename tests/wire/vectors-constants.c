/* SPDX-License-Identifier: Apache-2.0
 *
 * constants: codes, enum ordinals and names, each against the constant that stands for it here. One without such a
 * constant must be in the list of those not used, so that nothing is passed over in silence.
 */
#include <rmq/rmq.h>
#include "vectors.h"
#include "wire/rmq-assignment-body-private.h"
#include "wire/rmq-codes-private.h"
#include "wire/rmq-constants-private.h"
#include "wire/rmq-consumer-running-info-private.h"
#include "wire/rmq-flags-private.h"
#include "wire/rmq-frame-private.h"
#include "wire/rmq-heartbeat-private.h"
#include "wire/rmq-names-private.h"
#include "wire/rmq-properties-private.h"
#include "wire/rmq-record-private.h"
#include "wire/rmq-trace-record-private.h"

typedef struct
{
  const char *group;
  const char *name;
  const char *text; /* or NULL: a number */
  int64_t number;
} Constant;

#define NUMBER(group, name, value) { group, #name, NULL, value },
#define TEXT(group, name, value) { group, #name, value, 0 },
#define REQUEST_(name, code) NUMBER ("RequestCode", name, RMQ_REQUEST_##name)
#define RESPONSE_(name, code) NUMBER ("ResponseCode", name, RMQ_RESPONSE_##name)
#define LANGUAGE_(name, code) NUMBER ("LanguageCode", name, RMQ_LANGUAGE_##name)
#define PROPERTY(java_name, name) TEXT ("MessageConst", PROPERTY_##java_name, RMQ_PROPERTY_##name)
#define SYS_FLAG(java_name, name) NUMBER ("MessageSysFlag", java_name, RMQ_SYS_FLAG_##name)

static const Constant constants[] = {
  /* clang-format off */
  RMQ_REQUEST_CODES (REQUEST_)
  RMQ_RESPONSE_CODES (RESPONSE_)
  RMQ_LANGUAGES (LANGUAGE_)

  NUMBER ("ConsumeFromWhere", CONSUME_FROM_LAST_OFFSET, RMQ_HEARTBEAT_FROM_LAST_OFFSET)
  NUMBER ("ConsumeFromWhere", CONSUME_FROM_LAST_OFFSET_AND_FROM_MIN_WHEN_BOOT_FIRST, RMQ_HEARTBEAT_FROM_LAST_OFFSET_AND_FROM_MIN_WHEN_BOOT_FIRST)
  NUMBER ("ConsumeFromWhere", CONSUME_FROM_MIN_OFFSET, RMQ_HEARTBEAT_FROM_MIN_OFFSET)
  NUMBER ("ConsumeFromWhere", CONSUME_FROM_MAX_OFFSET, RMQ_HEARTBEAT_FROM_MAX_OFFSET)
  NUMBER ("ConsumeFromWhere", CONSUME_FROM_FIRST_OFFSET, RMQ_HEARTBEAT_FROM_FIRST_OFFSET)
  NUMBER ("ConsumeFromWhere", CONSUME_FROM_TIMESTAMP, RMQ_HEARTBEAT_FROM_TIMESTAMP)
  NUMBER ("ConsumeType", CONSUME_ACTIVELY, RMQ_HEARTBEAT_CONSUME_ACTIVELY)
  NUMBER ("ConsumeType", CONSUME_PASSIVELY, RMQ_HEARTBEAT_CONSUME_PASSIVELY)
  NUMBER ("ConsumeType", CONSUME_POP, RMQ_HEARTBEAT_CONSUME_POP)
  NUMBER ("MessageModel", BROADCASTING, RMQ_HEARTBEAT_BROADCASTING)
  NUMBER ("MessageModel", CLUSTERING, RMQ_HEARTBEAT_CLUSTERING)
  NUMBER ("MessageModel", LITE_SELECTIVE, RMQ_HEARTBEAT_LITE_SELECTIVE)
  NUMBER ("MessageType", Normal_Msg, RMQ_TRACE_MESSAGE_NORMAL)
  NUMBER ("MessageType", Trans_Msg_Half, RMQ_TRACE_MESSAGE_TRANSACTION_HALF)
  NUMBER ("MessageType", Trans_msg_Commit, RMQ_TRACE_MESSAGE_TRANSACTION_COMMIT)
  NUMBER ("MessageType", Delay_Msg, RMQ_TRACE_MESSAGE_DELAY)
  NUMBER ("MessageType", Order_Msg, RMQ_TRACE_MESSAGE_ORDER)
  NUMBER ("CMResult", CR_SUCCESS, RMQ_DIRECT_SUCCESS)
  NUMBER ("CMResult", CR_LATER, RMQ_DIRECT_LATER)
  NUMBER ("CMResult", CR_ROLLBACK, RMQ_DIRECT_ROLLBACK)
  NUMBER ("CMResult", CR_COMMIT, RMQ_DIRECT_COMMIT)
  NUMBER ("CMResult", CR_THROW_EXCEPTION, RMQ_DIRECT_THROW_EXCEPTION)
  NUMBER ("CMResult", CR_RETURN_NULL, RMQ_DIRECT_RETURN_NULL)
  NUMBER ("LocalTransactionState", COMMIT_MESSAGE, RMQ_TRACE_COMMIT)
  NUMBER ("LocalTransactionState", ROLLBACK_MESSAGE, RMQ_TRACE_ROLLBACK)
  NUMBER ("LocalTransactionState", UNKNOW, RMQ_TRACE_UNKNOWN)
  NUMBER ("TraceType", Pub, RMQ_TRACE_PUB)
  NUMBER ("TraceType", Recall, RMQ_TRACE_RECALL)
  NUMBER ("TraceType", SubBefore, RMQ_TRACE_SUB_BEFORE)
  NUMBER ("TraceType", SubAfter, RMQ_TRACE_SUB_AFTER)
  NUMBER ("TraceType", EndTransaction, RMQ_TRACE_END_TRANSACTION)
  NUMBER ("MessageRequestMode", PULL, RMQ_ASSIGNMENT_PULL)
  NUMBER ("MessageRequestMode", POP, RMQ_ASSIGNMENT_POP)
  NUMBER ("BoundaryType", LOWER, RMQ_BOUNDARY_LOWER)
  NUMBER ("BoundaryType", UPPER, RMQ_BOUNDARY_UPPER)
  NUMBER ("SerializeType", JSON, RMQ_SERIALIZE_JSON)
  NUMBER ("SerializeType", ROCKETMQ, RMQ_SERIALIZE_BINARY)

  SYS_FLAG (BORNHOST_V6_FLAG, BORN_HOST_V6)
  SYS_FLAG (COMPRESSED_FLAG, COMPRESSED)
  SYS_FLAG (COMPRESSION_LZ4_TYPE, COMPRESSION_LZ4)
  SYS_FLAG (COMPRESSION_TYPE_COMPARATOR, COMPRESSION_MASK)
  SYS_FLAG (COMPRESSION_ZLIB_TYPE, COMPRESSION_ZLIB)
  SYS_FLAG (COMPRESSION_ZSTD_TYPE, COMPRESSION_ZSTD)
  SYS_FLAG (INNER_BATCH_FLAG, INNER_BATCH)
  SYS_FLAG (MULTI_TAGS_FLAG, MULTI_TAGS)
  SYS_FLAG (NEED_UNWRAP_FLAG, NEED_UNWRAP)
  SYS_FLAG (STOREHOSTADDRESS_V6_FLAG, STORE_HOST_V6)
  SYS_FLAG (TRANSACTION_COMMIT_TYPE, TRANSACTION_COMMIT)
  SYS_FLAG (TRANSACTION_NOT_TYPE, TRANSACTION_NOT)
  SYS_FLAG (TRANSACTION_PREPARED_TYPE, TRANSACTION_PREPARED)
  SYS_FLAG (TRANSACTION_ROLLBACK_TYPE, TRANSACTION_ROLLBACK)

  NUMBER ("MessageDecoder", BLANK_MAGIC_CODE, (int32_t) RMQ_RECORD_MAGIC_BLANK)
  NUMBER ("MessageDecoder", MESSAGE_MAGIC_CODE, (int32_t) RMQ_RECORD_MAGIC_V1)
  NUMBER ("MessageDecoder", MESSAGE_MAGIC_CODE_V2, (int32_t) RMQ_RECORD_MAGIC_V2)
  NUMBER ("MessageDecoder", NAME_VALUE_SEPARATOR, RMQ_PROPERTY_NAME_END)
  NUMBER ("MessageDecoder", PROPERTY_SEPARATOR, RMQ_PROPERTY_VALUE_END)

  PROPERTY (BORN_HOST, BORN_HOST)
  PROPERTY (BORN_TIMESTAMP, BORN_TIMESTAMP)
  PROPERTY (CHECK_IMMUNITY_TIME_IN_SECONDS, CHECK_IMMUNITY_TIME)
  PROPERTY (CLUSTER, CLUSTER)
  PROPERTY (CONSUME_START_TIMESTAMP, CONSUME_START_TIME)
  PROPERTY (CORRELATION_ID, CORRELATION_ID)
  PROPERTY (CRC32, CRC32)
  PROPERTY (DELAY_TIME_LEVEL, DELAY)
  PROPERTY (DLQ_ORIGIN_MESSAGE_ID, DLQ_ORIGIN_MESSAGE_ID)
  PROPERTY (DLQ_ORIGIN_TOPIC, DLQ_ORIGIN_TOPIC)
  PROPERTY (FIRST_POP_TIME, FIRST_POP_TIME)
  PROPERTY (INNER_BASE, INNER_BASE)
  PROPERTY (INNER_MULTI_DISPATCH, INNER_MULTI_DISPATCH)
  PROPERTY (INNER_MULTI_QUEUE_OFFSET, INNER_MULTI_QUEUE_OFFSET)
  PROPERTY (INNER_NUM, INNER_NUM)
  PROPERTY (INSTANCE_ID, INSTANCE_ID)
  PROPERTY (KEYS, KEYS)
  PROPERTY (LITE_TOPIC, LITE_TOPIC)
  PROPERTY (MAX_OFFSET, MAX_OFFSET)
  PROPERTY (MAX_RECONSUME_TIMES, MAX_RECONSUME_TIMES)
  PROPERTY (MESSAGE_REPLY_TO_CLIENT, REPLY_TO_CLIENT)
  PROPERTY (MESSAGE_TTL, TTL)
  PROPERTY (MESSAGE_TYPE, MESSAGE_TYPE)
  PROPERTY (MIN_OFFSET, MIN_OFFSET)
  PROPERTY (MSG_REGION, MSG_REGION)
  PROPERTY (ORIGIN_GROUP, ORIGIN_GROUP)
  PROPERTY (ORIGIN_MESSAGE_ID, ORIGIN_MESSAGE_ID)
  PROPERTY (POP_CK, POP_CK)
  PROPERTY (PRIORITY, PRIORITY)
  PROPERTY (PRODUCER_GROUP, PRODUCER_GROUP)
  PROPERTY (PUSH_REPLY_TIME, PUSH_REPLY_TIME)
  PROPERTY (REAL_QUEUE_ID, REAL_QUEUE_ID)
  PROPERTY (REAL_TOPIC, REAL_TOPIC)
  PROPERTY (RECONSUME_TIME, RECONSUME_TIME)
  PROPERTY (REPLY_MESSAGE_ARRIVE_TIME, ARRIVE_TIME)
  PROPERTY (RETRY_TOPIC, RETRY_TOPIC)
  PROPERTY (SHARDING_KEY, SHARDING_KEY)
  PROPERTY (TAGS, TAGS)
  PROPERTY (TIMER_DELAY_MS, TIMER_DELAY_MS)
  PROPERTY (TIMER_DELAY_SEC, TIMER_DELAY_SEC)
  PROPERTY (TIMER_DELIVER_MS, TIMER_DELIVER_MS)
  PROPERTY (TIMER_DEL_UNIQKEY, TIMER_DEL_UNIQUE_ID)
  PROPERTY (TIMER_OUT_MS, TIMER_OUT_MS)
  PROPERTY (TRACE_CONTEXT, TRACE_CONTEXT)
  PROPERTY (TRACE_SWITCH, TRACE_ON)
  PROPERTY (TRANSACTION_CHECK_TIMES, TRANSACTION_CHECK_TIMES)
  PROPERTY (TRANSACTION_ID, TRANSACTION_ID)
  PROPERTY (TRANSACTION_PREPARED, TRANSACTION_PREPARED)
  PROPERTY (TRANSACTION_PREPARED_QUEUE_OFFSET, TRANSACTION_PREPARED_QUEUE_OFFSET)
  PROPERTY (UNIQ_CLIENT_MESSAGE_ID_KEYIDX, UNIQUE_ID)
  PROPERTY (WAIT_STORE_MSG_OK, WAIT)
  TEXT ("MessageConst", INDEX_KEY_TYPE, RMQ_INDEX_TYPE_KEY)
  TEXT ("MessageConst", INDEX_TAG_TYPE, RMQ_INDEX_TYPE_TAG)
  TEXT ("MessageConst", INDEX_UNIQUE_TYPE, RMQ_INDEX_TYPE_UNIQUE)
  TEXT ("MessageConst", TIMER_ENGINE_FILE_TIME_WHEEL, RMQ_TIMER_ENGINE_FILE)
  TEXT ("MessageConst", TIMER_ENGINE_ROCKSDB_TIMELINE, RMQ_TIMER_ENGINE_ROCKSDB)
  TEXT ("MessageConst", TIMER_ENGINE_TYPE, RMQ_EXT_TIMER_ENGINE)

  TEXT ("MixAll", CID_RMQ_SYS_PREFIX, RMQ_GROUP_SYSTEM_PREFIX)
  TEXT ("MixAll", CLIENT_INNER_PRODUCER_GROUP, RMQ_GROUP_INNER_PRODUCER)
  TEXT ("MixAll", DEFAULT_PRODUCER_GROUP, RMQ_GROUP_DEFAULT_PRODUCER)
  TEXT ("MixAll", DEFAULT_TRACE_REGION_ID, RMQ_DEFAULT_REGION)
  TEXT ("MixAll", DLQ_GROUP_TOPIC_PREFIX, RMQ_DLQ_PREFIX)
  TEXT ("MixAll", IS_SUB_CHANGE, RMQ_EXT_IS_SUB_CHANGE)
  TEXT ("MixAll", IS_SUPPORT_HEART_BEAT_V2, RMQ_EXT_IS_SUPPORT_HEART_BEAT_V2)
  TEXT ("MixAll", LMQ_PREFIX, RMQ_LMQ_PREFIX)
  TEXT ("MixAll", LOGICAL_QUEUE_MOCK_BROKER_PREFIX, RMQ_STATIC_TOPIC_BROKER_PREFIX)
  NUMBER ("MixAll", MASTER_ID, RMQ_MASTER_BROKER_ID)
  TEXT ("MixAll", METADATA_SCOPE_GLOBAL, RMQ_STATIC_TOPIC_SCOPE_GLOBAL)
  TEXT ("MixAll", REPLY_MESSAGE_FLAG, RMQ_MESSAGE_TYPE_REPLY)
  TEXT ("MixAll", REPLY_TOPIC_POSTFIX, RMQ_REPLY_TOPIC_SUFFIX)
  TEXT ("MixAll", REQ_T, RMQ_EXT_REQUEST_TYPE)
  TEXT ("MixAll", RETRY_GROUP_TOPIC_PREFIX, RMQ_RETRY_PREFIX)
  TEXT ("MixAll", RPC_REQUEST_HEADER_NAMESPACED_FIELD, RMQ_EXT_NAMESPACED)
  TEXT ("MixAll", RPC_REQUEST_HEADER_NAMESPACE_FIELD, RMQ_EXT_NAMESPACE)
  TEXT ("MixAll", UNIQUE_MSG_QUERY_FLAG, RMQ_EXT_UNIQUE_KEY_QUERY)
  TEXT ("MixAll", ZONE_MODE, RMQ_EXT_ZONE_MODE)
  TEXT ("MixAll", ZONE_NAME, RMQ_EXT_ZONE_NAME)

  TEXT ("TopicValidator", AUTO_CREATE_TOPIC_KEY_TOPIC, RMQ_TOPIC_AUTO_CREATE)
  TEXT ("TopicValidator", RMQ_SYS_BENCHMARK_TOPIC, RMQ_TOPIC_BENCHMARK)
  TEXT ("TopicValidator", RMQ_SYS_SCHEDULE_TOPIC, RMQ_TOPIC_SCHEDULE)
  TEXT ("TopicValidator", RMQ_SYS_TRACE_TOPIC, RMQ_TOPIC_TRACE)
  TEXT ("TopicValidator", RMQ_SYS_TRANS_CHECK_MAX_TIME_TOPIC, RMQ_TOPIC_TRANS_CHECK_MAX_TIME)
  TEXT ("TopicValidator", RMQ_SYS_TRANS_HALF_TOPIC, RMQ_TOPIC_TRANS_HALF)
  TEXT ("TopicValidator", RMQ_SYS_TRANS_OP_HALF_TOPIC, RMQ_TOPIC_TRANS_OP_HALF)
  /* clang-format on */
};

/* Groups without a single constant here, and why. */
static const struct
{
  const char *group;
  const char *why;
} unused_groups[] = {
  { "AccessChannel", "a client setting; what it changes on the wire is in the trace vectors" },
  { "ClientConfig", "defaults of the client layer, which has its own test of them" },
  { "ClientErrorCode", "numbers in Java exceptions; RmqError here" },
  { "DefaultLitePullConsumer", "defaults of the consumer layer" },
  { "DefaultMQProducer", "defaults of the producer layer" },
  { "DefaultMQPushConsumer", "defaults of the consumer layer" },
  { "PermName", "the bits are in the flags vectors" },
  { "PopStatus", "a local enum: compared by the result-pop vectors" },
  { "PullStatus", "a local enum: compared by the result-pull vectors" },
  { "RequestType", "\"0\" as a text of ReqT" },
  { "SendStatus", "a local enum: compared by the result-send vectors" },
  { "TraceConstants", "texts of trace records: compared by the trace vectors" },
};

/* Single names that nothing here uses: internal to brokers, other vendors' additions, or Java's own. */
static const char *const unused[] = {
  "DUP_INFO",
  "KEY_SEPARATOR",
  "PROPERTY_BUYER_ID",
  "PROPERTY_CORRECTION_FLAG",
  "PROPERTY_EXTEND_UNIQ_INFO",
  "PROPERTY_FORWARD_QUEUE_ID",
  "PROPERTY_MQ2_FLAG",
  "PROPERTY_POP_CK_OFFSET",
  "PROPERTY_REDIRECT",
  "PROPERTY_TIMER_DELAY_LEVEL",
  "PROPERTY_TIMER_DEQUEUE_MS",
  "PROPERTY_TIMER_ENQUEUE_MS",
  "PROPERTY_TIMER_ROLL_LABEL",
  "PROPERTY_TIMER_ROLL_TIMES",
  "PROPERTY_TRANSFER_FLAG",
  "PROPERTY_TRANSIENT_GROUP_CONFIG",
  "PROPERTY_TRANSIENT_PREFIX",
  "PROPERTY_TRANSIENT_TOPIC_CONFIG",
  "PROPERTY_TRANS_OFFSET",
  /* MixAll */
  "ALL_ACK_IN_SYNC_STATE_SET",
  "CID_ONSAPI_OWNER_GROUP",
  "CID_ONSAPI_PERMISSION_GROUP",
  "CID_ONSAPI_PULL_GROUP",
  "CID_SYS_RMQ_TRANS",
  "CONSUME_CONTEXT_TYPE",
  "DEFAULT_CHARSET",
  "DEFAULT_CONSUMER_GROUP",
  "FILTERSRV_CONSUMER_GROUP",
  "FIRST_BROKER_CONTROLLER_ID",
  "FIRST_SLAVE_ID",
  "LMQ_DISPATCH_SEPARATOR",
  "LMQ_QUEUE_ID",
  "LOGICAL_QUEUE_MOCK_BROKER_NAME_NOT_EXIST",
  "MESSAGE_COMPRESS_LEVEL",
  "MESSAGE_COMPRESS_TYPE",
  "MILLS_FOR_HOUR",
  "MONITOR_CONSUMER_GROUP",
  "MULTI_PATH_SPLITTER",
  "NAMESRV_ADDR_ENV",
  "NAMESRV_ADDR_PROPERTY",
  "ONS_HTTP_PROXY_GROUP",
  "ROCKETMQ_HOME_PROPERTY",
  "ROCKETMQ_ZONE_ENV",
  "ROCKETMQ_ZONE_MODE_ENV",
  "ROCKETMQ_ZONE_MODE_PROPERTY",
  "ROCKETMQ_ZONE_PROPERTY",
  "SCHEDULE_CONSUMER_GROUP",
  "SELF_TEST_CONSUMER_GROUP",
  "SELF_TEST_PRODUCER_GROUP",
  "TOOLS_CONSUMER_GROUP",
  "UNIT_PRE_SIZE_FOR_MSG",
  "WS_DOMAIN_SUBGROUP",
  /* MessageDecoder: places in a record, which our reader walks */
  "MESSAGE_FLAG_POSITION",
  "MESSAGE_MAGIC_CODE_POSITION",
  "MESSAGE_PHYSIC_OFFSET_POSITION",
  "MESSAGE_STORE_TIMESTAMP_POSITION",
  "PHY_POS_POSITION",
  "QUEUE_OFFSET_POSITION",
  "SYSFLAG_POSITION",
  /* TopicValidator: topics of brokers, known by _rmq_topic_is_system () */
  "RMQ_SYS_OFFSET_MOVED_EVENT",
  "RMQ_SYS_ROCKSDB_OFFSET_TOPIC",
  "RMQ_SYS_ROCKSDB_TRANS_HALF_TOPIC",
  "RMQ_SYS_ROCKSDB_TRANS_OP_HALF_TOPIC",
  "RMQ_SYS_SELF_TEST_TOPIC",
  "SYNC_BROKER_MEMBER_GROUP_PREFIX",
  "SYSTEM_TOPIC_PREFIX",
  NULL,
};

static bool
is_unused_group (const char *group)
{
  for (size_t i = 0; i < G_N_ELEMENTS (unused_groups); i++)
    if (strcmp (unused_groups[i].group, group) == 0)
      return true;
  return false;
}

static void
check_constant (VectorCase *self, const char *name, JsonNode *want)
{
  for (size_t i = 0; i < G_N_ELEMENTS (constants); i++)
    {
      const Constant *constant = &constants[i];

      if (strcmp (constant->group, self->name) != 0 || strcmp (constant->name, name) != 0)
        continue;
      if (constant->text != NULL)
        vector_expect_string (self, name, constant->text, json_node_get_string (want));
      else
        vector_expect_int (self, name, constant->number, json_node_get_int (want));
      return;
    }
  if (!g_strv_contains (unused, name))
    vector_fail (self, "nobody knows %s", name);
}

/* Ours that Java does not have would be a mistake, too. */
static void
check_names_exist (VectorCase *self, JsonObject *values)
{
  for (size_t i = 0; i < G_N_ELEMENTS (constants); i++)
    if (strcmp (constants[i].group, self->name) == 0 && !json_object_has_member (values, constants[i].name))
      vector_fail (self, "%s is not in the vector", constants[i].name);
}

static void
check_versions (VectorCase *self, JsonObject *values)
{
  char buffer[RMQ_VERSION_NAME_SIZE];
  JsonObjectIter iter;
  const char *name;
  JsonNode *value;

  json_object_iter_init (&iter, values);
  while (json_object_iter_next (&iter, &name, &value))
    {
      vector_expect_int (self, name, _rmq_version_from_name (name), json_node_get_int (value));
      vector_expect_string (self, name, _rmq_version_get_name ((int) json_node_get_int (value), buffer), name);
    }
  vector_expect_int (self, "current", RMQ_VERSION_V5_5_0, vector_int (self->object, "current", -1));
}

static void
check_topic_sets (VectorCase *self)
{
  JsonArray *system = vector_array (self->object, "systemTopics");
  JsonArray *unsendable = vector_array (self->object, "notAllowedSend");

  for (unsigned i = 0; i < json_array_get_length (system); i++)
    {
      const char *topic = json_array_get_string_element (system, i);

      vector_expect_bool (self, topic, _rmq_topic_is_system (topic), true);
    }
  for (unsigned i = 0; i < json_array_get_length (unsendable); i++)
    {
      const char *topic = json_array_get_string_element (unsendable, i);

      vector_expect_bool (self, topic, _rmq_topic_check_sendable (topic, NULL), false);
    }
}

static bool
run_constants (VectorCase *self)
{
  JsonObject *values = vector_object (self->object, "values");
  JsonObjectIter iter;
  const char *name;
  JsonNode *value;

  if (values == NULL)
    return false;
  if (is_unused_group (self->name))
    return true;
  if (strcmp (self->name, "MQVersion") == 0)
    {
      check_versions (self, values);
      return true;
    }

  if (strcmp (self->name, "TopicValidator") == 0)
    check_topic_sets (self);

  check_names_exist (self, values);
  json_object_iter_init (&iter, values);
  while (json_object_iter_next (&iter, &name, &value))
    check_constant (self, name, value);
  return true;
}

const VectorCategory vectors_constants[] = {
  { "constants", run_constants },
  { NULL, NULL },
};
