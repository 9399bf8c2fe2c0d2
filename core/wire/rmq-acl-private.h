/* SPDX-License-Identifier: Apache-2.0
 *
 * The signature of ACL 1.0 and 2.0 over a remoting request: HMAC-SHA1 over the values of all ext fields in key order,
 * then the body; Base64.
 */
#pragma once

#include "rmq-ext-field-private.h"
#include "base/rmq-macros-private.h"

/* Base64 of 20 bytes and NUL. */
#define RMQ_ACL_SIGNATURE_SIZE 29

RMQ_PRIVATE_BEGIN

/* Signs ext, which must hold AccessKey and, where used, SecurityToken; a field Signature is skipped, a NULL value too,
 * and of equal keys the last counts. Keys sort as Java sorts them, by UTF-16 units. */
void _rmq_acl_sign (const RmqExtField *ext,
                    size_t n_ext,
                    RmqSlice body,
                    const char *secret_key,
                    char signature[RMQ_ACL_SIGNATURE_SIZE]);
/* The primitive: HMAC-SHA1 of data under the secret key, in Base64. */
void _rmq_acl_hmac (RmqSlice data, const char *secret_key, char signature[RMQ_ACL_SIGNATURE_SIZE]);
/* Constant time in the signature's length: for servers. */
bool _rmq_acl_verify (const RmqExtField *ext, size_t n_ext, RmqSlice body, const char *secret_key);

RMQ_PRIVATE_END
