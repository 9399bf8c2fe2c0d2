/* SPDX-License-Identifier: Apache-2.0
 *
 * The allocation algorithms as pure functions: which of the sorted queues belong to one of the sorted client ids.
 */
#pragma once

#include "rmq-body-private.h"

/* Borrowed. queues sorted by topic, broker name, id; clients in Java's order. */
typedef struct
{
  RmqMessageQueue *const *queues;
  unsigned n_queues;
  const char *const *clients;
  unsigned n_clients;
  const char *self;
} RmqAllocationInput;

/* Gives the machine room of a broker name or a client id: (transfer full), NULL or "" is an error. */
typedef char *(*RmqMachineRoomFunc) (const char *name, bool is_client, void *data);

typedef bool (*RmqAllocateFunc) (const RmqAllocationInput *input, GArray *result, GError **error);

RMQ_PRIVATE_BEGIN

/* result: a GArray of unsigned, to which the indexes of the queues of `self` are appended, ascending unless said
 * otherwise. No self, no queues or no clients are RMQ_ERROR_INVALID_ARGUMENT; a self that is not among the clients gets
 * nothing. */
bool _rmq_allocate_averagely (const RmqAllocationInput *input, GArray *result, GError **error);
bool _rmq_allocate_averagely_by_circle (const RmqAllocationInput *input, GArray *result, GError **error);
/* configured: "broker:id" rules are the caller's business; these queues that exist are taken in this order. */
bool _rmq_allocate_by_config (const RmqAllocationInput *input,
                              RmqMessageQueue *const *configured,
                              unsigned n_configured,
                              GArray *result,
                              GError **error);
/* Broker names are room@name; rooms: NULL-terminated. */
bool _rmq_allocate_by_machine_room (const RmqAllocationInput *input,
                                    const char *const *rooms,
                                    GArray *result,
                                    GError **error);
bool _rmq_allocate_machine_room_nearby (const RmqAllocationInput *input,
                                        RmqAllocateFunc inner,
                                        RmqMachineRoomFunc room,
                                        void *room_data,
                                        GArray *result,
                                        GError **error);
/* virtual_nodes: 10 for the peers. */
bool _rmq_allocate_by_consistent_hash (const RmqAllocationInput *input,
                                       unsigned virtual_nodes,
                                       GArray *result,
                                       GError **error);

RMQ_PRIVATE_END
