/* SPDX-License-Identifier: Apache-2.0
 *
 * The type of RmqState.
 */
#include <rmq/rmq.h>

G_DEFINE_ENUM_TYPE (RmqState,
                    rmq_state,
                    G_DEFINE_ENUM_VALUE (RMQ_STATE_CREATED, "created"),
                    G_DEFINE_ENUM_VALUE (RMQ_STATE_STARTING, "starting"),
                    G_DEFINE_ENUM_VALUE (RMQ_STATE_RUNNING, "running"),
                    G_DEFINE_ENUM_VALUE (RMQ_STATE_CLOSING, "closing"),
                    G_DEFINE_ENUM_VALUE (RMQ_STATE_CLOSED, "closed"))
