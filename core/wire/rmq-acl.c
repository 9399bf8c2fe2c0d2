/* SPDX-License-Identifier: Apache-2.0
 *
 * The signature of remoting requests. What is signed are the values alone, in the order of their keys, then the body.
 */
#include <stdlib.h>
#include "rmq-acl-private.h"
#include "rmq-constants-private.h"

#define SHA1_SIZE 20
#define ON_STACK 48

/* UTF-8 sorts as UTF-16 does, except that surrogates (4 bytes in UTF-8) come before U+E000…U+FFFF (lead EE or EF). */
static inline unsigned
utf16_weight (uint8_t byte)
{
  if (byte < 0xee)
    return byte;
  return byte >= 0xf0 ? byte - 2u : byte + 0x10u;
}

static int
compare_keys (RmqSlice a, RmqSlice b)
{
  size_t shared = MIN (a.len, b.len);

  for (size_t i = 0; i < shared; i++)
    if (a.data[i] != b.data[i])
      return utf16_weight ((uint8_t) a.data[i]) < utf16_weight ((uint8_t) b.data[i]) ? -1 : 1;
  return (a.len > b.len) - (a.len < b.len);
}

/* Equal keys keep the order in which they stand: the fields are one array. */
static int
compare_fields (const void *a, const void *b)
{
  const RmqExtField *const *field_a = a;
  const RmqExtField *const *field_b = b;
  int order = compare_keys ((*field_a)->key, (*field_b)->key);

  return order != 0 ? order : (*field_a > *field_b) - (*field_a < *field_b);
}

static void
finish (GHmac *hmac, char signature[RMQ_ACL_SIGNATURE_SIZE])
{
  uint8_t digest[SHA1_SIZE];
  size_t digest_len = sizeof digest;
  int state = 0;
  int save = 0;
  size_t n;

  g_hmac_get_digest (hmac, digest, &digest_len);
  n = g_base64_encode_step (digest, digest_len, FALSE, signature, &state, &save);
  n += g_base64_encode_close (FALSE, signature + n, &state, &save);
  g_assert (n == RMQ_ACL_SIGNATURE_SIZE - 1);
  signature[n] = '\0';
}

static GHmac *
start (const char *secret_key)
{
  return g_hmac_new (G_CHECKSUM_SHA1, (const uint8_t *) secret_key, strlen (secret_key));
}

static void
update (GHmac *hmac, RmqSlice data)
{
  while (data.len > 0)
    {
      size_t n = MIN (data.len, (size_t) 1 << 30);

      g_hmac_update (hmac, (const uint8_t *) data.data, (gssize) n);
      data.data += n;
      data.len -= n;
    }
}

void
_rmq_acl_sign (const RmqExtField *ext,
               size_t n_ext,
               RmqSlice body,
               const char *secret_key,
               char signature[RMQ_ACL_SIGNATURE_SIZE])
{
  const RmqExtField *on_stack[ON_STACK];
  g_autofree const RmqExtField **on_heap = n_ext > ON_STACK ? g_new (const RmqExtField *, n_ext) : NULL;
  const RmqExtField **sorted = on_heap != NULL ? on_heap : on_stack;
  GHmac *hmac = start (secret_key);

  for (size_t i = 0; i < n_ext; i++)
    sorted[i] = &ext[i];
  qsort (sorted, n_ext, sizeof *sorted, compare_fields);

  for (size_t i = 0; i < n_ext; i++)
    {
      bool overridden = i + 1 < n_ext && rmq_slice_equal (sorted[i]->key, sorted[i + 1]->key);

      if (!overridden && sorted[i]->value.data != NULL && !rmq_slice_equal_string (sorted[i]->key, RMQ_EXT_SIGNATURE))
        update (hmac, sorted[i]->value);
    }
  update (hmac, body);
  finish (hmac, signature);
  g_hmac_unref (hmac);
}

void
_rmq_acl_hmac (RmqSlice data, const char *secret_key, char signature[RMQ_ACL_SIGNATURE_SIZE])
{
  GHmac *hmac = start (secret_key);

  update (hmac, data);
  finish (hmac, signature);
  g_hmac_unref (hmac);
}

bool
_rmq_acl_verify (const RmqExtField *ext, size_t n_ext, RmqSlice body, const char *secret_key)
{
  char expected[RMQ_ACL_SIGNATURE_SIZE];
  RmqSlice received = RMQ_SLICE_NULL;
  uint8_t difference = 0;

  for (size_t i = 0; i < n_ext; i++)
    if (rmq_slice_equal_string (ext[i].key, RMQ_EXT_SIGNATURE))
      received = ext[i].value;
  if (received.data == NULL || received.len != RMQ_ACL_SIGNATURE_SIZE - 1)
    return false;

  _rmq_acl_sign (ext, n_ext, body, secret_key, expected);
  for (size_t i = 0; i < received.len; i++)
    difference |= (uint8_t) (received.data[i] ^ expected[i]);
  return difference == 0;
}
