/* SPDX-License-Identifier: Apache-2.0
 *
 * Every body type on texts of any kind. The first line names the class, the rest is JSON: what decodes writes and
 * decodes to the same again.
 */
#include <string.h>
#include "../wire/body-classes.h"
#include "rmq-fuzz.h"

/* Bodies of many small elements may come close to the limit of memory for a byte of text. */
#define SURELY_WITHIN_LIMIT 512

/* A name that a mutation damaged still means some class. */
static const RmqBodyType *
choose_type (const char *name)
{
  const RmqBodyType *type = body_type_of_class (name);
  unsigned n = 0;

  if (type != NULL)
    return type;
  while (body_type_at (n) != NULL)
    n++;
  return body_type_at (g_str_hash (name) % n);
}

static void
run_type (const RmqBodyType *type, RmqSlice text)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  void *body = _rmq_body_decode (type, text, &error);
  void *copy;
  void *again;

  RMQ_FUZZ_CHECK ((body == NULL) == (error != NULL));
  if (body == NULL)
    return;
  /* Texts whose meaning is lost (an unknown enum name, a null over a default) have become defaults in the copy. */
  copy = _rmq_body_copy (type, body);
  RMQ_FUZZ_CHECK (copy != NULL || text.len > SURELY_WITHIN_LIMIT);
  if (copy != NULL)
    {
      again = _rmq_body_copy (type, copy);
      RMQ_FUZZ_CHECK (again != NULL && _rmq_body_equal (type, copy, again));
      first = _rmq_body_to_string (type, copy);
      second = _rmq_body_to_string (type, again);
      RMQ_FUZZ_CHECK (strcmp (first, second) == 0);
      type->free (again);
      type->free (copy);
    }
  type->free (body);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const char *text = (const char *) data;
  const char *newline = size > 0 ? memchr (text, '\n', size) : NULL;
  g_autofree char *name = NULL;
  g_autoptr (GPtrArray) list = NULL;
  RmqSlice body;

  if (newline == NULL)
    return 0;
  name = g_strndup (text, (size_t) (newline - text));
  body = rmq_slice (newline + 1, size - (size_t) (newline + 1 - text));
  run_type (choose_type (name), body);
  list = _rmq_body_decode_list (choose_type (name), body, NULL);
  return 0;
}
