/* SPDX-License-Identifier: Apache-2.0
 *
 * Checks of assignments.
 */
#include "rmq-assignment-private.h"

#include <stdlib.h>
#include <rmq/rmq-error.h>
#include "base/rmq-error-private.h"
#include "wire/rmq-java-private.h"

bool
_rmq_assignment_check (GPtrArray *assigned, GPtrArray *queues, GError **error)
{
  g_autoptr (GHashTable) left = g_hash_table_new (rmq_message_queue_hash, rmq_message_queue_equal);

  if (assigned == NULL)
    {
      _rmq_set_error (error, RMQ_ERROR_PLUGIN_FAILED, NULL, "The allocation strategy gave no queues and no error");
      return false;
    }
  for (unsigned i = 0; i < queues->len; i++)
    g_hash_table_add (left, g_ptr_array_index (queues, i));
  for (unsigned i = 0; i < assigned->len; i++)
    {
      RmqMessageQueue *queue = g_ptr_array_index (assigned, i);
      g_autofree char *text = NULL;

      if (queue != NULL && g_hash_table_remove (left, queue))
        continue;
      text = queue != NULL ? rmq_message_queue_to_string (queue) : g_strdup ("NULL");
      _rmq_set_error (error, RMQ_ERROR_PLUGIN_FAILED, NULL,
                      "The allocation strategy gave %s, which is no queue of the topic or was given twice", text);
      return false;
    }
  return true;
}

static int
compare_ids (const void *a, const void *b)
{
  return _rmq_java_compare (*(char *const *) a, *(char *const *) b);
}

void
_rmq_assignment_sort_ids (char **ids)
{
  qsort (ids, g_strv_length (ids), sizeof (char *), compare_ids);
}

int64_t
_rmq_assignment_split_threshold (int64_t queue_limit, int64_t topic_limit, unsigned n_queues)
{
  if (topic_limit < 0 || n_queues == 0)
    return queue_limit;
  return MAX (1, topic_limit / n_queues);
}
