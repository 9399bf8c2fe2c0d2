/* SPDX-License-Identifier: Apache-2.0
 *
 * Names of trace record types and transaction states, for encoder and decoder.
 */
#pragma once

#include "rmq-trace-record-private.h"

/* "Pub", "SubBefore" and so on. */
const char *_rmq_trace_type_name (RmqTraceType type) G_GNUC_INTERNAL;
bool _rmq_trace_type_from_name (RmqSlice name, RmqTraceType *type) G_GNUC_INTERNAL;
/* "COMMIT_MESSAGE" and so on; NULL for none. */
const char *_rmq_trace_state_name (int state) G_GNUC_INTERNAL;
int _rmq_trace_state_from_name (RmqSlice name) G_GNUC_INTERNAL; /* -1: none of them */
