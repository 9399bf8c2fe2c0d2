/* SPDX-License-Identifier: Apache-2.0
 *
 * Users and access rules: 3001 to 3010. Lists are JSON arrays: _rmq_body_decode_list ().
 */
#pragma once

#include "rmq-body-private.h"

typedef struct
{
  char *name;
  char *password;
  char *type;
  char *status;
} RmqUserBody;

typedef struct
{
  char *resource;
  GPtrArray *actions;    /* char *, or NULL */
  GPtrArray *source_ips; /* char *, or NULL */
  char *decision;
} RmqAclEntry;

typedef struct
{
  char *type;
  GPtrArray *entries; /* RmqAclEntry, or NULL */
} RmqAclPolicy;

typedef struct
{
  char *subject;
  GPtrArray *policies; /* RmqAclPolicy, or NULL */
} RmqAclBody;

RMQ_PRIVATE_BEGIN

RMQ_DECLARE_BODY (RmqUserBody, user_body)
RMQ_DECLARE_BODY (RmqAclEntry, acl_entry)
RMQ_DECLARE_BODY (RmqAclPolicy, acl_policy)
RMQ_DECLARE_BODY (RmqAclBody, acl_body)

RMQ_PRIVATE_END
