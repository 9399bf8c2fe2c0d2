/* SPDX-License-Identifier: Apache-2.0
 *
 * One custom header field of a frame: a key and its text.
 */
#pragma once

#include "base/rmq-slice-private.h"

typedef struct
{
  RmqSlice key;
  RmqSlice value; /* data NULL: the peer sent null */
} RmqExtField;
