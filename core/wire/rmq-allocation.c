/* SPDX-License-Identifier: Apache-2.0
 *
 * The peers' allocation algorithms over sorted queues and sorted client ids. No state, no I/O.
 */
#include "rmq-allocation-private.h"
#include "rmq-java-private.h"
#include "base/rmq-error-private.h"

typedef struct
{
  uint32_t hash;
  unsigned client;
} RingNode;

static bool
check_input (const RmqAllocationInput *input, GError **error)
{
  const char *what = NULL;

  if (input->self == NULL || input->self[0] == '\0')
    what = "the client id is empty";
  else if (input->n_queues == 0)
    what = "there are no queues";
  else if (input->n_clients == 0)
    what = "there are no clients";
  if (what == NULL)
    return true;
  _rmq_set_error (error, RMQ_ERROR_INVALID_ARGUMENT, NULL, "allocation: %s", what);
  return false;
}

/* The first place of self among the clients; -1 when it is not there. */
static int
find_self (const RmqAllocationInput *input)
{
  for (unsigned i = 0; i < input->n_clients; i++)
    if (strcmp (input->clients[i], input->self) == 0)
      return (int) i;
  return -1;
}

bool
_rmq_allocate_averagely (const RmqAllocationInput *input, GArray *result, GError **error)
{
  unsigned m = input->n_queues;
  unsigned n = input->n_clients;
  unsigned rest;
  unsigned size;
  unsigned start;
  unsigned i;
  int self;

  if (!check_input (input, error))
    return false;
  self = find_self (input);
  if (self < 0)
    return true;
  i = (unsigned) self;
  rest = m % n;
  size = m <= n ? 1 : rest > 0 && i < rest ? m / n + 1 : m / n;
  start = rest > 0 && i < rest ? i * size : i * size + rest;
  for (unsigned k = start; k < m && k - start < size; k++)
    g_array_append_val (result, k);
  return true;
}

bool
_rmq_allocate_averagely_by_circle (const RmqAllocationInput *input, GArray *result, GError **error)
{
  int self;

  if (!check_input (input, error))
    return false;
  self = find_self (input);
  if (self < 0)
    return true;
  for (unsigned k = (unsigned) self; k < input->n_queues; k += input->n_clients)
    g_array_append_val (result, k);
  return true;
}

bool
_rmq_allocate_by_config (const RmqAllocationInput *input,
                         RmqMessageQueue *const *configured,
                         unsigned n_configured,
                         GArray *result,
                         GError **error)
{
  if (!check_input (input, error))
    return false;
  for (unsigned i = 0; i < n_configured; i++)
    for (unsigned k = 0; k < input->n_queues; k++)
      if (rmq_message_queue_equal (configured[i], input->queues[k]))
        {
          g_array_append_val (result, k);
          break;
        }
  return true;
}

/* "room@name", with exactly one @ and a name behind it, in one of the rooms. */
static bool
is_in_rooms (const RmqMessageQueue *queue, const char *const *rooms)
{
  const char *broker_name = rmq_message_queue_get_broker_name (queue);
  const char *at = strchr (broker_name, '@');
  size_t length = at != NULL ? (size_t) (at - broker_name) : 0;

  if (at == NULL || at[1] == '\0' || strchr (at + 1, '@') != NULL)
    return false;
  for (; *rooms != NULL; rooms++)
    if (strlen (*rooms) == length && strncmp (*rooms, broker_name, length) == 0)
      return true;
  return false;
}

bool
_rmq_allocate_by_machine_room (const RmqAllocationInput *input,
                               const char *const *rooms,
                               GArray *result,
                               GError **error)
{
  g_autoptr (GArray) chosen = g_array_new (FALSE, FALSE, sizeof (unsigned));
  unsigned quotient;
  unsigned rest;
  unsigned i;
  int self;

  if (!check_input (input, error))
    return false;
  self = find_self (input);
  if (self < 0)
    return true;
  for (unsigned k = 0; k < input->n_queues; k++)
    if (is_in_rooms (input->queues[k], rooms))
      g_array_append_val (chosen, k);
  i = (unsigned) self;
  quotient = chosen->len / input->n_clients;
  rest = chosen->len % input->n_clients;
  for (unsigned k = quotient * i; k < quotient * (i + 1); k++)
    g_array_append_val (result, g_array_index (chosen, unsigned, k));
  if (i < rest)
    g_array_append_val (result, g_array_index (chosen, unsigned, i + quotient * input->n_clients));
  return true;
}

static uint32_t
ring_hash (const char *key)
{
  g_autoptr (GChecksum) md5 = g_checksum_new (G_CHECKSUM_MD5);
  uint8_t digest[16];
  size_t length = sizeof digest;

  g_checksum_update (md5, (const uint8_t *) key, (gssize) strlen (key));
  g_checksum_get_digest (md5, digest, &length);
  return (uint32_t) digest[0] << 24 | (uint32_t) digest[1] << 16 | (uint32_t) digest[2] << 8 | digest[3];
}

static int
compare_nodes (const void *a, const void *b)
{
  const RingNode *x = a;
  const RingNode *y = b;

  return x->hash != y->hash ? (x->hash < y->hash ? -1 : 1) : 0;
}

/* Sorted by hash, of equal hashes the later client last. A client id that comes again adds more nodes. */
static GArray *
build_ring (const RmqAllocationInput *input, unsigned virtual_nodes)
{
  GArray *ring = g_array_new (FALSE, FALSE, sizeof (RingNode));
  unsigned replica = 0;

  for (unsigned i = 0; i < input->n_clients; i++)
    {
      if (i == 0 || strcmp (input->clients[i], input->clients[i - 1]) != 0)
        replica = 0;
      for (unsigned k = 0; k < virtual_nodes; k++)
        {
          g_autofree char *key = g_strdup_printf ("%s-%u", input->clients[i], replica++);
          RingNode node = { ring_hash (key), i };

          g_array_append_val (ring, node);
        }
    }
  g_array_sort (ring, compare_nodes);
  return ring;
}

/* The owner: the first node at or behind the hash, of equal ones the last; else the ring's first. */
static unsigned
find_owner (const GArray *ring, uint32_t hash)
{
  unsigned low = 0;
  unsigned high = ring->len;

  while (low < high)
    {
      unsigned middle = low + (high - low) / 2;

      if (g_array_index (ring, RingNode, middle).hash < hash)
        low = middle + 1;
      else
        high = middle;
    }
  if (low == ring->len)
    low = 0;
  while (low + 1 < ring->len
         && g_array_index (ring, RingNode, low + 1).hash == g_array_index (ring, RingNode, low).hash)
    low++;
  return g_array_index (ring, RingNode, low).client;
}

bool
_rmq_allocate_by_consistent_hash (const RmqAllocationInput *input,
                                  unsigned virtual_nodes,
                                  GArray *result,
                                  GError **error)
{
  g_autoptr (GArray) ring = NULL;

  if (!check_input (input, error))
    return false;
  if (find_self (input) < 0 || virtual_nodes == 0)
    return true;
  ring = build_ring (input, virtual_nodes);
  for (unsigned k = 0; k < input->n_queues; k++)
    {
      g_autofree char *key = rmq_message_queue_to_string (input->queues[k]);

      if (strcmp (input->clients[find_owner (ring, ring_hash (key))], input->self) == 0)
        g_array_append_val (result, k);
    }
  return true;
}
