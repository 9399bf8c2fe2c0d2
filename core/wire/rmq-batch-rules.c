/* SPDX-License-Identifier: Apache-2.0
 *
 * What may be sent together. RocketMQ: MessageBatch.generateFromList.
 */
#include "rmq-batch-private.h"

#include "base/rmq-error-private.h"
#include "rmq-names-private.h"

static const char *const timers[] = {
  RMQ_PROPERTY_TIMER_DELAY_SEC,
  RMQ_PROPERTY_TIMER_DELAY_MS,
  RMQ_PROPERTY_TIMER_DELIVER_MS,
};

/* NULL: nothing against it. */
static const char *
find_objection (const RmqMessage *message)
{
  int32_t level;
  RmqSlice delay = _rmq_message_find_literal (message, RMQ_PROPERTY_DELAY);

  if (_rmq_topic_is_retry (message->topic))
    return "a retry topic cannot take batches";
  if (_rmq_property_parse_int32 (delay, &level) && level > 0)
    return "a delayed message cannot be part of a batch";
  for (size_t i = 0; i < G_N_ELEMENTS (timers); i++)
    if (_rmq_message_find (message, rmq_slice_from_string (timers[i])).data != NULL)
      return "a message with a delivery time cannot be part of a batch";
  return NULL;
}

bool
_rmq_batch_accepts (const RmqMessage *message)
{
  return find_objection (message) == NULL;
}

bool
_rmq_batch_check (RmqMessage *const *messages, size_t n, GError **error)
{
  const char *objection = n == 0 ? "it is empty" : NULL;
  size_t i;

  for (i = 0; i < n && objection == NULL; i++)
    {
      objection = find_objection (messages[i]);
      if (objection == NULL && strcmp (messages[i]->topic, messages[0]->topic) != 0)
        objection = "its messages have different topics";
      if (objection == NULL
          && rmq_message_get_wait_store_ok (messages[i]) != rmq_message_get_wait_store_ok (messages[0]))
        objection = "its messages differ in whether to wait until they are stored";
    }
  if (objection == NULL)
    return true;
  _rmq_set_error (error, RMQ_ERROR_INVALID_ARGUMENT, NULL, "The batch cannot be sent: %s (message %" G_GSIZE_FORMAT ")",
                  objection, n == 0 ? 0 : i - 1);
  return false;
}
