/* SPDX-License-Identifier: Apache-2.0
 *
 * message-queue: text, hash and order of queues, and Java's order of strings.
 */
#include "vectors-message-common.h"
#include "wire/rmq-java-private.h"

static int
compare_queues (const void *a, const void *b)
{
  return rmq_message_queue_compare (*(RmqMessageQueue *const *) a, *(RmqMessageQueue *const *) b);
}

static int
compare_strings (const void *a, const void *b)
{
  return _rmq_java_compare (*(const char *const *) a, *(const char *const *) b);
}

static RmqMessageQueue *
make_queue (VectorCase *self, JsonObject *input)
{
  RmqMessageQueue *queue = rmq_message_queue_new (vector_string (input, "topic"), vector_string (input, "brokerName"),
                                                  (int) vector_int (input, "queueId", 0));
  g_autofree char *text = rmq_message_queue_to_string (queue);

  vector_expect_string (self, "text", text, vector_string (input, "text"));
  vector_expect_int (self, "hash", (int32_t) rmq_message_queue_hash (queue), vector_int (input, "hash", 0));
  vector_expect_bool (self, "equal", rmq_message_queue_equal (queue, queue), true);
  return queue;
}

static bool
run_queue (VectorCase *self)
{
  JsonArray *inputs = vector_array (self->input, "queues");
  JsonArray *sorted = vector_array (self->object, "sortedQueues");
  JsonArray *strings = vector_array (self->input, "strings");
  JsonArray *sorted_strings = vector_array (self->object, "sortedStrings");
  g_autoptr (GPtrArray) queues = g_ptr_array_new_with_free_func ((GDestroyNotify) rmq_message_queue_unref);
  g_autoptr (GPtrArray) texts = g_ptr_array_new ();

  if (inputs == NULL || sorted == NULL || strings == NULL || sorted_strings == NULL)
    return false;
  for (unsigned i = 0; i < json_array_get_length (inputs); i++)
    g_ptr_array_add (queues, make_queue (self, json_array_get_object_element (inputs, i)));
  g_ptr_array_sort (queues, compare_queues);
  for (unsigned i = 0; i < queues->len; i++)
    {
      g_autofree char *text = rmq_message_queue_to_string (queues->pdata[i]);

      vector_expect_string (self, "sorted", text, json_array_get_string_element (sorted, i));
    }

  for (unsigned i = 0; i < json_array_get_length (strings); i++)
    g_ptr_array_add (texts, (char *) json_array_get_string_element (strings, i));
  g_ptr_array_sort (texts, compare_strings);
  for (unsigned i = 0; i < texts->len; i++)
    vector_expect_string (self, "sorted string", texts->pdata[i], json_array_get_string_element (sorted_strings, i));
  return true;
}

const VectorCategory vectors_queue[] = {
  { "message-queue", run_queue },
  { NULL },
};
