/* SPDX-License-Identifier: Apache-2.0
 *
 * How the library makes its errors: one table from broker codes to RmqError, and details that grow attempt by attempt.
 */
#pragma once

#include <rmq/rmq.h>
#include "rmq-macros-private.h"

RMQ_PRIVATE_BEGIN

/* The row of a broker's response code; unknown codes give RMQ_ERROR_BROKER. */
RmqError _rmq_error_from_broker_code (int code);
RmqErrorClass _rmq_error_class_of_broker_code (int code);
const char *_rmq_error_name_of_broker_code (int code); /* "SYSTEM_BUSY", or NULL */

RmqErrorDetails *_rmq_error_details_new (void);
/* address and cause are copied; elapsed in milliseconds. At most 16 attempts are kept: the first and the last ones. */
void _rmq_error_details_add_attempt (RmqErrorDetails *self,
                                     const char *address,
                                     RmqPhase phase,
                                     int64_t elapsed_ms,
                                     const char *cause);
void _rmq_error_details_set_broker_code (RmqErrorDetails *self, int code);
void _rmq_error_details_set_outcome (RmqErrorDetails *self, RmqOutcome outcome);

/* Message text: what; broker code and outcome where known; the attempts; the hint of the code. details may be NULL. */
GError *_rmq_error_new (RmqError code, RmqErrorDetails *details, const char *format, ...) G_GNUC_PRINTF (3, 4);
void _rmq_set_error (GError **error, RmqError code, RmqErrorDetails *details, const char *format, ...)
    G_GNUC_PRINTF (4, 5);
/* From a broker's answer that is not success: what is a phrase such as "send to topic orders". */
GError *_rmq_error_new_broker (int code, const char *remark, RmqErrorDetails *details, const char *what);
/* The message without attempts and hint: for use inside another message. */
char *_rmq_error_dup_what (const GError *error);
/* For the sync twins: remembers the details for rmq_dup_last_error_details () in the calling thread. */
void _rmq_error_remember (const GError *error);

RMQ_PRIVATE_END
