/* SPDX-License-Identifier: Apache-2.0
 *
 * Unique message ids (UNIQ_KEY) and how they are made without a lock: distinct across threads, backward clock steps and
 * months; across processes by pid and a random number.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/rmq-macros-private.h"

#define RMQ_UNIQUE_ID_MAX 56 /* hex digits with an IPv6 address; 32 with IPv4 */

typedef struct
{
  uint8_t ip[16];
  size_t ip_len; /* 4 or 16 */
  uint16_t pid;
  uint32_t hash; /* any number of this process */
  int32_t elapsed;
  uint16_t counter;
} RmqUniqueId;

/* All zero is not ready: init first. */
typedef struct
{
  uint64_t last;  /* atomic: milliseconds since the epoch, and a counter in the low 16 bits */
  uint64_t month; /* atomic: its start in milliseconds since the epoch, and its length in minutes in the low 16 bits */
  GMutex month_lock;
  uint8_t ip[16];
  uint8_t ip_len;
  uint16_t pid;
  uint32_t hash;
} RmqUniqueIdGenerator;

RMQ_PRIVATE_BEGIN

/* out: RMQ_UNIQUE_ID_MAX + 1 bytes. Returns the number of digits. */
size_t _rmq_unique_id_encode (const RmqUniqueId *self, char *out);
/* 32 or 56 hex digits. */
bool _rmq_unique_id_decode (RmqUniqueId *self, const char *text, size_t len);

/* Before other threads see it. ip_len 4 or 16; hash should be random: containers all have pid 1. */
void _rmq_unique_id_generator_init (RmqUniqueIdGenerator *self,
                                    const uint8_t *ip,
                                    size_t ip_len,
                                    uint16_t pid,
                                    uint32_t hash);
/* In the child of a fork, before any id is made there. */
void _rmq_unique_id_generator_reset (RmqUniqueIdGenerator *self, uint16_t pid, uint32_t hash);
/* Any thread; takes a lock only when a month begins. now_ms: wall clock. out as for encode. */
size_t _rmq_unique_id_generator_next (RmqUniqueIdGenerator *self, int64_t now_ms, char *out);
/* Which of a host's addresses ids should carry, as Java chooses: 3 a public one (the first met), 2 a private IPv4, 1 an
 * IPv4 loopback, 0 none of use. */
int _rmq_unique_id_rank_address (const uint8_t *ip, size_t ip_len);

RMQ_PRIVATE_END
