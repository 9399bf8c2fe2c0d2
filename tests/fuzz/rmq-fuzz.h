/* SPDX-License-Identifier: Apache-2.0
 *
 * What a fuzz target defines: libFuzzer's entry, which the stand-alone driver calls too. A target aborts when a
 * property does not hold and returns 0 otherwise; data is in a heap block of exactly its size.
 */
#pragma once

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* Also in builds without assertions. */
#define RMQ_FUZZ_CHECK(condition)                                                                                      \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    if (G_UNLIKELY (!(condition)))                                                                                     \
      g_error ("%s:%d: not true: %s", __FILE__, __LINE__, #condition);                                                 \
  }                                                                                                                    \
  G_STMT_END
