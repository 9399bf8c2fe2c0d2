/* SPDX-License-Identifier: Apache-2.0
 *
 * What went wrong: the error domain, the three outcomes of an operation and the details of its attempts.
 */
#pragma once

#if !defined(RMQ_INSIDE) && !defined(RMQ_COMPILATION)
#error "Only <rmq/rmq.h> can be included directly."
#endif

#include <glib-object.h>
#include <rmq/rmq-version-macros.h>

G_BEGIN_DECLS

#define RMQ_ERROR (rmq_error_quark ())

/* Local conditions first, then one value for each class of broker answer. Documented in core/base/rmq-error.c. */
typedef enum /*< underscore_name=rmq_error >*/
{
  RMQ_ERROR_FAILED = 0,
  RMQ_ERROR_INVALID_ARGUMENT,
  RMQ_ERROR_INVALID_CONFIG,
  RMQ_ERROR_INVALID_STATE,
  RMQ_ERROR_CLOSED,
  RMQ_ERROR_FORKED,
  RMQ_ERROR_CANCELLED,
  RMQ_ERROR_TIMED_OUT,
  RMQ_ERROR_QUEUE_FULL,
  RMQ_ERROR_SEALED,
  RMQ_ERROR_DUPLICATE_GROUP,
  RMQ_ERROR_NOT_FOUND,
  RMQ_ERROR_CONNECT_FAILED,
  RMQ_ERROR_CONNECTION_LOST,
  RMQ_ERROR_PROTOCOL,
  RMQ_ERROR_CORRUPT_MESSAGE,
  RMQ_ERROR_NO_NAME_SERVER,
  RMQ_ERROR_NO_ROUTE,
  RMQ_ERROR_BROKER_NOT_FOUND,
  RMQ_ERROR_PLUGIN_NOT_FOUND,
  RMQ_ERROR_PLUGIN_FAILED,
  RMQ_ERROR_PLUGIN_ABI,
  RMQ_ERROR_HOOK_FAILED,
  RMQ_ERROR_MESSAGE_ILLEGAL,
  RMQ_ERROR_NOT_SUPPORTED,
  RMQ_ERROR_SYSTEM_ERROR,
  RMQ_ERROR_SYSTEM_BUSY,
  RMQ_ERROR_SERVICE_NOT_AVAILABLE,
  RMQ_ERROR_NO_PERMISSION,
  RMQ_ERROR_TOPIC_NOT_FOUND,
  RMQ_ERROR_GROUP_NOT_FOUND,
  RMQ_ERROR_SUBSCRIPTION,
  RMQ_ERROR_CONSUMER_NOT_ONLINE,
  RMQ_ERROR_OFFSET_ILLEGAL,
  RMQ_ERROR_FLOW_CONTROL,
  RMQ_ERROR_TRANSACTION,
  RMQ_ERROR_QUOTA,
  RMQ_ERROR_BROKER, /* any other answer of a broker: see rmq_error_details_get_broker_code () */
} RmqError;

/**
 * RmqOutcome:
 * @RMQ_OUTCOME_NOT_STORED: nothing happened at the broker; the operation may safely be repeated.
 * @RMQ_OUTCOME_MAYBE_STORED: the request left, the answer did not arrive: repeating it may do it twice.
 * @RMQ_OUTCOME_STORED: it was done.
 *
 * What is known of the effect of an operation that writes.
 */
typedef enum
{
  RMQ_OUTCOME_NOT_STORED,
  RMQ_OUTCOME_MAYBE_STORED,
  RMQ_OUTCOME_STORED,
} RmqOutcome;

/**
 * RmqPhase:
 * @RMQ_PHASE_NONE: before anything was tried.
 * @RMQ_PHASE_ROUTE: asking a name server for the route.
 * @RMQ_PHASE_CONNECT: connecting.
 * @RMQ_PHASE_QUEUED: waiting for its turn in the connection's queue.
 * @RMQ_PHASE_WRITE: writing the request.
 * @RMQ_PHASE_WAIT: waiting for the answer.
 * @RMQ_PHASE_ANSWERED: the broker answered with a code other than success.
 *
 * How far an attempt came.
 */
