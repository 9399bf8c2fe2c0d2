/* SPDX-License-Identifier: Apache-2.0
 *
 * Headers of user and access-list administration.
 * Each list makes a struct and a table: rmq-header-private.h says how.
 */
#pragma once

#include "rmq-codes-private.h"
#include "rmq-header-private.h"

#define RMQ_CreateUserRequestHeader_FIELDS(X, T) X (T, username, "username", STRING, RMQ_FIELD_OPTIONAL)

#define RMQ_UpdateUserRequestHeader_FIELDS(X, T) X (T, username, "username", STRING, RMQ_FIELD_OPTIONAL)

#define RMQ_DeleteUserRequestHeader_FIELDS(X, T) X (T, username, "username", STRING, RMQ_FIELD_OPTIONAL)

#define RMQ_GetUserRequestHeader_FIELDS(X, T) X (T, username, "username", STRING, RMQ_FIELD_OPTIONAL)

#define RMQ_ListUsersRequestHeader_FIELDS(X, T) X (T, filter, "filter", STRING, RMQ_FIELD_OPTIONAL)

#define RMQ_CreateAclRequestHeader_FIELDS(X, T) X (T, subject, "subject", STRING, RMQ_FIELD_OPTIONAL)

#define RMQ_UpdateAclRequestHeader_FIELDS(X, T) X (T, subject, "subject", STRING, RMQ_FIELD_OPTIONAL)

#define RMQ_DeleteAclRequestHeader_FIELDS(X, T)                                                                        \
  X (T, subject, "subject", STRING, RMQ_FIELD_OPTIONAL)                                                                \
  X (T, policy_type, "policyType", STRING, RMQ_FIELD_OPTIONAL)                                                         \
  X (T, resource, "resource", STRING, RMQ_FIELD_OPTIONAL)

#define RMQ_GetAclRequestHeader_FIELDS(X, T) X (T, subject, "subject", STRING, RMQ_FIELD_OPTIONAL)

#define RMQ_ListAclsRequestHeader_FIELDS(X, T)                                                                         \
  X (T, subject_filter, "subjectFilter", STRING, RMQ_FIELD_OPTIONAL)                                                   \
  X (T, resource_filter, "resourceFilter", STRING, RMQ_FIELD_OPTIONAL)

#define RMQ_AUTH_HEADERS(H)                                                                                            \
  H (CreateUserRequestHeader, RMQ_REQUEST_AUTH_CREATE_USER)                                                            \
  H (UpdateUserRequestHeader, RMQ_REQUEST_AUTH_UPDATE_USER)                                                            \
  H (DeleteUserRequestHeader, RMQ_REQUEST_AUTH_DELETE_USER)                                                            \
  H (GetUserRequestHeader, RMQ_REQUEST_AUTH_GET_USER)                                                                  \
  H (ListUsersRequestHeader, RMQ_REQUEST_AUTH_LIST_USER)                                                               \
  H (CreateAclRequestHeader, RMQ_REQUEST_AUTH_CREATE_ACL)                                                              \
  H (UpdateAclRequestHeader, RMQ_REQUEST_AUTH_UPDATE_ACL)                                                              \
  H (DeleteAclRequestHeader, RMQ_REQUEST_AUTH_DELETE_ACL)                                                              \
  H (GetAclRequestHeader, RMQ_REQUEST_AUTH_GET_ACL)                                                                    \
  H (ListAclsRequestHeader, RMQ_REQUEST_AUTH_LIST_ACL)

RMQ_AUTH_HEADERS (RMQ_HEADER_STRUCT)

RMQ_PRIVATE_BEGIN

RMQ_AUTH_HEADERS (RMQ_HEADER_DECLARE)

RMQ_PRIVATE_END
