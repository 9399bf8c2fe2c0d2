/* SPDX-License-Identifier: Apache-2.0
 *
 * acl-sign and acl-hmac: the signature of requests.
 */
#include "vectors.h"
#include "wire/rmq-acl-private.h"

static bool
run_hmac (VectorCase *self)
{
  g_autoptr (GBytes) data = vector_bytes (self->input, "dataBytes");
  const char *key = vector_string (self->input, "key");
  char signature[RMQ_ACL_SIGNATURE_SIZE];

  if (data == NULL || key == NULL)
    return false;
  _rmq_acl_hmac (vector_slice_of_bytes (data), key, signature);
  vector_expect_string (self, "hmac", signature, vector_string (self->object, "text"));
  return true;
}

static void
add_field (GArray *ext, const char *key, const char *value)
{
  RmqExtField field = { rmq_slice_from_string (key), rmq_slice_from_string (value) };

  for (unsigned i = 0; i < ext->len; i++)
    if (rmq_slice_equal (g_array_index (ext, RmqExtField, i).key, field.key))
      {
        g_array_index (ext, RmqExtField, i) = field;
        return;
      }
  g_array_append_val (ext, field);
}

/* The bytes that were signed must be the vector's too, so that a failure says whether order or HMAC is wrong. */
static void
check_content (VectorCase *self, const char *secret, const char *signature)
{
  g_autoptr (GBytes) content = vector_bytes (self->object, "content");
  char expected[RMQ_ACL_SIGNATURE_SIZE];

  if (content == NULL)
    return;
  _rmq_acl_hmac (vector_slice_of_bytes (content), secret, expected);
  vector_expect_string (self, "hmac of content", expected, vector_string (self->object, "signature"));
  vector_expect_string (self, "signature", signature, expected);
}

static bool
run_sign (VectorCase *self)
{
  g_autoptr (GArray) ext = g_array_new (FALSE, FALSE, sizeof (RmqExtField));
  g_autoptr (GBytes) body = vector_bytes (self->input, "body");
  JsonObject *fields = vector_object (self->input, "ext");
  const char *secret = vector_string (self->input, "secretKey");
  const char *token = vector_string (self->input, "securityToken");
  char signature[RMQ_ACL_SIGNATURE_SIZE];
  JsonObjectIter iter;
  const char *key;
  JsonNode *value;

  if (secret == NULL)
    return false;
  if (fields != NULL)
    {
      json_object_iter_init (&iter, fields);
      while (json_object_iter_next (&iter, &key, &value))
        add_field (ext, key, json_node_get_string (value));
    }
  add_field (ext, "AccessKey", vector_string (self->input, "accessKey"));
  if (token != NULL)
    add_field (ext, "SecurityToken", token);

  _rmq_acl_sign ((const RmqExtField *) ext->data, ext->len, vector_slice_of_bytes (body), secret, signature);
  vector_expect_string (self, "signature", signature, vector_string (self->object, "signature"));
  check_content (self, secret, signature);

  add_field (ext, "Signature", signature);
  vector_expect_int (self, "number of fields", ext->len,
                     json_object_get_size (vector_object (self->object, "extAfter")));
  vector_expect_bool (self, "verified",
                      _rmq_acl_verify ((const RmqExtField *) ext->data, ext->len, vector_slice_of_bytes (body), secret),
                      true);
  return true;
}

const VectorCategory vectors_acl[] = {
  { "acl-hmac", run_hmac },
  { "acl-sign", run_sign },
  { NULL, NULL },
};
