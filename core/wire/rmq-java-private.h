/* SPDX-License-Identifier: Apache-2.0
 *
 * Java's arithmetic where RocketMQ's peers must agree bit for bit: string hashes and the order of strings.
 */
#pragma once

#include "base/rmq-macros-private.h"
#include "base/rmq-slice-private.h"

RMQ_PRIVATE_BEGIN

/* String.hashCode () over UTF-16 units of valid UTF-8; a broken byte counts as U+FFFD. The code of a message tag. */
int32_t _rmq_java_string_hash (RmqSlice text);
int32_t _rmq_java_long_hash (int64_t value);
/* String.compareTo (): by UTF-16 units, so that emoji sort before U+E000. Arguments are valid UTF-8. */
int _rmq_java_compare (const char *a, const char *b);
/* Math.abs (hash % n); n > 0. */
unsigned _rmq_java_hash_index (int32_t hash, unsigned n);
/* Number of UTF-16 units, what String.length () says. */
size_t _rmq_java_string_length (RmqSlice text);
/* String.trim (): without leading and trailing characters up to U+0020. */
RmqSlice _rmq_java_trim (RmqSlice text);

RMQ_PRIVATE_END
