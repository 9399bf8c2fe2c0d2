/* SPDX-License-Identifier: Apache-2.0
 *
 * Unique ids. Java's has the milliseconds of the month and a counter of 16 bits, which repeat when the clock steps
 * back, and every month. Here both come from one number that only grows, and the month is part of the hash.
 */
#include "rmq-unique-id-private.h"

#include <string.h>
#include <time.h>
#include "base/rmq-sync-private.h"
#include "rmq-hex-private.h"

#define COUNTER_BITS 16
#define LATEST_MS (INT64_C (1) << 46) /* the year 4199: no clock is right that says more */
#define MINUTE_MS 60000
/* Java takes a start of the month that lies this little ahead for the present. */
#define CLOCK_SLACK_MS 1000000

size_t
_rmq_unique_id_encode (const RmqUniqueId *self, char *out)
{
  uint8_t bytes[28];
  int32_t elapsed = self->elapsed < 0 && self->elapsed > -CLOCK_SLACK_MS ? 0 : self->elapsed;
  uint16_t pid = GUINT16_TO_BE (self->pid);
  uint32_t hash = GUINT32_TO_BE (self->hash);
  uint32_t time = GUINT32_TO_BE ((uint32_t) elapsed);
  uint16_t counter = GUINT16_TO_BE (self->counter);
  size_t at = self->ip_len;

  memcpy (bytes, self->ip, at);
  memcpy (bytes + at, &pid, sizeof pid);
  memcpy (bytes + at + 2, &hash, sizeof hash);
  memcpy (bytes + at + 6, &time, sizeof time);
  memcpy (bytes + at + 10, &counter, sizeof counter);
  return rmq_hex_encode (bytes, at + 12, out);
}

bool
_rmq_unique_id_decode (RmqUniqueId *self, const char *text, size_t len)
{
  uint8_t bytes[28];
  uint16_t pid;
  uint32_t hash;
  uint32_t time;
  uint16_t counter;

  if ((len != 32 && len != 56) || !rmq_hex_decode (text, len, bytes))
    return false;
  *self = (RmqUniqueId){ .ip_len = len == 32 ? 4 : 16 };
  memcpy (self->ip, bytes, self->ip_len);
  memcpy (&pid, bytes + self->ip_len, sizeof pid);
  memcpy (&hash, bytes + self->ip_len + 2, sizeof hash);
  memcpy (&time, bytes + self->ip_len + 6, sizeof time);
  memcpy (&counter, bytes + self->ip_len + 10, sizeof counter);
  self->pid = GUINT16_FROM_BE (pid);
  self->hash = GUINT32_FROM_BE (hash);
  self->elapsed = (int32_t) GUINT32_FROM_BE (time);
  self->counter = GUINT16_FROM_BE (counter);
  return true;
}

void
_rmq_unique_id_generator_init (RmqUniqueIdGenerator *self,
                               const uint8_t *ip,
                               size_t ip_len,
                               uint16_t pid,
                               uint32_t hash)
{
  *self = (RmqUniqueIdGenerator){ .ip_len = ip_len == 16 ? 16 : 4, .pid = pid, .hash = hash };
  memcpy (self->ip, ip, self->ip_len);
}

void
_rmq_unique_id_generator_reset (RmqUniqueIdGenerator *self, uint16_t pid, uint32_t hash)
{
  self->pid = pid;
  self->hash = hash;
  /* Another thread of the parent may have held it. */
  memset (&self->month_lock, 0, sizeof self->month_lock);
}

/* The first moment, local time, of the month that is `months` after that of `when`. */
static int64_t
month_start (int64_t when_ms, int months)
{
  time_t seconds = (time_t) (when_ms / 1000);
  struct tm local;

  if (localtime_r (&seconds, &local) == NULL)
    return 0;
  local = (struct tm){
    .tm_year = local.tm_year,
    .tm_mon = local.tm_mon + months,
    .tm_mday = 1,
    .tm_isdst = -1,
  };
  return (int64_t) mktime (&local) * 1000;
}

/* Start and length in one word, so that any thread can read both at once. */
static bool
month_contains (uint64_t month, int64_t now_ms)
{
  int64_t start = (int64_t) (month >> 16);

  return now_ms >= start && now_ms < start + (int64_t) (month & 0xFFFF) * MINUTE_MS;
}

/* The C library's own lock is no good to ThreadSanitizer, and this one a forked child can make anew. */
static uint64_t
find_month (RmqUniqueIdGenerator *self, int64_t now_ms)
{
  uint64_t month;
  int64_t start;
  int64_t length;

  rmq_mutex_lock (&self->month_lock);
  month = __atomic_load_n (&self->month, __ATOMIC_RELAXED);
  if (!month_contains (month, now_ms))
    {
      start = MAX (month_start (now_ms, 0), 0);
      length = month_start (now_ms, 1) - start;
      month = (uint64_t) start << 16 | ((uint64_t) (length / MINUTE_MS) & 0xFFFF);
      __atomic_store_n (&self->month, month, __ATOMIC_RELAXED);
    }
  rmq_mutex_unlock (&self->month_lock);
  return month;
}

size_t
_rmq_unique_id_generator_next (RmqUniqueIdGenerator *self, int64_t now_ms, char *out)
{
  uint64_t now = (uint64_t) CLAMP (now_ms, 0, LATEST_MS) << COUNTER_BITS;
  uint64_t last = __atomic_load_n (&self->last, __ATOMIC_RELAXED);
  uint64_t next;
  uint64_t month;
  int64_t when_ms;
  int64_t start;
  RmqUniqueId id;

  /* After a step back of the clock, and beyond 65,536 ids a millisecond, this runs ahead of it. */
  do
    next = MAX (last + 1, now);
  while (!__atomic_compare_exchange_n (&self->last, &last, next, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED));

  when_ms = (int64_t) (next >> COUNTER_BITS);
  month = __atomic_load_n (&self->month, __ATOMIC_RELAXED);
  if (G_UNLIKELY (!month_contains (month, when_ms)))
    month = find_month (self, when_ms);
  start = (int64_t) (month >> 16);
  id = (RmqUniqueId){
    .ip_len = self->ip_len,
    .pid = self->pid,
    .hash = self->hash + (uint32_t) (start / MINUTE_MS) * 0x9E3779B1u,
    .elapsed = (int32_t) (uint32_t) (when_ms - start),
    .counter = (uint16_t) next,
  };
  memcpy (id.ip, self->ip, sizeof id.ip);
  return _rmq_unique_id_encode (&id, out);
}

int
_rmq_unique_id_rank_address (const uint8_t *ip, size_t ip_len)
{
  if (ip_len == 16)
    {
      bool is_link_local = ip[0] == 0xFE && (ip[1] & 0xC0) == 0x80;
      bool is_loopback = ip[15] == 1;

      for (size_t i = 0; i < 15; i++)
        is_loopback = is_loopback && ip[i] == 0;
      return is_link_local || is_loopback ? 0 : 3;
    }
  if (ip_len != 4)
    return 0;
  if (ip[0] == 127)
    return 1;
  if (ip[0] == 10 || (ip[0] == 172 && ip[1] >= 16 && ip[1] < 32) || (ip[0] == 192 && ip[1] == 168))
    return 2;
  return ip[0] == 0 || (ip[0] == 169 && ip[1] == 254) ? 0 : 3;
}
