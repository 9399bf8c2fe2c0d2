/* SPDX-License-Identifier: Apache-2.0
 *
 * One request to a server over a connection of its own, blocking: what tests ask beside the client under test.
 */
#pragma once

#include <rmq/rmq.h>

/* ext: name, value, name, value …, NULL. (transfer full): the answer, whatever its code; fails the test without one. */
RmqRemotingCommand *broker_ask (const char *address, int code, const char *const *ext, GBytes *body);
