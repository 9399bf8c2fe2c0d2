/* SPDX-License-Identifier: Apache-2.0
 *
 * client-requests: what the client API puts on the wire for a call, made again from the call's arguments by header
 * tables, body tables and the signature.
 */
#include <rmq/rmq.h>
#include "vectors-frame.h"
#include "wire/rmq-assignment-body-private.h"
#include "wire/rmq-auth-body-private.h"
#include "wire/rmq-batch-private.h"
#include "wire/rmq-client-id-private.h"
#include "wire/rmq-constants-private.h"
#include "wire/rmq-group-config-private.h"
#include "wire/rmq-heartbeat-private.h"
#include "wire/rmq-lock-body-private.h"
#include "wire/rmq-remoting-command-private.h"
#include "wire/rmq-topic-config-private.h"

/* How a call becomes a request. Arguments that bear the name of a field are taken as they are. */
typedef struct
{
  const char *call;
  int code;
  const char *class_name; /* NULL: no header */
  const char *fields;     /* "field=argument" for other names, "field:text" for what the API adds, split by blanks */
  const RmqBodyType *body;
  const char *body_argument; /* the argument that is the body; NULL: none is, the golden body is read and written */
  const char *body_wrapper;  /* member of the body that holds the argument */
} Call;

#define CALL(call, code, class_name, ...)                                                                              \
  {                                                                                                                    \
    call, RMQ_REQUEST_##code, class_name, __VA_ARGS__                                                                  \
  }
#define GROUP "consumerGroup=group"
#define QUEUE "bname=brokerName"

