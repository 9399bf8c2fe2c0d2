/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of response codes, from which the error value, the class, the message and the hint of a broker's answer
 * follow. Adding a code is adding a row.
 */
#include "rmq-error-table-private.h"

#define FATAL RMQ_ERROR_CLASS_FATAL
#define RETRIABLE RMQ_ERROR_CLASS_RETRIABLE
#define THROTTLED RMQ_ERROR_CLASS_THROTTLED
#define MAYBE_STORED RMQ_ERROR_CLASS_MAYBE_STORED
#define ROW(code, name, error, error_class, message, hint)                                                             \
  {                                                                                                                    \
    code, #name, RMQ_ERROR_##error, error_class, message, hint                                                         \
  }
#define CONTROLLER(code, name, message) ROW (code, CONTROLLER_##name, BROKER, FATAL, message, NULL)

/* Retriable are the codes after which the Java producer tries another broker, and those that a new route, a new
 * connection or the next heartbeat repairs. */
/* clang-format off */
static const RmqBrokerCode codes[] = {
  ROW (-1006, RPC_TIME_OUT, TIMED_OUT, MAYBE_STORED, "the broker's call to another broker timed out", NULL),
  ROW (-1004, RPC_SEND_TO_CHANNEL_FAILED, BROKER, RETRIABLE, "the broker could not forward the request", NULL),
  ROW (-1002, RPC_ADDR_IS_NULL, BROKER_NOT_FOUND, RETRIABLE, "the broker does not know the broker to forward to", NULL),
  ROW (-1000, RPC_UNKNOWN, BROKER, FATAL, "forwarding between brokers failed", NULL),
  ROW (0, SUCCESS, FAILED, FATAL, "the broker reported success", NULL),
  ROW (1, SYSTEM_ERROR, SYSTEM_ERROR, RETRIABLE, "the broker failed to serve the request", NULL),
  ROW (2, SYSTEM_BUSY, SYSTEM_BUSY, THROTTLED, "the broker is overloaded and refused the request", NULL),
  ROW (3, REQUEST_CODE_NOT_SUPPORTED, NOT_SUPPORTED, FATAL, "the broker does not know this request", NULL),
  ROW (4, TRANSACTION_FAILED, TRANSACTION, FATAL, "the transaction failed", NULL),
  ROW (10, FLUSH_DISK_TIMEOUT, BROKER, MAYBE_STORED, "stored, but not on disk within the broker's time limit",
       "The message may be lost if the broker's machine fails now; treat it as weakly stored."),
  ROW (11, SLAVE_NOT_AVAILABLE, SERVICE_NOT_AVAILABLE, MAYBE_STORED, "no replica was available",
       "A message was stored without a replica; other requests must go to the master."),
  ROW (12, FLUSH_SLAVE_TIMEOUT, BROKER, MAYBE_STORED, "stored, but not replicated within the broker's time limit",
       "The message may be lost if the broker fails now; treat it as weakly stored."),
  ROW (13, MESSAGE_ILLEGAL, MESSAGE_ILLEGAL, FATAL, "the broker refused the message or its properties", NULL),
  ROW (14, SERVICE_NOT_AVAILABLE, SERVICE_NOT_AVAILABLE, RETRIABLE,
       "the broker does not serve now: disk full, shutting down, or a replica", NULL),
  ROW (15, VERSION_NOT_SUPPORTED, NOT_SUPPORTED, FATAL, "the proxy does not support this client's version", NULL),
  ROW (16, NO_PERMISSION, NO_PERMISSION, RETRIABLE, "the broker does not permit this", NULL),
  ROW (17, TOPIC_NOT_EXIST, TOPIC_NOT_FOUND, RETRIABLE, "the topic does not exist there", NULL),
  ROW (18, TOPIC_EXIST_ALREADY, BROKER, FATAL, "the topic exists already", NULL),
  ROW (19, PULL_NOT_FOUND, NOT_FOUND, RETRIABLE, "there is no new message", NULL),
  ROW (20, PULL_RETRY_IMMEDIATELY, NOT_FOUND, RETRIABLE, "no message matched; ask again at once", NULL),
  ROW (21, PULL_OFFSET_MOVED, OFFSET_ILLEGAL, RETRIABLE, "the offset is outside of what the queue holds", NULL),
  ROW (22, QUERY_NOT_FOUND, NOT_FOUND, FATAL, "the broker has nothing under that key", NULL),
  ROW (23, SUBSCRIPTION_PARSE_FAILED, SUBSCRIPTION, FATAL, "the broker cannot parse the filter expression",
       "Check the tag or SQL expression; SQL also needs enablePropertyFilter=true on the broker."),
  ROW (24, SUBSCRIPTION_NOT_EXIST, SUBSCRIPTION, RETRIABLE, "the broker does not know this subscription yet",
       "The next heartbeat registers it; consumers of one group must subscribe to the same topics."),
  ROW (25, SUBSCRIPTION_NOT_LATEST, SUBSCRIPTION, RETRIABLE, "the broker has an older version of this subscription",
       "The next heartbeat repairs it; consumers of one group must use the same expressions."),
  ROW (26, SUBSCRIPTION_GROUP_NOT_EXIST, GROUP_NOT_FOUND, FATAL, "the consumer group does not exist there", NULL),
  ROW (27, FILTER_DATA_NOT_EXIST, SUBSCRIPTION, RETRIABLE, "the broker has no filter for this subscription yet",
       "The next heartbeat registers it."),
  ROW (28, FILTER_DATA_NOT_LATEST, SUBSCRIPTION, RETRIABLE, "the broker has an older filter of this subscription",
       "The next heartbeat repairs it."),
  ROW (29, INVALID_PARAMETER, INVALID_ARGUMENT, FATAL, "the broker refused a parameter", NULL),
  ROW (200, TRANSACTION_SHOULD_COMMIT, TRANSACTION, FATAL, "the transaction should be committed", NULL),
  ROW (201, TRANSACTION_SHOULD_ROLLBACK, TRANSACTION, FATAL, "the transaction should be rolled back", NULL),
  ROW (202, TRANSACTION_STATE_UNKNOW, TRANSACTION, FATAL, "the state of the transaction is unknown", NULL),
  ROW (203, TRANSACTION_STATE_GROUP_WRONG, TRANSACTION, FATAL, "the transaction belongs to another group", NULL),
  ROW (204, NO_BUYER_ID, BROKER, RETRIABLE, "the broker wants a buyer id", NULL),
  ROW (205, NOT_IN_CURRENT_UNIT, BROKER, RETRIABLE, "the request belongs to another unit", NULL),
  ROW (206, CONSUMER_NOT_ONLINE, CONSUMER_NOT_ONLINE, RETRIABLE, "no consumer of the group is connected", NULL),
  ROW (207, CONSUME_MSG_TIMEOUT, TIMED_OUT, MAYBE_STORED, "the consumer that was asked did not answer in time", NULL),
  ROW (208, NO_MESSAGE, NOT_FOUND, FATAL, "there is no such message any more", NULL),
  ROW (209, POLLING_FULL, FLOW_CONTROL, THROTTLED, "too many requests wait at the broker", NULL),
  ROW (210, POLLING_TIMEOUT, NOT_FOUND, RETRIABLE, "no message came within the polling time", NULL),
  ROW (211, BROKER_NOT_EXIST, BROKER_NOT_FOUND, FATAL, "the container has no such broker", NULL),
  ROW (212, BROKER_DISPATCH_NOT_COMPLETE, BROKER, RETRIABLE, "the broker has not finished its dispatch", NULL),
  ROW (213, BROADCAST_CONSUMPTION, BROKER, FATAL, "the group consumes by broadcasting", NULL),
  ROW (215, FLOW_CONTROL, FLOW_CONTROL, THROTTLED, "the broker limits the rate", NULL),
  ROW (501, NOT_LEADER_FOR_QUEUE, BROKER, RETRIABLE, "the queue moved to another broker",
       "The route is asked for again."),
  ROW (604, ILLEGAL_OPERATION, BROKER, FATAL, "the broker refused the operation",
       "A transaction may be past its time, a recall handle wrong, or the group not allowed to do this."),
  ROW (1500, GO_AWAY, SERVICE_NOT_AVAILABLE, RETRIABLE, "the broker is shutting down and did not serve the request",
       NULL),
  CONTROLLER (2000, FENCED_MASTER_EPOCH, "the controller has a newer master epoch"),
  CONTROLLER (2001, FENCED_SYNC_STATE_SET_EPOCH, "the controller has a newer sync state set"),
  CONTROLLER (2002, INVALID_MASTER, "the controller knows another master"),
  CONTROLLER (2003, INVALID_REPLICAS, "the controller does not know the replicas"),
  CONTROLLER (2004, MASTER_NOT_AVAILABLE, "the controller has no master"),
  CONTROLLER (2005, INVALID_REQUEST, "the controller refused the request"),
  CONTROLLER (2006, BROKER_NOT_ALIVE, "the controller believes the broker dead"),
  CONTROLLER (2007, NOT_LEADER, "this controller is not the leader"),
  CONTROLLER (2008, BROKER_METADATA_NOT_EXIST, "the controller does not know the broker"),
  CONTROLLER (2009, INVALID_CLEAN_BROKER_METADATA, "the controller cannot clean the broker's data"),
  CONTROLLER (2010, BROKER_NEED_TO_BE_REGISTERED, "the broker must register at the controller"),
  CONTROLLER (2011, MASTER_STILL_EXIST, "the controller still has a master"),
  CONTROLLER (2012, ELECT_MASTER_FAILED, "the controller could not elect a master"),
  CONTROLLER (2013, ALTER_SYNC_STATE_SET_FAILED, "the controller could not change the sync state set"),
  CONTROLLER (2014, BROKER_ID_INVALID, "the controller refused the broker id"),
  CONTROLLER (2015, JRAFT_INTERNAL_ERROR, "the controller failed internally"),
  CONTROLLER (2016, BROKER_LIVE_INFO_NOT_EXISTS, "the controller has no heartbeat of the broker"),
  ROW (2017, LMQ_QUOTA_EXCEEDED, QUOTA, FATAL, "the broker holds as many light queues as it may",
       "Delete light topics, or raise maxLmqConsumeQueueNum on the broker."),
  ROW (2018, LITE_SUBSCRIPTION_QUOTA_EXCEEDED, QUOTA, FATAL, "the broker holds as many lite subscriptions as it may",
       "Remove lite subscriptions, or raise maxLiteSubscriptionCount on the broker."),
  ROW (3001, USER_NOT_EXIST, NOT_FOUND, FATAL, "the user does not exist", NULL),
  ROW (3002, POLICY_NOT_EXIST, NOT_FOUND, FATAL, "the policy does not exist", NULL),
  ROW (10001, CONNECT_BROKER_EXCEPTION, CONNECT_FAILED, RETRIABLE, "the broker could not be connected", NULL),
  ROW (10002, ACCESS_BROKER_TIMEOUT, TIMED_OUT, MAYBE_STORED, "the broker did not answer in time", NULL),
  ROW (10003, BROKER_NOT_EXIST_EXCEPTION, BROKER_NOT_FOUND, RETRIABLE, "the broker is not in the route", NULL),
  ROW (10004, NO_NAME_SERVER_EXCEPTION, NO_NAME_SERVER, FATAL, "there is no name server address", NULL),
  ROW (10005, NOT_FOUND_TOPIC_EXCEPTION, NO_ROUTE, RETRIABLE, "no name server has a route of the topic", NULL),
  ROW (10006, REQUEST_TIMEOUT_EXCEPTION, TIMED_OUT, MAYBE_STORED, "no reply message came in time", NULL),
  ROW (10007, CREATE_REPLY_MESSAGE_EXCEPTION, INVALID_ARGUMENT, FATAL, "the message cannot be replied to", NULL),
};

