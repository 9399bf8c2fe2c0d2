/* SPDX-License-Identifier: Apache-2.0
 *
 * The error domain RMQ_ERROR: its types, its private data, and how its messages are made so that they alone tell what
 * failed, where, how far it came and what to do.
 */
#include "rmq-error-details-private.h"
#include "rmq-error-table-private.h"
#include "rmq-sync-private.h"

#include <gio/gio.h>

#define MAX_REMARK_BYTES 1024

/**
 * RMQ_ERROR:
 *
 * Error domain of the library. Errors in this domain have codes of
 * [error@Rmq.Error] and may have details: see [func@Rmq.error_get_details].
 */

/**
 * RmqError:
 * @RMQ_ERROR_FAILED: something failed that has no code of its own.
 * @RMQ_ERROR_INVALID_ARGUMENT: an argument is wrong, found here or by the broker.
 * @RMQ_ERROR_INVALID_CONFIG: the configuration is wrong or does not fit a shared client's.
 * @RMQ_ERROR_INVALID_STATE: not possible now, for instance before start.
 * @RMQ_ERROR_CLOSED: the object was closed.
 * @RMQ_ERROR_FORKED: the object belongs to the parent of this process.
 * @RMQ_ERROR_CANCELLED: cancelled.
 * @RMQ_ERROR_TIMED_OUT: the deadline passed.
 * @RMQ_ERROR_QUEUE_FULL: a bounded queue is full; nothing was added.
 * @RMQ_ERROR_SEALED: the message was sent or received and cannot change any more.
 * @RMQ_ERROR_DUPLICATE_GROUP: the client already has a member of that group.
 * @RMQ_ERROR_NOT_FOUND: there is no such thing, or nothing new.
 * @RMQ_ERROR_CONNECT_FAILED: no connection could be made.
 * @RMQ_ERROR_CONNECTION_LOST: the connection broke.
 * @RMQ_ERROR_PROTOCOL: the peer sent what is not RocketMQ's protocol.
 * @RMQ_ERROR_CORRUPT_MESSAGE: a stored message is damaged.
 * @RMQ_ERROR_NO_NAME_SERVER: no name server is configured or found.
 * @RMQ_ERROR_NO_ROUTE: no name server knows a route of the topic.
 * @RMQ_ERROR_BROKER_NOT_FOUND: the route names no such broker.
 * @RMQ_ERROR_PLUGIN_NOT_FOUND: there is no such plugin or feature.
 * @RMQ_ERROR_PLUGIN_FAILED: a plugin could not be loaded or failed.
 * @RMQ_ERROR_PLUGIN_ABI: a plugin was built for another version.
 * @RMQ_ERROR_HOOK_FAILED: an RPC hook refused the request or the answer.
 * @RMQ_ERROR_MESSAGE_ILLEGAL: the broker refused the message (`MESSAGE_ILLEGAL`).
 * @RMQ_ERROR_NOT_SUPPORTED: the broker does not know the request.
 * @RMQ_ERROR_SYSTEM_ERROR: the broker failed (`SYSTEM_ERROR`).
 * @RMQ_ERROR_SYSTEM_BUSY: the broker is overloaded (`SYSTEM_BUSY`).
 * @RMQ_ERROR_SERVICE_NOT_AVAILABLE: the broker does not serve now.
 * @RMQ_ERROR_NO_PERMISSION: not permitted.
 * @RMQ_ERROR_TOPIC_NOT_FOUND: the broker does not have the topic.
 * @RMQ_ERROR_GROUP_NOT_FOUND: the broker does not have the consumer group.
 * @RMQ_ERROR_SUBSCRIPTION: the broker refused or does not know the subscription.
 * @RMQ_ERROR_CONSUMER_NOT_ONLINE: no consumer of the group is connected.
 * @RMQ_ERROR_OFFSET_ILLEGAL: the offset is outside of what the queue holds.
 * @RMQ_ERROR_FLOW_CONTROL: the broker limits the rate.
 * @RMQ_ERROR_TRANSACTION: the broker refused the end of a transaction.
 * @RMQ_ERROR_QUOTA: a quota of the broker is used up.
 * @RMQ_ERROR_BROKER: any other answer of a broker, see
 *   [method@Rmq.ErrorDetails.get_broker_code].
 *
 * Codes of the domain `RMQ_ERROR`.
 */
