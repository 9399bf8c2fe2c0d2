/* SPDX-License-Identifier: Apache-2.0
 *
 * The inside of the RmqAdmin handle, for its own files.
 */
#pragma once

#include "client/rmq-client-core-private.h"

struct _RmqAdmin
{
  GObject parent_instance;
  RmqClientInstance *client;
  unsigned timeout_ms; /* atomic */
};