typedef enum
{
  RMQ_PHASE_NONE,
  RMQ_PHASE_ROUTE,
  RMQ_PHASE_CONNECT,
  RMQ_PHASE_QUEUED,
  RMQ_PHASE_WRITE,
  RMQ_PHASE_WAIT,
  RMQ_PHASE_ANSWERED,
} RmqPhase;

/**
 * RmqErrorClass:
 * @RMQ_ERROR_CLASS_FATAL: repeating it as it is cannot help.
 * @RMQ_ERROR_CLASS_RETRIABLE: another try, perhaps elsewhere, may succeed.
 * @RMQ_ERROR_CLASS_THROTTLED: try again, later.
 * @RMQ_ERROR_CLASS_MAYBE_STORED: as retriable, but it may already have been done.
 *
 * What an application may do about an error.
 */
typedef enum
{
  RMQ_ERROR_CLASS_FATAL,
  RMQ_ERROR_CLASS_RETRIABLE,
  RMQ_ERROR_CLASS_THROTTLED,
  RMQ_ERROR_CLASS_MAYBE_STORED,
} RmqErrorClass;

typedef struct _RmqErrorDetails RmqErrorDetails;

#define RMQ_TYPE_ERROR_DETAILS (rmq_error_details_get_type ())

RMQ_AVAILABLE_IN_ALL
GType rmq_error_get_type (void) G_GNUC_CONST;
RMQ_AVAILABLE_IN_ALL
GType rmq_outcome_get_type (void) G_GNUC_CONST;
RMQ_AVAILABLE_IN_ALL
GType rmq_phase_get_type (void) G_GNUC_CONST;
RMQ_AVAILABLE_IN_ALL
GType rmq_error_class_get_type (void) G_GNUC_CONST;

#define RMQ_TYPE_ERROR (rmq_error_get_type ())
#define RMQ_TYPE_OUTCOME (rmq_outcome_get_type ())
#define RMQ_TYPE_PHASE (rmq_phase_get_type ())
#define RMQ_TYPE_ERROR_CLASS (rmq_error_class_get_type ())

RMQ_AVAILABLE_IN_ALL
GQuark rmq_error_quark (void);
RMQ_AVAILABLE_IN_ALL
const RmqErrorDetails *rmq_error_get_details (const GError *error);
RMQ_AVAILABLE_IN_ALL
RmqErrorClass rmq_error_classify (const GError *error);
RMQ_AVAILABLE_IN_ALL
const char *rmq_error_get_hint (const GError *error);
RMQ_AVAILABLE_IN_ALL
RmqErrorDetails *rmq_dup_last_error_details (void);

RMQ_AVAILABLE_IN_ALL
GType rmq_error_details_get_type (void) G_GNUC_CONST;
RMQ_AVAILABLE_IN_ALL
RmqErrorDetails *rmq_error_details_ref (RmqErrorDetails *self);
RMQ_AVAILABLE_IN_ALL
void rmq_error_details_unref (RmqErrorDetails *self);
RMQ_AVAILABLE_IN_ALL
int rmq_error_details_get_broker_code (const RmqErrorDetails *self);
RMQ_AVAILABLE_IN_ALL
RmqOutcome rmq_error_details_get_outcome (const RmqErrorDetails *self);
RMQ_AVAILABLE_IN_ALL
unsigned rmq_error_details_get_n_attempts (const RmqErrorDetails *self);
RMQ_AVAILABLE_IN_ALL
const char *rmq_error_details_get_attempt_address (const RmqErrorDetails *self, unsigned attempt);
RMQ_AVAILABLE_IN_ALL
RmqPhase rmq_error_details_get_attempt_phase (const RmqErrorDetails *self, unsigned attempt);
RMQ_AVAILABLE_IN_ALL
int64_t rmq_error_details_get_attempt_elapsed (const RmqErrorDetails *self, unsigned attempt);
RMQ_AVAILABLE_IN_ALL
const char *rmq_error_details_get_attempt_cause (const RmqErrorDetails *self, unsigned attempt);
RMQ_AVAILABLE_IN_ALL
char *rmq_error_details_to_string (const RmqErrorDetails *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RmqErrorDetails, rmq_error_details_unref)

G_END_DECLS
