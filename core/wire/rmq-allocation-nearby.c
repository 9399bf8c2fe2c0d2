/* SPDX-License-Identifier: Apache-2.0
 *
 * Allocation by machine rooms: queues of the own room among the clients there; queues of a room without clients among
 * all.
 */
#include "rmq-allocation-private.h"
#include "rmq-java-private.h"
#include "base/rmq-error-private.h"

/* One room: its queues and clients in their order. */
typedef struct
{
  char *name;
  GArray *queues;     /* unsigned: indexes */
  GPtrArray *clients; /* borrowed */
} Room;

static void
free_room (void *data)
{
  Room *room = data;

  g_free (room->name);
  g_array_unref (room->queues);
  g_ptr_array_unref (room->clients);
  g_free (room);
}

/* Takes the name. NULL with an error when it is empty. */
static Room *
get_room (GHashTable *rooms, char *name, const char *of, GError **error)
{
  Room *room;

  if (name == NULL || name[0] == '\0')
    {
      _rmq_set_error (error, RMQ_ERROR_INVALID_ARGUMENT, NULL, "allocation: no machine room for %s", of);
      g_free (name);
      return NULL;
    }
  room = g_hash_table_lookup (rooms, name);
  if (room != NULL)
    {
      g_free (name);
      return room;
    }
  room = g_new (Room, 1);
  room->name = name;
  room->queues = g_array_new (FALSE, FALSE, sizeof (unsigned));
  room->clients = g_ptr_array_new ();
  g_hash_table_insert (rooms, room->name, room);
  return room;
}

static bool
fill_rooms (const RmqAllocationInput *input,
            RmqMachineRoomFunc room_func,
            void *data,
            GHashTable *rooms,
            GError **error)
{
  for (unsigned k = 0; k < input->n_queues; k++)
    {
      const char *broker_name = rmq_message_queue_get_broker_name (input->queues[k]);
      Room *room = get_room (rooms, room_func (broker_name, false, data), broker_name, error);

      if (room == NULL)
        return false;
      g_array_append_val (room->queues, k);
    }
  for (unsigned i = 0; i < input->n_clients; i++)
    {
      Room *room = get_room (rooms, room_func (input->clients[i], true, data), input->clients[i], error);

      if (room == NULL)
        return false;
      g_ptr_array_add (room->clients, (char *) input->clients[i]);
    }
  return true;
}

/* The inner strategy over the queues of one room; its indexes become those of all queues. */
static bool
allocate_room (const RmqAllocationInput *input,
               const Room *room,
               const char *const *clients,
               unsigned n_clients,
               RmqAllocateFunc inner,
               GArray *result,
               GError **error)
{
  g_autofree RmqMessageQueue **queues = g_new (RmqMessageQueue *, room->queues->len + 1);
  g_autoptr (GArray) chosen = g_array_new (FALSE, FALSE, sizeof (unsigned));
  RmqAllocationInput part = { queues, room->queues->len, clients, n_clients, input->self };

  for (unsigned i = 0; i < room->queues->len; i++)
    queues[i] = input->queues[g_array_index (room->queues, unsigned, i)];
  if (!inner (&part, chosen, error))
    return false;
  for (unsigned i = 0; i < chosen->len; i++)
    {
      unsigned k = g_array_index (chosen, unsigned, i);

      g_array_append_val (result, g_array_index (room->queues, unsigned, k));
    }
  return true;
}

static int
compare_rooms (const void *a, const void *b)
{
  return _rmq_java_compare ((*(Room *const *) a)->name, (*(Room *const *) b)->name);
}

/* Borrowed, in Java's order of their names. */
static GPtrArray *
sorted_rooms (GHashTable *rooms)
{
  GPtrArray *ordered = g_ptr_array_new ();
  GHashTableIter iter;
  void *room;

  g_hash_table_iter_init (&iter, rooms);
  while (g_hash_table_iter_next (&iter, NULL, &room))
    g_ptr_array_add (ordered, room);
  g_ptr_array_sort (ordered, compare_rooms);
  return ordered;
}

static bool
contains (const RmqAllocationInput *input)
{
  for (unsigned i = 0; i < input->n_clients; i++)
    if (strcmp (input->clients[i], input->self) == 0)
      return true;
  return false;
}

bool
_rmq_allocate_machine_room_nearby (const RmqAllocationInput *input,
                                   RmqAllocateFunc inner,
                                   RmqMachineRoomFunc room_func,
                                   void *room_data,
                                   GArray *result,
                                   GError **error)
{
  g_autoptr (GHashTable) rooms = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, free_room);
  g_autoptr (GPtrArray) ordered = NULL;
  g_autofree char *own_name = NULL;
  const Room *own;

  /* The inner strategy words the complaint about bad arguments. */
  if (input->self == NULL || input->self[0] == '\0' || input->n_queues == 0 || input->n_clients == 0)
    return inner (input, result, error);
  if (!contains (input))
    return true;
  if (!fill_rooms (input, room_func, room_data, rooms, error))
    return false;

  own_name = room_func (input->self, true, room_data);
  own = own_name != NULL ? g_hash_table_lookup (rooms, own_name) : NULL;
  if (own != NULL && own->queues->len > 0
      && !allocate_room (input, own, (const char *const *) own->clients->pdata, own->clients->len, inner, result,
                         error))
    return false;

  ordered = sorted_rooms (rooms);
  for (unsigned i = 0; i < ordered->len; i++)
    {
      const Room *room = g_ptr_array_index (ordered, i);

      if (room->clients->len == 0
          && !allocate_room (input, room, input->clients, input->n_clients, inner, result, error))
        return false;
    }
  return true;
}