static const Call calls[] = {
  CALL ("sendMessage-sync", SEND_MESSAGE_V2, "SendMessageRequestHeader"),
  CALL ("sendMessage-oneway", SEND_MESSAGE_V2, "SendMessageRequestHeader"),
  CALL ("sendMessage-batch", SEND_BATCH_MESSAGE, "SendMessageRequestHeader"),
  CALL ("sendMessage-reply", SEND_REPLY_MESSAGE_V2, "SendMessageRequestHeader"),
  CALL ("acl-send", SEND_MESSAGE_V2, "SendMessageRequestHeader"),
  CALL ("ns2-send", SEND_MESSAGE_V2, "SendMessageRequestHeader"),
  CALL ("consumerSendMessageBack",
        CONSUMER_SEND_MSG_BACK,
        "ConsumerSendMsgBackRequestHeader",
        QUEUE " offset=commitLogOffset originMsgId=msgId originTopic=topic"),
  CALL ("recallMessage", RECALL_MESSAGE, "RecallMessageRequestHeader"),
  CALL ("endTransactionOneway", END_TRANSACTION, "EndTransactionRequestHeader"),
  CALL ("resumeCheckHalfMessage", RESUME_CHECK_HALF_MESSAGE, "ResumeCheckHalfMessageRequestHeader"),
  CALL ("pullMessage-push", PULL_MESSAGE, "PullMessageRequestHeader"),
  CALL ("pullMessage-lite", LITE_PULL_MESSAGE, "PullMessageRequestHeader"),
  CALL ("viewMessage", VIEW_MESSAGE_BY_ID, "ViewMessageRequestHeader"),
  CALL ("queryMessage-unique", QUERY_MESSAGE, "QueryMessageRequestHeader"),
  CALL ("queryMessage-key", QUERY_MESSAGE, "QueryMessageRequestHeader"),
  CALL ("queryConsumeQueue", QUERY_CONSUME_QUEUE, "QueryConsumeQueueRequestHeader", GROUP),

  CALL ("getMaxOffset", GET_MAX_OFFSET, "GetMaxOffsetRequestHeader", QUEUE),
  CALL ("getMinOffset", GET_MIN_OFFSET, "GetMinOffsetRequestHeader", QUEUE),
  CALL ("getEarliestMsgStoretime", GET_EARLIEST_MSG_STORETIME, "GetEarliestMsgStoretimeRequestHeader", QUEUE),
  CALL ("searchOffset", SEARCH_OFFSET_BY_TIMESTAMP, "SearchOffsetRequestHeader"),
  CALL ("searchOffset-upper", SEARCH_OFFSET_BY_TIMESTAMP, "SearchOffsetRequestHeader", QUEUE),
  CALL ("queryConsumerOffset", QUERY_CONSUMER_OFFSET, "QueryConsumerOffsetRequestHeader"),
  CALL ("updateConsumerOffset", UPDATE_CONSUMER_OFFSET, "UpdateConsumerOffsetRequestHeader"),
  CALL ("updateConsumerOffsetOneway", UPDATE_CONSUMER_OFFSET, "UpdateConsumerOffsetRequestHeader"),
  CALL ("invokeBrokerToResetOffset", INVOKE_BROKER_TO_RESET_OFFSET, "ResetOffsetRequestHeader", "offset:-1"),
  CALL ("invokeBrokerToResetOffset-queue", INVOKE_BROKER_TO_RESET_OFFSET, "ResetOffsetRequestHeader", "isForce:false"),
  CALL ("invokeBrokerToResetOffset-isC", INVOKE_BROKER_TO_RESET_OFFSET, "ResetOffsetRequestHeader", "offset:-1"),
  CALL ("queryCorrectionOffset",
        QUERY_CORRECTION_OFFSET,
        "QueryCorrectionOffsetHeader",
        "compareGroup=group filterGroups=filterGroups"),

  CALL ("sendHeartbeat", HEART_BEAT, "HeartbeatRequestHeader", NULL, &_rmq_heartbeat_data_type),
  CALL ("sendHeartbeatV2", HEART_BEAT, "HeartbeatRequestHeader", NULL, &_rmq_heartbeat_data_type),
  CALL ("sendHeartbeat-language", HEART_BEAT, "HeartbeatRequestHeader", NULL, &_rmq_heartbeat_data_type),
  CALL ("ns2-stream-acl-heartbeat", HEART_BEAT, "HeartbeatRequestHeader", NULL, &_rmq_heartbeat_data_type),
  CALL ("unregisterClient", UNREGISTER_CLIENT, "UnregisterClientRequestHeader"),
  CALL ("unregisterClient-consumer", UNREGISTER_CLIENT, "UnregisterClientRequestHeader"),
  CALL ("checkClientInBroker", CHECK_CLIENT_CONFIG, NULL, NULL, &_rmq_check_client_body_type),
  CALL ("getConsumerIdListByGroup", GET_CONSUMER_LIST_BY_GROUP, "GetConsumerListByGroupRequestHeader", GROUP),
  CALL ("lockBatchMQ", LOCK_BATCH_MQ, "LockBatchMqRequestHeader", NULL, &_rmq_lock_body_type, "body"),
  CALL ("unlockBatchMQ", UNLOCK_BATCH_MQ, "UnlockBatchMqRequestHeader", NULL, &_rmq_lock_body_type, "body"),
  CALL ("unlockBatchMQ-oneway", UNLOCK_BATCH_MQ, "UnlockBatchMqRequestHeader", NULL, &_rmq_lock_body_type, "body"),
  CALL ("getConsumerRunningInfo",
        GET_CONSUMER_RUNNING_INFO,
        "GetConsumerRunningInfoRequestHeader",
        GROUP " jstackEnable=jstack"),
  CALL ("consumeMessageDirectly", CONSUME_MESSAGE_DIRECTLY, "ConsumeMessageDirectlyResultRequestHeader", GROUP),
  CALL ("invokeBrokerToGetConsumerStatus", INVOKE_BROKER_TO_GET_CONSUMER_STATUS, "GetConsumerStatusRequestHeader"),

  CALL ("queryAssignment", QUERY_ASSIGNMENT, NULL, NULL, &_rmq_query_assignment_body_type),
  CALL ("setMessageRequestMode", SET_MESSAGE_REQUEST_MODE, NULL, NULL, &_rmq_request_mode_body_type),
  CALL ("popMessageAsync", POP_MESSAGE, "PopMessageRequestHeader"),
  CALL ("ackMessageAsync", ACK_MESSAGE, "AckMessageRequestHeader"),
  CALL ("batchAckMessageAsync", BATCH_ACK_MESSAGE, NULL, NULL, &_rmq_batch_ack_body_type),
  CALL ("changeInvisibleTimeAsync", CHANGE_MESSAGE_INVISIBLETIME, "ChangeInvisibleTimeRequestHeader"),
  CALL ("popLiteMessageAsync", POP_LITE_MESSAGE, "PopLiteMessageRequestHeader"),
  CALL ("ackLiteMessageAsync", ACK_MESSAGE, "AckMessageRequestHeader"),
  CALL ("getBrokerLiteInfo", GET_BROKER_LITE_INFO, NULL),
  CALL ("getParentTopicInfo", GET_PARENT_TOPIC_INFO, "GetParentTopicInfoRequestHeader"),
  CALL ("getLiteTopicInfo", GET_LITE_TOPIC_INFO, "GetLiteTopicInfoRequestHeader"),
  CALL ("getLiteClientInfo", GET_LITE_CLIENT_INFO, "GetLiteClientInfoRequestHeader"),
  CALL ("getLiteGroupInfo", GET_LITE_GROUP_INFO, "GetLiteGroupInfoRequestHeader"),
  CALL ("triggerLiteDispatch", TRIGGER_LITE_DISPATCH, "TriggerLiteDispatchRequestHeader"),

  CALL ("createTopic",
        UPDATE_AND_CREATE_TOPIC,
        "CreateTopicRequestHeader",
        "topic=topicName attributes:+message.type=FIFO force:false"),
  CALL ("createTopicList",
        UPDATE_AND_CREATE_TOPIC_LIST,
        "CreateTopicListRequestHeader",
        NULL,
        &_rmq_topic_config_list_body_type,
        "topicConfigs",
        "topicConfigList"),
  CALL ("deleteTopicInBroker", DELETE_TOPIC_IN_BROKER, "DeleteTopicRequestHeader"),
  CALL ("getTopicStatsInfo", GET_TOPIC_STATS_INFO, "GetTopicStatsInfoRequestHeader"),
  CALL ("getAllTopicConfig",
        GET_ALL_TOPIC_CONFIG,
        "GetAllTopicConfigRequestHeader",
        "topicSeq:0 dataVersion: maxTopicNum:2000"),
  CALL ("queryTopicConsumeByWho", QUERY_TOPIC_CONSUME_BY_WHO, "QueryTopicConsumeByWhoRequestHeader"),
  CALL ("queryConsumeTimeSpan", QUERY_CONSUME_TIME_SPAN, "QueryConsumeTimeSpanRequestHeader"),
  CALL ("getSystemTopicListFromBroker", GET_SYSTEM_TOPIC_LIST_FROM_BROKER, NULL),
  CALL ("cleanExpiredConsumeQueue", CLEAN_EXPIRED_CONSUMEQUEUE, NULL),
  CALL ("cleanUnusedTopic", CLEAN_UNUSED_TOPIC, NULL),
  CALL ("deleteExpiredCommitLog", DELETE_EXPIRED_COMMITLOG, NULL),

  CALL ("createSubscriptionGroup",
        UPDATE_AND_CREATE_SUBSCRIPTIONGROUP,
        NULL,
        NULL,
        &_rmq_group_config_body_type,
        "config"),
  CALL ("createSubscriptionGroupList",
        UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST,
        NULL,
        NULL,
        &_rmq_group_config_list_body_type,
        "configs",
        "groupConfigList"),
  CALL ("deleteSubscriptionGroup",
        DELETE_SUBSCRIPTIONGROUP,
        "DeleteSubscriptionGroupRequestHeader",
        "groupName=group cleanOffset=removeOffset"),
  CALL ("getSubscriptionGroupConfig", GET_SUBSCRIPTIONGROUP_CONFIG, "GetSubscriptionGroupConfigRequestHeader"),
  CALL ("getAllSubscriptionGroup",
        GET_ALL_SUBSCRIPTIONGROUP_CONFIG,
        "GetAllSubscriptionGroupRequestHeader",
        "groupSeq:0 dataVersion: maxGroupNum:2000"),
  CALL ("getConsumeStats", GET_CONSUME_STATS, "GetConsumeStatsRequestHeader", GROUP),
  CALL ("getConsumeStats-topic", GET_CONSUME_STATS, "GetConsumeStatsRequestHeader", GROUP),
  CALL ("getConsumeStats-topics", GET_CONSUME_STATS, "GetConsumeStatsRequestHeader", GROUP " topicList=topics"),
  CALL ("fetchConsumeStatsInBroker", GET_BROKER_CONSUME_STATS, "GetConsumeStatsInBrokerHeader"),
  CALL ("getConsumerConnectionList", GET_CONSUMER_CONNECTION_LIST, "GetConsumerConnectionListRequestHeader", GROUP),
  CALL ("getProducerConnectionList",
        GET_PRODUCER_CONNECTION_LIST,
        "GetProducerConnectionListRequestHeader",
        "producerGroup=group"),
  CALL ("getAllProducerInfo", GET_ALL_PRODUCER_INFO, "GetAllProducerInfoRequestHeader"),
  CALL ("cloneGroupOffset", CLONE_GROUP_OFFSET, "CloneGroupOffsetRequestHeader", "srcGroup=src destGroup=dest"),
  CALL ("queryTopicsByConsumer", QUERY_TOPICS_BY_CONSUMER, "QueryTopicsByConsumerRequestHeader"),
  CALL ("querySubscriptionByConsumer", QUERY_SUBSCRIPTION_BY_CONSUMER, "QuerySubscriptionByConsumerRequestHeader"),
  CALL ("updateAndGetGroupForbidden", UPDATE_AND_GET_GROUP_FORBIDDEN, "UpdateGroupForbiddenRequestHeader"),

  CALL ("getBrokerRuntimeInfo", GET_BROKER_RUNTIME_INFO, NULL),
  CALL ("updateBrokerConfig", UPDATE_BROKER_CONFIG, NULL),
  CALL ("getBrokerConfig", GET_BROKER_CONFIG, NULL),
  CALL ("viewBrokerStatsData", VIEW_BROKER_STATS_DATA, "ViewBrokerStatsDataRequestHeader"),
  CALL ("createUser", AUTH_CREATE_USER, "CreateUserRequestHeader", "username:user1", &_rmq_user_body_type, "user"),
  CALL ("deleteUser", AUTH_DELETE_USER, "DeleteUserRequestHeader"),
  CALL ("getUser", AUTH_GET_USER, "GetUserRequestHeader"),
  CALL ("listUser", AUTH_LIST_USER, "ListUsersRequestHeader"),
  CALL ("createAcl", AUTH_CREATE_ACL, "CreateAclRequestHeader", "subject:User:user1", &_rmq_acl_body_type, "acl"),
  CALL ("deleteAcl", AUTH_DELETE_ACL, "DeleteAclRequestHeader"),
  CALL ("getAcl", AUTH_GET_ACL, "GetAclRequestHeader"),
  CALL ("listAcl", AUTH_LIST_ACL, "ListAclsRequestHeader"),

  CALL ("acl-token-route", GET_ROUTEINFO_BY_TOPIC, "GetRouteInfoRequestHeader"),
  CALL ("getTopicRouteInfo", GET_ROUTEINFO_BY_TOPIC, "GetRouteInfoRequestHeader"),
  CALL ("getDefaultTopicRouteInfo", GET_ROUTEINFO_BY_TOPIC, "GetRouteInfoRequestHeader", "topic:TBW102"),
  CALL ("getBrokerClusterInfo", GET_BROKER_CLUSTER_INFO, NULL),
  CALL ("getTopicListFromNameServer", GET_ALL_TOPIC_LIST_FROM_NAMESERVER, NULL),
  CALL ("deleteTopicInNameServer", DELETE_TOPIC_IN_NAMESRV, "DeleteTopicFromNamesrvRequestHeader"),
  CALL ("deleteTopicInNameServer-cluster",
        DELETE_TOPIC_IN_NAMESRV,
        "DeleteTopicFromNamesrvRequestHeader",
        "clusterName=cluster"),
  CALL ("wipeWritePermOfBroker", WIPE_WRITE_PERM_OF_BROKER, "WipeWritePermOfBrokerRequestHeader"),
  CALL ("addWritePermOfBroker", ADD_WRITE_PERM_OF_BROKER, "AddWritePermOfBrokerRequestHeader"),
  CALL ("getKVConfigValue", GET_KV_CONFIG, "GetKVConfigRequestHeader"),
  CALL ("putKVConfigValue", PUT_KV_CONFIG, "PutKVConfigRequestHeader"),
  CALL ("deleteKVConfigValue", DELETE_KV_CONFIG, "DeleteKVConfigRequestHeader"),
  CALL ("getKVListByNamespace", GET_KVLIST_BY_NAMESPACE, "GetKVListByNamespaceRequestHeader"),
  CALL ("getTopicsByCluster", GET_TOPICS_BY_CLUSTER, "GetTopicsByClusterRequestHeader"),
  CALL ("getSystemTopicList", GET_SYSTEM_TOPIC_LIST_FROM_NS, NULL),
  CALL ("getUnitTopicList", GET_UNIT_TOPIC_LIST, NULL),
  CALL ("getHasUnitSubTopicList", GET_HAS_UNIT_SUB_TOPIC_LIST, NULL),
  CALL ("getHasUnitSubUnUnitTopicList", GET_HAS_UNIT_SUB_UNUNIT_TOPIC_LIST, NULL),
  CALL ("updateNameServerConfig", UPDATE_NAMESRV_CONFIG, NULL),
  CALL ("getNameServerConfig", GET_NAMESRV_CONFIG, NULL),
};