/* clang-format off */
G_DEFINE_ENUM_TYPE (RmqError, rmq_error,
  G_DEFINE_ENUM_VALUE (RMQ_ERROR_FAILED, "failed"),
  G_DEFINE_ENUM_VALUE (RMQ_ERROR_INVALID_ARGUMENT, "invalid-argument"),
  G_DEFINE_ENUM_VALUE (RMQ_ERROR_INVALID_CONFIG, "invalid-config"),
  G_DEFINE_ENUM_VALUE (RMQ_ERROR_INVALID_STATE, "invalid-state"),
  G_DEFINE_ENUM_VALUE (RMQ_ERROR_CLOSED, "closed"),
  G_DEFINE_ENUM_VALUE (RMQ_ERROR_FORKED, "forked"),
  G_DEFINE_ENUM_VALUE (RMQ_ERROR_CANCELLED, "cancelled"),
  G_DEFINE_ENUM_VALUE (RMQ_ERROR_TIMED_OUT, "timed-out"),
  G_DEFINE_ENUM_VALUE (RMQ_ERROR_QUEUE_FULL, "queue-full"),
  G_DEFINE_ENUM_VALUE (RMQ_ERROR_SEALED, "sealed"),
  G_DEFINE_ENUM_VALUE (RMQ_ERROR_DUPLICATE_GROUP, "duplicate-group"),
  G_DEFINE_ENUM_VALUE (RMQ_ERROR_NOT_FOUND, "not-found"),
  G_DEFINE_ENUM_VALUE (RMQ_ERROR_CONNECT_FAILED, "connect-failed"),
  G_DEFINE_ENUM_VALUE (RMQ_ERROR_CONNECTION_LOST, "connection-lost"),
  G_DEFINE_ENUM_VALUE (RMQ_ERROR_PROTOCOL, "protocol"),
  G_DEFINE_ENUM_VALUE (RMQ_ERROR_CORRUPT_MESSAGE, "corrupt-message"),
  G_DEFINE_ENUM_VALUE (RMQ_ERROR_NO_NAME_SERVER, "no-name-server"),
  G_DEFINE_ENUM_VALUE (RMQ_ERROR_NO_ROUTE, "no-route"),
  G_DEFINE_ENUM_VALUE (RMQ_ERROR_BROKER_NOT_FOUND, "broker-not-found"),
  G_DEFINE_ENUM_VALUE (RMQ_ERROR_PLUGIN_NOT_FOUND, "plugin-not-found"),
  G_DEFINE_ENUM_VALUE (RMQ_ERROR_PLUGIN_FAILED, "plugin-failed"),
  G_DEFINE_ENUM_VALUE (RMQ_ERROR_PLUGIN_ABI, "plugin-abi"),
  G_DEFINE_ENUM_VALUE (RMQ_ERROR_HOOK_FAILED, "hook-failed"),
  G_DEFINE_ENUM_VALUE (RMQ_ERROR_MESSAGE_ILLEGAL, "message-illegal"),
  G_DEFINE_ENUM_VALUE (RMQ_ERROR_NOT_SUPPORTED, "not-supported"),
  G_DEFINE_ENUM_VALUE (RMQ_ERROR_SYSTEM_ERROR, "system-error"),
  G_DEFINE_ENUM_VALUE (RMQ_ERROR_SYSTEM_BUSY, "system-busy"),
  G_DEFINE_ENUM_VALUE (RMQ_ERROR_SERVICE_NOT_AVAILABLE, "service-not-available"),
  G_DEFINE_ENUM_VALUE (RMQ_ERROR_NO_PERMISSION, "no-permission"),
  G_DEFINE_ENUM_VALUE (RMQ_ERROR_TOPIC_NOT_FOUND, "topic-not-found"),
  G_DEFINE_ENUM_VALUE (RMQ_ERROR_GROUP_NOT_FOUND, "group-not-found"),
  G_DEFINE_ENUM_VALUE (RMQ_ERROR_SUBSCRIPTION, "subscription"),
  G_DEFINE_ENUM_VALUE (RMQ_ERROR_CONSUMER_NOT_ONLINE, "consumer-not-online"),
  G_DEFINE_ENUM_VALUE (RMQ_ERROR_OFFSET_ILLEGAL, "offset-illegal"),
  G_DEFINE_ENUM_VALUE (RMQ_ERROR_FLOW_CONTROL, "flow-control"),
  G_DEFINE_ENUM_VALUE (RMQ_ERROR_TRANSACTION, "transaction"),
  G_DEFINE_ENUM_VALUE (RMQ_ERROR_QUOTA, "quota"),
  G_DEFINE_ENUM_VALUE (RMQ_ERROR_BROKER, "broker"))

