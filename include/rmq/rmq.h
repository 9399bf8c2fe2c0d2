/* SPDX-License-Identifier: Apache-2.0
 *
 * The one header applications and plugins include.
 */
#pragma once

#define RMQ_INSIDE

#include <rmq/rmq-version-macros.h>
#include <rmq/rmq-version.h>
#include <rmq/rmq-error.h>
#include <rmq/rmq-message-queue.h>
#include <rmq/rmq-message.h>
#include <rmq/rmq-endpoint.h>
#include <rmq/rmq-transport.h>
#include <rmq/rmq-remoting-command.h>
#include <rmq/rmq-rpc-hook.h>
#include <rmq/rmq-allocation-strategy.h>
#include <rmq/rmq-name-server-discovery.h>
#include <rmq/rmq-compressor.h>
#include <rmq/rmq-plugin.h>
#include <rmq/rmq-plugin-feature.h>
#include <rmq/rmq-plugin-registry.h>
#include <rmq/rmq-send-status.h>
#include <rmq/rmq-send-receipt.h>
#include <rmq/rmq-client-config.h>
#include <rmq/rmq-client-item.h>
#include <rmq/rmq-client-instance.h>
#include <rmq/rmq-producer.h>
#include <rmq/rmq-push-consumer.h>
#include <rmq/rmq-topic-route-info.h>
#include <rmq/rmq-admin.h>

#undef RMQ_INSIDE