/* Calls that use the broker's second port when that is enabled: C/impl/MQClientAPIImpl, by its vectors. */
static const char *const vip_calls[] = {
  "getMaxOffset",
  "lockBatchMQ",
  "unlockBatchMQ",
  "consumerSendMessageBack",
  "getConsumerIdListByGroup",
  "queryConsumerOffset",
  "updateConsumerOffset",
  "updateConsumerOffsetOneway",
  NULL,
};

/* "vip/lockBatchMQ#2" and "hook/…" are calls of the last part's name. */
static char *
call_name (const char *case_name)
{
  const char *slash = strrchr (case_name, '/');
  const char *start = slash != NULL ? slash + 1 : case_name;

  return g_strndup (start, strcspn (start, "#"));
}

static const Call *
find_call (const char *name)
{
  for (size_t i = 0; i < G_N_ELEMENTS (calls); i++)
    if (strcmp (calls[i].call, name) == 0)
      return &calls[i];
  return NULL;
}

/* --- Arguments to fields ------------------------------------------------------------------------------------------ */

typedef struct
{
  GArray *ext;
  GPtrArray *texts;
} Fields;

static void
add_field (Fields *self, const char *name, char *text)
{
  RmqExtField field = { rmq_slice_from_string (name), rmq_slice_from_string (text) };

  g_ptr_array_add (self->texts, text);
  g_array_append_val (self->ext, field);
}