G_DEFINE_ENUM_TYPE (RmqOutcome, rmq_outcome,
  G_DEFINE_ENUM_VALUE (RMQ_OUTCOME_NOT_STORED, "not-stored"),
  G_DEFINE_ENUM_VALUE (RMQ_OUTCOME_MAYBE_STORED, "maybe-stored"),
  G_DEFINE_ENUM_VALUE (RMQ_OUTCOME_STORED, "stored"))

G_DEFINE_ENUM_TYPE (RmqPhase, rmq_phase,
  G_DEFINE_ENUM_VALUE (RMQ_PHASE_NONE, "none"),
  G_DEFINE_ENUM_VALUE (RMQ_PHASE_ROUTE, "route"),
  G_DEFINE_ENUM_VALUE (RMQ_PHASE_CONNECT, "connect"),
  G_DEFINE_ENUM_VALUE (RMQ_PHASE_QUEUED, "queued"),
  G_DEFINE_ENUM_VALUE (RMQ_PHASE_WRITE, "write"),
  G_DEFINE_ENUM_VALUE (RMQ_PHASE_WAIT, "wait"),
  G_DEFINE_ENUM_VALUE (RMQ_PHASE_ANSWERED, "answered"))

G_DEFINE_ENUM_TYPE (RmqErrorClass, rmq_error_class,
  G_DEFINE_ENUM_VALUE (RMQ_ERROR_CLASS_FATAL, "fatal"),
  G_DEFINE_ENUM_VALUE (RMQ_ERROR_CLASS_RETRIABLE, "retriable"),
  G_DEFINE_ENUM_VALUE (RMQ_ERROR_CLASS_THROTTLED, "throttled"),
  G_DEFINE_ENUM_VALUE (RMQ_ERROR_CLASS_MAYBE_STORED, "maybe-stored"))
/* clang-format on */

typedef struct
{
  RmqErrorDetails *details; /* or NULL; never changes */
  size_t what_len;          /* how much of the message says what happened, before the details */
} RmqErrorPrivate;

static void
rmq_error_private_init (RmqErrorPrivate *priv)
{
  priv->details = NULL;
  priv->what_len = 0;
}

static void
rmq_error_private_copy (const RmqErrorPrivate *source, RmqErrorPrivate *copy)
{
  copy->details = source->details != NULL ? rmq_error_details_ref (source->details) : NULL;
  copy->what_len = source->what_len;
}

static void
rmq_error_private_clear (RmqErrorPrivate *priv)
{
  g_clear_pointer (&priv->details, rmq_error_details_unref);
}

G_DEFINE_EXTENDED_ERROR (RmqError, rmq_error)

