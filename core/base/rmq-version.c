/* SPDX-License-Identifier: Apache-2.0
 *
 * The version of the library that is running.
 */
#include <rmq/rmq.h>

/**
 * rmq_get_version:
 *
 * Gets the version of the library that is running, which may differ from
 * the `RMQ_VERSION_STRING` a program was built with.
 *
 * May be called from any thread.
 *
 * Returns: the version, such as `0.1.0`
 */
const char *
rmq_get_version (void)
{
  return RMQ_VERSION_STRING;
}