/* Java joins a list of names with ',', but each topic of GET_CONSUME_STATS with ';' after it. */
static char *
text_of (const char *field, JsonNode *value)
{
  GString *text;

  if (JSON_NODE_HOLDS_ARRAY (value))
    {
      bool topics = strcmp (field, "topicList") == 0;
      JsonArray *array = json_node_get_array (value);

      text = g_string_new (NULL);
      for (unsigned i = 0; i < json_array_get_length (array); i++)
        g_string_append_printf (text, "%s%s%s", i > 0 && !topics ? "," : "", json_array_get_string_element (array, i),
                                topics ? ";" : "");
      return g_string_free (text, FALSE);
    }
  if (json_node_get_value_type (value) == G_TYPE_BOOLEAN)
    return g_strdup (json_node_get_boolean (value) ? "true" : "false");
  if (json_node_get_value_type (value) == G_TYPE_INT64)
    return g_strdup_printf ("%" G_GINT64_FORMAT, json_node_get_int (value));
  return g_strdup (json_node_get_string (value));
}

static bool
table_has (const RmqHeaderTable *table, const char *name)
{
  for (unsigned i = 0; i < table->n_fields; i++)
    if (strcmp (table->fields[i].name, name) == 0)
      return true;
  return false;
}

static void
add_arguments (Fields *self, const RmqHeaderTable *table, JsonObject *arguments)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *value;

  if (arguments == NULL)
    return;
  json_object_iter_init (&iter, arguments);
  while (json_object_iter_next (&iter, &name, &value))
    if (JSON_NODE_HOLDS_VALUE (value) && table_has (table, name))
      add_field (self, name, text_of (name, value));
}

