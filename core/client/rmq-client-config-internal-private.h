/* SPDX-License-Identifier: Apache-2.0
 *
 * What the snapshot needs of a config.
 */
#pragma once

#include "rmq-client-settings-table-private.h"

RMQ_PRIVATE_BEGIN

/* The text that was set, or NULL. */
const char *_rmq_client_config_peek (RmqClientConfig *self, const char *key);
GHashTable *_rmq_client_config_dup_options (RmqClientConfig *self);
RmqClock *_rmq_client_config_dup_clock (RmqClientConfig *self);
/* Equal for equal values, wherever they came from; shows none of them. */
char *_rmq_client_config_dup_fingerprint (RmqClientConfig *self);
/* A property was set to what it cannot be: said at start, because properties have no errors. */
const GError *_rmq_client_config_get_problem (RmqClientConfig *self);

RMQ_PRIVATE_END