static GPrivate last_details = G_PRIVATE_INIT ((GDestroyNotify) rmq_error_details_unref);

RmqError
_rmq_error_from_broker_code (int code)
{
  const RmqBrokerCode *row = _rmq_broker_code_find (code);

  return row != NULL ? row->error : RMQ_ERROR_BROKER;
}

RmqErrorClass
_rmq_error_class_of_broker_code (int code)
{
  const RmqBrokerCode *row = _rmq_broker_code_find (code);

  return row != NULL ? row->error_class : RMQ_ERROR_CLASS_FATAL;
}

const char *
_rmq_error_name_of_broker_code (int code)
{
  const RmqBrokerCode *row = _rmq_broker_code_find (code);

  return row != NULL ? row->name : NULL;
}

static const char *
hint_of (int code, const RmqErrorDetails *details)
{
  int broker_code = details != NULL ? rmq_error_details_get_broker_code (details) : 0;
  const RmqBrokerCode *row = broker_code != 0 ? _rmq_broker_code_find (broker_code) : NULL;

  /* A broker code may stand in the details of a failure of another kind: an earlier attempt's answer. */
  if (row != NULL && (int) row->error == code && row->hint != NULL)
    return row->hint;
  return _rmq_error_kind (code)->hint;
}

/* Takes the details. */
static GError *
error_take (RmqError code, RmqErrorDetails *details, const char *what)
{
  g_autoptr (GString) text = g_string_new (what);
  const char *hint = hint_of ((int) code, details);
  GError *error;

  if (details != NULL)
    _rmq_error_details_append (details, text, "; ");
  if (hint != NULL)
    g_string_append_printf (text, ". %s", hint);
  error = g_error_new_literal (RMQ_ERROR, (int) code, text->str);
  rmq_error_get_private (error)->details = details;
  rmq_error_get_private (error)->what_len = strlen (what);
  return error;
}

char *
_rmq_error_dup_what (const GError *error)
{
  size_t len = error->domain == RMQ_ERROR ? rmq_error_get_private (error)->what_len : 0;

  /* Others may make errors of our domain, too: plugins, bindings. Theirs are all message. */
  return len > 0 ? g_strndup (error->message, len) : g_strdup (error->message);
}

GError *
_rmq_error_new (RmqError code, RmqErrorDetails *details, const char *format, ...)
{
  g_autofree char *what = NULL;
  va_list args;

  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);
  return error_take (code, details != NULL ? _rmq_error_details_copy (details) : NULL, what);
}

void
_rmq_set_error (GError **error, RmqError code, RmqErrorDetails *details, const char *format, ...)
{
  g_autofree char *what = NULL;
  va_list args;

  if (error == NULL)
    return;
  g_return_if_fail (*error == NULL);

  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);
  *error = error_take (code, details != NULL ? _rmq_error_details_copy (details) : NULL, what);
}

GError *
_rmq_error_new_broker (int code, const char *remark, RmqErrorDetails *details, const char *what)
{
  const RmqBrokerCode *row = _rmq_broker_code_find (code);
  g_autoptr (GString) text = g_string_new (what);
  RmqErrorDetails *copy = details != NULL ? _rmq_error_details_copy (details) : _rmq_error_details_new ();

  _rmq_error_details_set_broker_code (copy, code);
  g_string_append_printf (text, ": %s", row != NULL ? row->message : "the broker answered with an unknown code");
  if (remark != NULL && *remark != '\0')
    {
      g_autofree char *limited = _rmq_error_text_limit (remark, MAX_REMARK_BYTES);

      g_string_append_printf (text, " (%s)", limited);
    }
  return error_take (_rmq_error_from_broker_code (code), copy, text->str);
}

void
_rmq_error_remember (const GError *error)
{
  const RmqErrorDetails *details = error != NULL ? rmq_error_get_details (error) : NULL;

  g_private_replace (&last_details, details != NULL ? rmq_error_details_ref ((RmqErrorDetails *) details) : NULL);
}