/* "field=argument field:text" */
static void
add_rules (Fields *self, const char *rules, JsonObject *arguments)
{
  g_auto (GStrv) parts = g_strsplit (rules != NULL ? rules : "", " ", -1);

  for (char **part = parts; *part != NULL; part++)
    {
      size_t length = strcspn (*part, "=:");
      bool literal = (*part)[length] == ':';
      char *name;

      if (length == 0)
        continue;
      name = g_strndup (*part, length);
      g_ptr_array_add (self->texts, name);
      if (literal)
        add_field (self, name, g_strdup (*part + length + 1));
      else if (vector_has (arguments, *part + length + 1))
        add_field (self, name, text_of (name, vector_node (arguments, *part + length + 1)));
    }
}

/* --- The request -------------------------------------------------------------------------------------------------- */

/* Sends take their arguments by long name and go out by short name: both tables share the struct. */
static const RmqHeaderTable *
wire_table (const RmqHeaderTable *table)
{
  return table == _rmq_header_of_class ("SendMessageRequestHeader") ? _rmq_header_of_request (310) : table;
}

/* What Java's hooks add, in their order; the signature comes last. */
static void
run_hooks (VectorCase *self, RmqRemotingCommand *command)
{
  const char *namespace = vector_string (self->input, "namespaceV2");

  if (vector_has (self->input, "isUniqKey"))
    rmq_remoting_command_set_ext_field (command, RMQ_EXT_UNIQUE_KEY_QUERY,
                                        vector_bool (self->input, "isUniqKey", false) ? "true" : "false", NULL);
  if (namespace != NULL)
    {
      rmq_remoting_command_set_ext_field (command, RMQ_EXT_NAMESPACED, "true", NULL);
      rmq_remoting_command_set_ext_field (command, RMQ_EXT_NAMESPACE, namespace, NULL);
    }
  if (vector_bool (self->input, "stream", false))
    rmq_remoting_command_set_ext_field (command, RMQ_EXT_REQUEST_TYPE, "0", NULL);
  if (vector_has (self->input, "accessKey"))
    rmq_remoting_command_sign (command, vector_string (self->input, "accessKey"),
                               vector_string (self->input, "secretKey"), vector_string (self->input, "securityToken"),
                               NULL);
}

