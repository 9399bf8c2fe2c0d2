/* SPDX-License-Identifier: Apache-2.0
 *
 * GMutex and GCond as ThreadSanitizer can see them: GLib's are futexes in a library that is not instrumented, so the
 * happens-before edge is stated here. Without -fsanitize=thread these are the plain calls.
 */
#pragma once

#include <glib.h>
#include <stdint.h>

#if defined(__SANITIZE_THREAD__)
#define RMQ_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define RMQ_TSAN 1
#endif
#endif

#ifdef RMQ_TSAN
void __tsan_acquire (void *addr);
void __tsan_release (void *addr);
#define RMQ_TSAN_ACQUIRE(addr) __tsan_acquire ((void *) (addr))
#define RMQ_TSAN_RELEASE(addr) __tsan_release ((void *) (addr))

/* The same for what is made once, also in GLib's own macros such as G_DEFINE_EXTENDED_ERROR (). */
static inline gboolean
rmq_tsan_once_init_enter (volatile void *location)
{
  gboolean first = (g_once_init_enter) (location);

  RMQ_TSAN_ACQUIRE (location);
  return first;
}

static inline void
rmq_tsan_once_init_leave (volatile void *location, size_t result)
{
  RMQ_TSAN_RELEASE (location);
  (g_once_init_leave) (location, result);
}

#undef g_once_init_enter
#undef g_once_init_leave
#define g_once_init_enter(location) rmq_tsan_once_init_enter (location)
#define g_once_init_leave(location, result) rmq_tsan_once_init_leave (location, (size_t) (result))
#else
#define RMQ_TSAN_ACQUIRE(addr) ((void) (addr))
#define RMQ_TSAN_RELEASE(addr) ((void) (addr))
#endif

static inline void
rmq_mutex_lock (GMutex *mutex)
{
  g_mutex_lock (mutex);
  RMQ_TSAN_ACQUIRE (mutex);
}

static inline void
rmq_mutex_unlock (GMutex *mutex)
{
  RMQ_TSAN_RELEASE (mutex);
  g_mutex_unlock (mutex);
}

/* The mutex is held, before and after. */
static inline void
rmq_cond_wait (GCond *cond, GMutex *mutex)
{
  RMQ_TSAN_RELEASE (mutex);
  g_cond_wait (cond, mutex);
  RMQ_TSAN_ACQUIRE (mutex);
}

/* end_us as g_get_monotonic_time (). FALSE when the time came first. */
static inline gboolean
rmq_cond_wait_until (GCond *cond, GMutex *mutex, int64_t end_us)
{
  gboolean signalled;

  RMQ_TSAN_RELEASE (mutex);
  signalled = g_cond_wait_until (cond, mutex, end_us);
  RMQ_TSAN_ACQUIRE (mutex);
  return signalled;
}

/* Around g_atomic_int_inc () and g_atomic_int_dec_and_test () of a refcount: call release before the decrement and
 * acquire once it reached zero. */
static inline gboolean
rmq_ref_dec_and_test (int *ref_count)
{
  RMQ_TSAN_RELEASE (ref_count);
  if (!g_atomic_int_dec_and_test (ref_count))
    return FALSE;
  RMQ_TSAN_ACQUIRE (ref_count);
  return TRUE;
}

/* The count is inside GLib, too, and whoever drops the last reference frees what others have read. */
static inline void
rmq_ref_string_release (char *string)
{
  RMQ_TSAN_RELEASE (string);
  RMQ_TSAN_ACQUIRE (string);
  g_ref_string_release (string);
}