static const RmqErrorKind kinds[] = {
  [RMQ_ERROR_FAILED] = { FATAL, NULL },
  [RMQ_ERROR_INVALID_ARGUMENT] = { FATAL, NULL },
  [RMQ_ERROR_INVALID_CONFIG] = { FATAL, NULL },
  [RMQ_ERROR_INVALID_STATE] = { FATAL, NULL },
  [RMQ_ERROR_CLOSED] = { FATAL, NULL },
  [RMQ_ERROR_FORKED] = { FATAL, "Make a new client in the child process." },
  [RMQ_ERROR_CANCELLED] = { FATAL, NULL },
  [RMQ_ERROR_TIMED_OUT] = { RETRIABLE, "Check that the broker answers, or allow more time." },
  [RMQ_ERROR_QUEUE_FULL] = { THROTTLED, "Wait for ::writable before adding more." },
  [RMQ_ERROR_SEALED] = { FATAL, "A message cannot be changed once it was sent or received: change a copy." },
  [RMQ_ERROR_DUPLICATE_GROUP] = { FATAL, "A client has one producer and one consumer for a group." },
  [RMQ_ERROR_NOT_FOUND] = { FATAL, NULL },
  [RMQ_ERROR_CONNECT_FAILED] = { RETRIABLE, "Check that the server runs, and that its address can be reached from here." },
  [RMQ_ERROR_CONNECTION_LOST] = { RETRIABLE, NULL },
  [RMQ_ERROR_PROTOCOL] = { FATAL, NULL },
  [RMQ_ERROR_CORRUPT_MESSAGE] = { FATAL, NULL },
  [RMQ_ERROR_NO_NAME_SERVER] = { FATAL, "Set the name servers in the configuration." },
  [RMQ_ERROR_NO_ROUTE] = { RETRIABLE, "Create the topic, or check the name server address." },
  [RMQ_ERROR_BROKER_NOT_FOUND] = { RETRIABLE, "Check that the broker runs and registered at this name server." },
  [RMQ_ERROR_PLUGIN_NOT_FOUND] = { FATAL, "Run rmq inspect to list the plugins; RMQ_PLUGIN_PATH adds folders." },
  [RMQ_ERROR_PLUGIN_FAILED] = { FATAL, NULL },
  [RMQ_ERROR_PLUGIN_ABI] = { FATAL, "Build the plugin against this version of rmq-glib." },
  [RMQ_ERROR_HOOK_FAILED] = { FATAL, NULL },
  [RMQ_ERROR_MESSAGE_ILLEGAL] = { FATAL, "Check the size of body and properties, and the topic." },
  [RMQ_ERROR_NOT_SUPPORTED] = { FATAL, "The broker may be too old for this, or the feature switched off." },
  [RMQ_ERROR_SYSTEM_ERROR] = { RETRIABLE, "The broker's log tells more." },
  [RMQ_ERROR_SYSTEM_BUSY] = { THROTTLED, "Send more slowly, or to more brokers." },
  [RMQ_ERROR_SERVICE_NOT_AVAILABLE] = { RETRIABLE, "Check the broker's disk, its role, and whether it is stopping." },
  [RMQ_ERROR_NO_PERMISSION] = { RETRIABLE, "Check the permissions of topic, group and user, and the access key." },
  [RMQ_ERROR_TOPIC_NOT_FOUND] = { RETRIABLE, "Create the topic, or check its name." },
  [RMQ_ERROR_GROUP_NOT_FOUND] = { FATAL, "Create the consumer group, or check its name." },
  [RMQ_ERROR_SUBSCRIPTION] = { FATAL, NULL },
  [RMQ_ERROR_CONSUMER_NOT_ONLINE] = { RETRIABLE, "Start a consumer of the group." },
  [RMQ_ERROR_OFFSET_ILLEGAL] = { RETRIABLE, NULL },
  [RMQ_ERROR_FLOW_CONTROL] = { THROTTLED, "Ask again later." },
  [RMQ_ERROR_TRANSACTION] = { FATAL, NULL },
  [RMQ_ERROR_QUOTA] = { FATAL, NULL },
  [RMQ_ERROR_BROKER] = { FATAL, NULL },
};
/* clang-format on */

const RmqBrokerCode *
_rmq_broker_code_find (int code)
{
  size_t low = 0;
  size_t high = G_N_ELEMENTS (codes);

  while (low < high)
    {
      size_t middle = low + (high - low) / 2;

      if (codes[middle].code == code)
        return &codes[middle];
      if (codes[middle].code < code)
        low = middle + 1;
      else
        high = middle;
    }
  return NULL;
}

const RmqBrokerCode *
_rmq_broker_code_table (size_t *n_rows)
{
  *n_rows = G_N_ELEMENTS (codes);
  return codes;
}

const RmqErrorKind *
_rmq_error_kind (int error)
{
  if (error < 0 || (size_t) error >= G_N_ELEMENTS (kinds))
    error = RMQ_ERROR_FAILED;
  return &kinds[error];
}
