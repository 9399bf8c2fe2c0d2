/* SPDX-License-Identifier: Apache-2.0
 *
 * An address as messages carry it: 4 or 16 bytes and a port, kept binary and formatted only when somebody asks.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include "base/rmq-macros-private.h"

typedef struct
{
  uint8_t address[16]; /* network order; the first four for IPv4 */
  uint16_t port;
  bool is_ipv6;
} RmqHost;

#define RMQ_HOST_ADDRESS_LEN(host) ((host)->is_ipv6 ? 16 : 4)

static inline bool
rmq_host_equal (const RmqHost *a, const RmqHost *b)
{
  return a->is_ipv6 == b->is_ipv6 && a->port == b->port
         && memcmp (a->address, b->address, RMQ_HOST_ADDRESS_LEN (a)) == 0;
}

RMQ_PRIVATE_BEGIN

/* "192.168.1.10:54321", "[2001:db8::1]:10911" */
char *_rmq_host_to_string (const RmqHost *self);
/* A numeric address with its port, as above. */
bool _rmq_host_from_string (RmqHost *self, const char *text);

RMQ_PRIVATE_END
