/* SPDX-License-Identifier: Apache-2.0
 *
 * The type of RmqSendStatus.
 */
#include <rmq/rmq.h>

G_DEFINE_ENUM_TYPE (RmqSendStatus,
                    rmq_send_status,
                    G_DEFINE_ENUM_VALUE (RMQ_SEND_STATUS_FAILED, "failed"),
                    G_DEFINE_ENUM_VALUE (RMQ_SEND_STATUS_OK, "ok"),
                    G_DEFINE_ENUM_VALUE (RMQ_SEND_STATUS_FLUSH_DISK_TIMEOUT, "flush-disk-timeout"),
                    G_DEFINE_ENUM_VALUE (RMQ_SEND_STATUS_FLUSH_SLAVE_TIMEOUT, "flush-slave-timeout"),
                    G_DEFINE_ENUM_VALUE (RMQ_SEND_STATUS_SLAVE_NOT_AVAILABLE, "slave-not-available"))
