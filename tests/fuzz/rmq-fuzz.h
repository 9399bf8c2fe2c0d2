/* SPDX-License-Identifier: Apache-2.0
 *
 * What a fuzz target defines: libFuzzer's entry, which the stand-alone driver calls too. A target aborts when a
 * property does not hold and returns 0 otherwise; data is in a heap block of exactly its size.
 */
#pragma once

#include <glib.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* Also in builds without assertions. Not g_error (): libFuzzer saves the input of an abort, not of a trap. */
#define RMQ_FUZZ_CHECK(condition)                                                                                      \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    if (G_UNLIKELY (!(condition)))                                                                                     \
      {                                                                                                                \
        g_printerr ("%s:%d: not true: %s\n", __FILE__, __LINE__, #condition);                                          \
        abort ();                                                                                                      \
      }                                                                                                                \
  }                                                                                                                    \
  G_STMT_END
