/* SPDX-License-Identifier: Apache-2.0
 *
 * How well a message is stored.
 */
#pragma once

#if !defined(RMQ_INSIDE) && !defined(RMQ_COMPILATION)
#error "Only <rmq/rmq.h> can be included directly."
#endif

#include <glib-object.h>
#include <rmq/rmq-version-macros.h>

G_BEGIN_DECLS

/**
 * RmqSendStatus:
 * @RMQ_SEND_STATUS_FAILED: not stored, or not known to be: see the receipt's error and outcome.
 * @RMQ_SEND_STATUS_OK: stored as the broker is configured to store.
 * @RMQ_SEND_STATUS_FLUSH_DISK_TIMEOUT: stored, the flush to disk not confirmed in time.
 * @RMQ_SEND_STATUS_FLUSH_SLAVE_TIMEOUT: stored, the copy on the slave not confirmed in time.
 * @RMQ_SEND_STATUS_SLAVE_NOT_AVAILABLE: stored, no slave was there to copy to.
 *
 * How well a message is stored. All but @RMQ_SEND_STATUS_FAILED count as stored.
 */
typedef enum
{
  RMQ_SEND_STATUS_FAILED,
  RMQ_SEND_STATUS_OK,
  RMQ_SEND_STATUS_FLUSH_DISK_TIMEOUT,
  RMQ_SEND_STATUS_FLUSH_SLAVE_TIMEOUT,
  RMQ_SEND_STATUS_SLAVE_NOT_AVAILABLE,
} RmqSendStatus;

#define RMQ_TYPE_SEND_STATUS (rmq_send_status_get_type ())

RMQ_AVAILABLE_IN_ALL
GType rmq_send_status_get_type (void) G_GNUC_CONST;

G_END_DECLS
