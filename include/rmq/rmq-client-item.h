/* SPDX-License-Identifier: Apache-2.0
 *
 * What the list models of a client hold: a connection by its address, a producer or consumer by its group.
 */
#pragma once

#if !defined(RMQ_INSIDE) && !defined(RMQ_COMPILATION)
#error "Only <rmq/rmq.h> can be included directly."
#endif

#include <glib-object.h>
#include <rmq/rmq-version-macros.h>

G_BEGIN_DECLS

#define RMQ_TYPE_CLIENT_ITEM (rmq_client_item_get_type ())

RMQ_AVAILABLE_IN_ALL
G_DECLARE_FINAL_TYPE (RmqClientItem, rmq_client_item, RMQ, CLIENT_ITEM, GObject)

RMQ_AVAILABLE_IN_ALL
const char *rmq_client_item_get_name (RmqClientItem *self);
RMQ_AVAILABLE_IN_ALL
int64_t rmq_client_item_get_since (RmqClientItem *self);

G_END_DECLS
