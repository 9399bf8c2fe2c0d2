/* SPDX-License-Identifier: Apache-2.0
 *
 * POP consumption: what its files share. Requests come in by rmq-broker-pop.c, messages go out by
 * rmq-broker-pop-read.c, acknowledgements come back to rmq-broker-pop-ack.c, and what is not acknowledged is delivered
 * again by rmq-broker-pop-revive.c.
 */
#pragma once

#include "broker/rmq-broker-core-private.h"
#include "rmq-broker-lease-private.h"
#include "rmq-broker-pop-order-private.h"
#include "wire/rmq-pop-handle-private.h"
#include "wire/rmq-pop-topic-private.h"

#define RMQ_POP_MAX_MESSAGES 32

/* The module's data. */
typedef struct
{
  RmqBrokerCore *core;
  RmqLeases *leases;
  RmqPopOrders *orders;
  GHashTable *polls; /* polling key → how many wait */
  unsigned n_polls;
  GHashTable *turns; /* topic\ngroup → how many pops: where the next one begins */
  bool unfinished;   /* the last pop, which found nothing, did not look at everything */
} RmqBrokerPop;

/* What is asked, checked. While it waits, its text belongs to the wait. */
typedef struct
{
  RmqSlice group;
  RmqBrokerTopic *topic;
  int32_t queue_id; /* -1: all */
  unsigned max_messages;
  int64_t invisible_ms;
  int32_t init_mode;
  bool order;
  RmqSlice attempt_id;
  RmqBrokerFilter *filter; /* or NULL */
} RmqPopRequest;

/* What was popped, as the answer needs it. */
typedef struct
{
  int64_t pop_time;
  unsigned n;
  int64_t rest;
  bool unfinished; /* nothing yet, but not everything was looked at */
  RmqByteWriter body;
  RmqByteWriter start_info;
  RmqByteWriter offset_info;
  RmqByteWriter count_info;
} RmqPopBatch;

typedef enum
{
  RMQ_POP_INIT_MIN = 0,
  RMQ_POP_INIT_MAX = 1,
} RmqPopInitMode;

/* True: the request is answered, and waits no longer. */
typedef bool (*RmqPopTry) (RmqBrokerPop *pop, const RmqBrokerTicket *ticket, const RmqPopRequest *request);
typedef void (*RmqPopGiveUp) (RmqBrokerPop *pop, const RmqBrokerTicket *ticket, const RmqPopRequest *request);

RMQ_PRIVATE_BEGIN

/* --- rmq-broker-pop.c ----------------------------------------------------------------------------------------------
 */

/* The checks that the requests for messages have in common; false: answered. table, header: what an answer carries. */
bool _rmq_broker_pop_check (RmqBrokerPop *pop,
                            const RmqBrokerTicket *ticket,
                            const RmqHeaderTable *table,
                            const void *header,
                            RmqSlice group,
                            RmqSlice topic,
                            int32_t queue_id,
                            RmqPopRequest *request);
bool _rmq_broker_pop_compile (RmqBrokerPop *pop,
                              const RmqBrokerTicket *ticket,
                              const RmqHeaderTable *table,
                              const void *header,
                              RmqSlice type,
                              RmqSlice expression,
                              RmqPopRequest *request);
/* A code, a remark and a header that says nothing. */
void _rmq_broker_pop_refuse (RmqBrokerPop *pop,
                             const RmqBrokerTicket *ticket,
                             const RmqHeaderTable *table,
                             const void *header,
                             int code,
                             const char *format,
                             ...) G_GNUC_PRINTF (6, 7);

/* --- rmq-broker-pop-look.c: 200052, 200054, 200055 ------------------------------------------------------------------
 */

void _rmq_broker_pop_handle_peek (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data);
void _rmq_broker_pop_handle_notification (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data);
void _rmq_broker_pop_handle_polling_info (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data);

/* --- rmq-broker-pop-ack.c: 200051, 200151, 200053 -------------------------------------------------------------------
 */

void _rmq_broker_pop_handle_ack (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data);
void _rmq_broker_pop_handle_batch_ack (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data);
void _rmq_broker_pop_handle_change (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data);

/* --- rmq-broker-pop-read.c ------------------------------------------------------------------------------------------
 */

void _rmq_pop_batch_init (RmqPopBatch *self);
void _rmq_pop_batch_clear (RmqPopBatch *self);
/* Takes messages out for the group. */
void _rmq_broker_pop_read (RmqBrokerPop *pop, const RmqPopRequest *request, RmqPopBatch *batch);
/* Reads them, and takes nothing. */
void _rmq_broker_pop_peek (RmqBrokerPop *pop, const RmqPopRequest *request, RmqPopBatch *batch);
/* Whether a pop would find something. */
bool _rmq_broker_pop_has_messages (RmqBrokerPop *pop, const RmqPopRequest *request);

/* --- rmq-broker-pop-wait.c ------------------------------------------------------------------------------------------
 */

typedef enum
{
  RMQ_POP_WAITS,
  RMQ_POP_WAIT_FULL,    /* too many wait */
  RMQ_POP_WAIT_NO_TIME, /* the time is up */
} RmqPopWaitResult;

/* born_ms and poll_ms are the client's. Takes the request's filter when it waits. */
RmqPopWaitResult _rmq_broker_pop_wait (RmqBrokerPop *pop,
                                       const RmqBrokerTicket *ticket,
                                       RmqPopRequest *request,
                                       int64_t born_ms,
                                       int64_t poll_ms,
                                       RmqPopTry attempt,
                                       RmqPopGiveUp give_up);
/* Who waits for messages of the topic looks again at the end of the turn. */
void _rmq_broker_pop_wake (RmqBrokerCore *core, RmqBrokerTopic *topic);
unsigned _rmq_broker_pop_count_polls (RmqBrokerPop *pop, RmqSlice topic, RmqSlice group, int32_t queue_id);

/* --- rmq-broker-pop-revive.c ----------------------------------------------------------------------------------------
 */

/* The RmqLeaseExpired. */
bool _rmq_broker_pop_revive (RmqBrokerCore *core, RmqLease *lease, void *data);

RMQ_PRIVATE_END

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RmqPopBatch, _rmq_pop_batch_clear)