static RmqRemotingCommand *
make_request (VectorCase *self, const Call *call, GBytes *body)
{
  const RmqHeaderTable *table = call->class_name != NULL ? _rmq_header_of_class (call->class_name) : NULL;
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GArray) ext = g_array_new (FALSE, FALSE, sizeof (RmqExtField));
  g_autofree void *header = g_malloc0 (table != NULL ? table->struct_size + 1u : 1u);
  g_autoptr (GError) error = NULL;
  Fields fields = { ext, texts };
  RmqFrameHead head = vectors_frame_head (self->object);
  RmqRemotingCommand *command;

  head.code = call->code;
  head.flag = strcmp (vector_string (self->object, "kind"), "oneway") == 0 ? RMQ_FRAME_FLAG_ONEWAY : 0;
  if (table != NULL)
    {
      add_arguments (&fields, table, self->input);
      add_arguments (&fields, table, vector_object (self->input, "header"));
      add_arguments (&fields, table, vector_object (self->input, "topicConfig"));
      add_rules (&fields, call->fields, self->input);
      if (vector_object (self->input, "topicConfig") != NULL)
        add_rules (&fields, "topic=topicName", vector_object (self->input, "topicConfig"));
      if (!_rmq_header_decode (table, (RmqExtField *) ext->data, ext->len, header, &error))
        vector_fail (self, "%s", error->message);
    }
  command = _rmq_remoting_command_new_from_header (&head, table != NULL ? wire_table (table) : NULL, header, NULL, 0,
                                                   body, error == NULL ? &error : NULL);
  if (command == NULL)
    vector_fail (self, "%s", error->message);
  return command;
}