/**
 * rmq_error_get_details:
 * @error: an error of any domain
 *
 * Gets the details of a failed operation.
 *
 * Language bindings that rebuild errors lose them: there, use the
 * `dup_details` method of the class, or [func@Rmq.dup_last_error_details].
 *
 * Returns: (nullable) (transfer none): the details, or %NULL when the error
 *   has none. They live as long as @error
 */
const RmqErrorDetails *
rmq_error_get_details (const GError *error)
{
  g_return_val_if_fail (error != NULL, NULL);

  return error->domain == RMQ_ERROR ? rmq_error_get_private (error)->details : NULL;
}

static RmqErrorClass
classify_io_error (int code)
{
  switch (code)
    {
    case G_IO_ERROR_TIMED_OUT:
    case G_IO_ERROR_CONNECTION_REFUSED:
    case G_IO_ERROR_CONNECTION_CLOSED:
    case G_IO_ERROR_HOST_NOT_FOUND:
    case G_IO_ERROR_HOST_UNREACHABLE:
    case G_IO_ERROR_NETWORK_UNREACHABLE:
    case G_IO_ERROR_NOT_CONNECTED:
      return RMQ_ERROR_CLASS_RETRIABLE;
    case G_IO_ERROR_BUSY:
    case G_IO_ERROR_WOULD_BLOCK:
    case G_IO_ERROR_TOO_MANY_OPEN_FILES:
      return RMQ_ERROR_CLASS_THROTTLED;
    default:
      return RMQ_ERROR_CLASS_FATAL;
    }
}

/**
 * rmq_error_classify:
 * @error: an error of any domain
 *
 * Tells whether doing it again can help.
 *
 * What is [enum@Rmq.ErrorClass.RETRIABLE] agrees with the response codes after
 * which RocketMQ's Java producer (`DefaultMQProducer`) tries another broker.
 *
 * Returns: the class
 */
RmqErrorClass
rmq_error_classify (const GError *error)
{
  const RmqErrorDetails *details;
  const RmqBrokerCode *row = NULL;

  g_return_val_if_fail (error != NULL, RMQ_ERROR_CLASS_FATAL);

  if (error->domain == G_IO_ERROR)
    return classify_io_error (error->code);
  if (error->domain != RMQ_ERROR)
    return RMQ_ERROR_CLASS_FATAL;

  details = rmq_error_get_details (error);
  if (details != NULL && _rmq_error_details_knows_outcome (details)
      && rmq_error_details_get_outcome (details) == RMQ_OUTCOME_MAYBE_STORED)
    return RMQ_ERROR_CLASS_MAYBE_STORED;
  if (details != NULL && rmq_error_details_get_broker_code (details) != 0)
    row = _rmq_broker_code_find (rmq_error_details_get_broker_code (details));
  if (row != NULL && (int) row->error == error->code)
    return row->error_class;
  return _rmq_error_kind (error->code)->error_class;
}

/**
 * rmq_error_get_hint:
 * @error: an error of any domain
 *
 * Gets a sentence that says what to try next. It also ends the error's
 * message.
 *
 * Returns: (nullable) (transfer none): the hint, or %NULL when there is none
 */
const char *
rmq_error_get_hint (const GError *error)
{
  g_return_val_if_fail (error != NULL, NULL);

  return error->domain == RMQ_ERROR ? hint_of (error->code, rmq_error_get_details (error)) : NULL;
}

/**
 * rmq_dup_last_error_details:
 *
 * Gets the details of the last synchronous call of this library that failed
 * in the calling thread, for languages whose errors cannot carry them.
 *
 * Returns: (nullable) (transfer full): the details, or %NULL when no call
 *   failed or the last failure had none
 */
RmqErrorDetails *
rmq_dup_last_error_details (void)
{
  RmqErrorDetails *details = g_private_get (&last_details);

  return details != NULL ? rmq_error_details_ref (details) : NULL;
}
