/* SPDX-License-Identifier: Apache-2.0
 *
 * Visibility of private functions: exported as _rmq_* in the version node RMQ_PRIVATE, for this
 * project's broker library and tests of exactly the same version only.
 */
#pragma once

#include <glib.h>

#define RMQ_PRIVATE_BEGIN                                                                                              \
  G_BEGIN_DECLS                                                                                                        \
  _Pragma ("GCC visibility push(default)")
#define RMQ_PRIVATE_END _Pragma ("GCC visibility pop") G_END_DECLS