/* --- Bodies ------------------------------------------------------------------------------------------------------- */

/* A body of JSON made by its table: from the argument that it is, or from the golden one. */
static void
check_json_body (VectorCase *self, const Call *call)
{
  JsonNode *argument = call->body_argument != NULL ? vector_node (self->input, call->body_argument) : NULL;
  g_autofree char *argument_text = argument != NULL ? json_to_string (argument, FALSE) : NULL;
  const char *golden = vector_string (self->object, "bodyText");
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autofree char *text = NULL;
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (1 << 20);
  g_autoptr (GError) error = NULL;
  void *body;

  if (argument_text == NULL)
    text = g_strdup (golden);
  else if (call->body_wrapper != NULL)
    text = g_strdup_printf ("{\"%s\":%s}", call->body_wrapper, argument_text);
  else
    text = g_steal_pointer (&argument_text);

  body = _rmq_body_decode (call->body, rmq_slice_from_string (text), &error);
  if (body == NULL)
    {
      vector_fail (self, "body: %s", error->message);
      return;
    }
  _rmq_body_encode (call->body, body, &out);
  call->body->free (body);
  g_assert_true (json_parser_load_from_data (parser, golden, -1, NULL));
  vector_expect_json (self, "body", (char *) out.data, out.len, json_parser_get_root (parser));
}

static char *
properties_text (JsonArray *pairs)
{
  GString *text = g_string_new (NULL);

  for (unsigned i = 0; i < json_array_get_length (pairs); i++)
    {
      JsonArray *pair = json_array_get_array_element (pairs, i);

      g_string_append_printf (text, "%s\x01%s\x02", json_array_get_string_element (pair, 0),
                              json_array_get_string_element (pair, 1));
    }
  return g_string_free (text, FALSE);
}

static void
check_batch_body (VectorCase *self, JsonArray *elements, RmqSlice golden)
{
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (1 << 20);

  for (unsigned i = 0; i < json_array_get_length (elements); i++)
    {
      JsonObject *object = json_array_get_object_element (elements, i);
      g_autoptr (GBytes) body = vector_bytes (object, "body");
      g_autofree char *properties = properties_text (vector_array (object, "properties"));
      RmqBatchElement element = { (int32_t) vector_int (object, "flag", 0), vector_slice_of_bytes (body),
                                  rmq_slice_from_string (properties) };

      _rmq_batch_element_encode (&element, &out);
    }
  vector_expect_bytes (self, "body", rmq_slice ((char *) out.data, out.len), golden);
}

