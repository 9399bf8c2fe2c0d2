/* SPDX-License-Identifier: Apache-2.0
 *
 * Everything of the embedded broker.
 */
#pragma once

#include <rmq-broker/rmq-broker-server.h>
