/* SPDX-License-Identifier: Apache-2.0
 *
 * A queue of a topic as a value: immutable, refcounted, with Java's hash and order, which the members of a group must
 * agree on.
 */
#include <rmq/rmq.h>

#include "base/rmq-sync-private.h"
#include "rmq-java-private.h"

struct _RmqMessageQueue
{
  int ref_count;
  int32_t queue_id;
  int32_t hash;
  char *topic; /* both behind the struct */
  char *broker_name;
};

/**
 * RmqMessageQueue:
 *
 * One queue of a topic: the topic, the name of the broker that has it, and its number there. Immutable; any thread.
 *
 * RocketMQ: MessageQueue.
 */
G_DEFINE_BOXED_TYPE (RmqMessageQueue, rmq_message_queue, rmq_message_queue_ref, rmq_message_queue_unref)

static int32_t
compute_hash (const RmqMessageQueue *self)
{
  uint32_t hash = 1;

  hash = 31 * hash + (uint32_t) _rmq_java_string_hash (rmq_slice_from_string (self->broker_name));
  hash = 31 * hash + (uint32_t) self->queue_id;
  hash = 31 * hash + (uint32_t) _rmq_java_string_hash (rmq_slice_from_string (self->topic));
  return (int32_t) hash;
}

/**
 * rmq_message_queue_new:
 * @topic: the topic
 * @broker_name: the broker's name
 * @queue_id: the number of the queue, from 0
 *
 * Makes a queue value. Nothing is asked or checked.
 *
 * Returns: (transfer full): a new queue
 */
RmqMessageQueue *
rmq_message_queue_new (const char *topic, const char *broker_name, int queue_id)
{
  RmqMessageQueue *self;
  size_t topic_size;
  size_t broker_size;

  g_return_val_if_fail (topic != NULL, NULL);
  g_return_val_if_fail (broker_name != NULL, NULL);

  topic_size = strlen (topic) + 1;
  broker_size = strlen (broker_name) + 1;
  self = g_malloc (sizeof *self + topic_size + broker_size);
  self->ref_count = 1;
  self->queue_id = queue_id;
  self->topic = memcpy (self + 1, topic, topic_size);
  self->broker_name = memcpy (self->topic + topic_size, broker_name, broker_size);
  self->hash = compute_hash (self);
  return self;
}

/**
 * rmq_message_queue_ref:
 * @self: a queue
 *
 * Takes a reference. Any thread.
 *
 * Returns: (transfer full): @self
 */
RmqMessageQueue *
rmq_message_queue_ref (RmqMessageQueue *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_int_inc (&self->ref_count);
  return self;
}

/**
 * rmq_message_queue_unref:
 * @self: (transfer full): a queue
 *
 * Drops a reference. Any thread.
 */
void
rmq_message_queue_unref (RmqMessageQueue *self)
{
  g_return_if_fail (self != NULL);

  if (rmq_ref_dec_and_test (&self->ref_count))
    g_free (self);
}

/**
 * rmq_message_queue_get_topic:
 * @self: a queue
 *
 * The topic.
 *
 * Returns: (transfer none): the topic
 */
const char *
rmq_message_queue_get_topic (const RmqMessageQueue *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->topic;
}

/**
 * rmq_message_queue_get_broker_name:
 * @self: a queue
 *
 * The name of the broker, which stands for a master and its slaves.
 *
 * Returns: (transfer none): the broker's name
 */
const char *
rmq_message_queue_get_broker_name (const RmqMessageQueue *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->broker_name;
}

/**
 * rmq_message_queue_get_queue_id:
 * @self: a queue
 *
 * The number of the queue.
 *
 * Returns: the number
 */
int
rmq_message_queue_get_queue_id (const RmqMessageQueue *self)
{
  g_return_val_if_fail (self != NULL, -1);

  return self->queue_id;
}

/**
 * rmq_message_queue_to_string:
 * @self: a queue
 *
 * The queue as a text for people, the same as Java's: `MessageQueue [topic=orders, brokerName=broker-a, queueId=0]`.
 *
 * Returns: (transfer full): a new string
 */
char *
rmq_message_queue_to_string (const RmqMessageQueue *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_strdup_printf ("MessageQueue [topic=%s, brokerName=%s, queueId=%d]", self->topic, self->broker_name,
                          (int) self->queue_id);
}

/**
 * rmq_message_queue_hash:
 * @self: (not nullable) (type RmqMessageQueue): a queue
 *
 * The hash code, bit for bit that of Java's class. For use as a #GHashFunc.
 *
 * Returns: the hash
 */
guint
rmq_message_queue_hash (gconstpointer self)
{
  g_return_val_if_fail (self != NULL, 0);

  return (guint) ((const RmqMessageQueue *) self)->hash;
}

/**
 * rmq_message_queue_equal:
 * @a: (not nullable) (type RmqMessageQueue): a queue
 * @b: (not nullable) (type RmqMessageQueue): another
 *
 * Whether both are the same queue. For use as a #GEqualFunc.
 *
 * Returns: %TRUE when all three parts are equal
 */
gboolean
rmq_message_queue_equal (gconstpointer a, gconstpointer b)
{
  const RmqMessageQueue *left = a;
  const RmqMessageQueue *right = b;

  g_return_val_if_fail (a != NULL && b != NULL, FALSE);

  return left == right
         || (left->hash == right->hash && left->queue_id == right->queue_id && strcmp (left->topic, right->topic) == 0
             && strcmp (left->broker_name, right->broker_name) == 0);
}

/**
 * rmq_message_queue_compare:
 * @a: (not nullable) (type RmqMessageQueue): a queue
 * @b: (not nullable) (type RmqMessageQueue): another
 *
 * Orders queues by topic, broker name and number, strings as Java orders them: all members of a group must sort alike
 * to share queues without talking to each other.
 *
 * Returns: less than, equal to or more than 0
 */
int
rmq_message_queue_compare (gconstpointer a, gconstpointer b)
{
  const RmqMessageQueue *left = a;
  const RmqMessageQueue *right = b;
  int order;

  g_return_val_if_fail (a != NULL && b != NULL, 0);

  order = _rmq_java_compare (left->topic, right->topic);
  if (order == 0)
    order = _rmq_java_compare (left->broker_name, right->broker_name);
  if (order == 0)
    order = (left->queue_id > right->queue_id) - (left->queue_id < right->queue_id);
  return order;
}