static void
check_body (VectorCase *self, const Call *call, RmqSlice golden)
{
  JsonObject *message = vector_object (self->input, "message");
  JsonObject *properties = vector_object (self->input, "properties");

  if (call->body != NULL)
    check_json_body (self, call);
  else if (vector_array (self->input, "elements") != NULL)
    check_batch_body (self, vector_array (self->input, "elements"), golden);
  else if (message != NULL)
    {
      g_autoptr (GBytes) body = vector_bytes (message, "body");

      vector_expect_bytes (self, "body", vector_slice_of_bytes (body), golden);
    }
  else if (properties != NULL)
    vector_expect_slice (self, "body", golden, "flushDiskType=SYNC_FLUSH\n");
  else if (!vector_has (self->input, "header"))
    vector_expect_int (self, "length of the body", (int64_t) golden.len, 0);
}

static void
check_address (VectorCase *self, const char *name)
{
  bool vip = g_str_has_prefix (self->name, "vip/") && g_strv_contains (vip_calls, name);
  const char *given = vector_string (self->input, "addr");
  g_autofree char *address = given != NULL ? _rmq_vip_address (vip, given) : NULL;

  if (given != NULL)
    vector_expect_string (self, "address", address, vector_string (self->object, "addr"));
}

static bool
run_client_request (VectorCase *self)
{
  g_autofree char *name = call_name (self->name);
  const Call *call = find_call (name);
  g_autoptr (GBytes) bytes = vector_bytes (self->object, "bytes");
  g_autoptr (GBytes) body = vector_bytes (self->object, "body");
  g_autoptr (RmqFrameDecoder) decoder = _rmq_frame_decoder_new ();
  g_autoptr (RmqRemotingCommand) command = NULL;
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (1 << 20);
  RmqSlice golden = vector_slice_of_bytes (bytes);
  RmqFrame frame;

  if (call == NULL || bytes == NULL)
    return false;
  vector_expect_int (self, "code", call->code, vector_int (self->object, "code", -1));
  check_address (self, name);
  check_body (self, call, vector_slice_of_bytes (body));

  command = make_request (self, call, body);
  if (command == NULL)
    return true;
  run_hooks (self, command);
  vector_expect_int (self, "flag", rmq_remoting_command_get_flag (command), vector_int (self->object, "flag", -1));
  if (!_rmq_remoting_command_write (command, &out, vector_slice_of_bytes (body).len, NULL))
    vector_fail (self, "is not written");
  rmq_byte_writer_slice (&out, vector_slice_of_bytes (body));

  /* Ours and Java's read the same. */
  if (!_rmq_frame_decode (decoder, out.data, out.len, &frame, NULL))
    vector_fail (self, "does not decode");
  /* Java tells an empty header object from none; a broker does not. */
  if (vector_object (self->object, "ext") != NULL && json_object_get_size (vector_object (self->object, "ext")) == 0)
    vector_expect_int (self, "number of ext fields", (int64_t) frame.n_ext, 0);
  else
    vectors_frame_expect_ext (self, &frame, vector_node (self->object, "ext"));
  vector_expect_bytes (self, "body", frame.body, vector_slice_of_bytes (body));

  if (!_rmq_frame_decode (decoder, golden.data, golden.len, &frame, NULL))
    vector_fail (self, "the golden frame does not decode");
  vectors_frame_expect_ext (self, &frame, vector_node (self->object, "ext"));
  vector_expect_int (self, "code", frame.code, call->code);
  vector_expect_bytes (self, "golden body", frame.body, vector_slice_of_bytes (body));
  return true;
}

const VectorCategory vectors_client[] = {
  { "client-requests", run_client_request },
  { NULL, NULL },
};
