/* SPDX-License-Identifier: Apache-2.0
 *
 * What most tests need: waiting for a condition with a deadline, scratch folders, and counts of what a process holds.
 */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

/* How long a condition may take that is expected to come. Longer under sanitizers and valgrind. */
#define RMQ_TEST_TIMEOUT_MS 20000

typedef bool (*RmqTestCondition) (void *data);

/* Waits until condition (data) is true, false when the time is over first. With a context, iterates it in the calling
 * thread; with NULL, blocks. The condition is looked at after every iteration, after each rmq_test_wake () and, should
 * nobody call that, every few milliseconds. It runs in the calling thread. */
bool rmq_test_wait_until (GMainContext *context, RmqTestCondition condition, void *data, unsigned timeout_ms);
/* Any thread: what somebody waits for may have happened. */
void rmq_test_wake (void);
/* Conditions. data is an int that is read atomically, a pointer that is read atomically. */
bool rmq_test_int_is_set (void *data);
bool rmq_test_pointer_is_set (void *data);

#define rmq_test_assert_until(context, condition, data)                                                                \
  g_assert_true (rmq_test_wait_until ((context), (condition), (data), RMQ_TEST_TIMEOUT_MS))

/* A GAsyncReadyCallback whose data is a GAsyncResult **: keeps the result there, and wakes. */
void rmq_test_keep_result (GObject *source, GAsyncResult *result, void *data);
/* Iterates the context until *result is there. */
#define rmq_test_await_result(context, result) rmq_test_assert_until ((context), rmq_test_pointer_is_set, (result))

/* Dispatches what is ready now, without blocking. Returns how many iterations did something. */
unsigned rmq_test_drain (GMainContext *context);

/* The path of a new, empty folder; rmq_test_dir_free () deletes it with all it holds. */
typedef char RmqTestDir;
RmqTestDir *rmq_test_dir_new (void);
void rmq_test_dir_free (RmqTestDir *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RmqTestDir, rmq_test_dir_free)
/* Writes a text file into a folder. Returns (transfer full) its path. */
char *rmq_test_dir_write (const RmqTestDir *self, const char *name, const char *content);

/* How many times slower than alone things may be here: 1, or more under valgrind and sanitizers. */
unsigned rmq_test_get_slowness (void);
/* Whether valgrind runs this. It accepts connections beyond the limit of descriptors only to close them. */
bool rmq_test_is_valgrind (void);

unsigned rmq_test_count_fds (void);
/* Ends a forked child with that exit status, by way of another program: valgrind, which looks for leaks at each exit,
 * would find all that only the stacks of the parent's other threads hold. */
G_NORETURN void rmq_test_exit_child (int status);
/* Threads of this process whose name starts with prefix: "rmq-" for the library's. */
unsigned rmq_test_count_threads (const char *prefix);
/* Sources attached to the context and not destroyed. NULL: the default context. */
unsigned rmq_test_count_sources (GMainContext *context);

/* Deterministic noise for fuzzing and models: the same seed, the same numbers, on every machine. */
uint64_t rmq_test_random (uint64_t *state);
static inline uint64_t
rmq_test_random_below (uint64_t *state, uint64_t bound)
{
  return rmq_test_random (state) % bound;
}

G_END_DECLS
