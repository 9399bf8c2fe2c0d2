/* SPDX-License-Identifier: Apache-2.0
 *
 * What the three files that walk a body's rows share: nothing here is for users of bodies.
 */
#pragma once

#include "rmq-body-private.h"
#include <rmq/rmq.h>

#define RMQ_BODY_AT(Type, field, body) ((Type *) (void *) ((char *) (body) + (field)->offset))
#define RMQ_BODY_AT_CONST(Type, field, body) ((const Type *) (const void *) ((const char *) (body) + (field)->offset))

void *_rmq_body_field_new (const RmqBodyField *field) G_GNUC_INTERNAL;
