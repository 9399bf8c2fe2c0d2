/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows of users and access rules.
 */
#include "rmq-auth-body-private.h"

static const RmqBodyField user_rows[] = {
  RMQ_ROW (RmqUserBody, password, "password", STRING),
  RMQ_ROW (RmqUserBody, status, "userStatus", STRING),
  RMQ_ROW (RmqUserBody, type, "userType", STRING),
  RMQ_ROW (RmqUserBody, name, "username", STRING),
};
RMQ_DEFINE_BODY (RmqUserBody, user_body, "UserInfo", user_rows)

static const RmqBodyField acl_entry_rows[] = {
  RMQ_ROW (RmqAclEntry, actions, "actions", STRINGS, .flags = RMQ_BODY_NULLABLE),
  RMQ_ROW (RmqAclEntry, decision, "decision", STRING),
  RMQ_ROW (RmqAclEntry, resource, "resource", STRING),
  RMQ_ROW (RmqAclEntry, source_ips, "sourceIps", STRINGS, .flags = RMQ_BODY_NULLABLE),
};
RMQ_DEFINE_BODY (RmqAclEntry, acl_entry, "PolicyEntryInfo", acl_entry_rows)

static const RmqBodyField acl_policy_rows[] = {
  RMQ_ROW (RmqAclPolicy, entries, "entries", LIST, .flags = RMQ_BODY_NULLABLE, .nested = &_rmq_acl_entry_type),
  RMQ_ROW (RmqAclPolicy, type, "policyType", STRING),
};
RMQ_DEFINE_BODY (RmqAclPolicy, acl_policy, "PolicyInfo", acl_policy_rows)

static const RmqBodyField acl_rows[] = {
  RMQ_ROW (RmqAclBody, policies, "policies", LIST, .flags = RMQ_BODY_NULLABLE, .nested = &_rmq_acl_policy_type),
  RMQ_ROW (RmqAclBody, subject, "subject", STRING),
};
RMQ_DEFINE_BODY (RmqAclBody, acl_body, "AclInfo", acl_rows)
