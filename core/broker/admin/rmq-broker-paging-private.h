/* SPDX-License-Identifier: Apache-2.0
 *
 * Paging of the tables of all topics and all groups (21, 201), which are too large for one answer.
 */
#pragma once

#include "broker/rmq-broker-request-private.h"
#include "wire/rmq-topic-config-private.h"

typedef struct
{
  unsigned begin;
  unsigned end;
} RmqBrokerPage;

RMQ_PRIVATE_BEGIN

/* sequence -1: not in the request, which wants all. max 0: as many as fit an answer well. A caller that began with
 * another version begins again. */
RmqBrokerPage _rmq_broker_page (int32_t sequence,
                                RmqSlice version_text,
                                int32_t max,
                                const RmqDataVersion *version,
                                unsigned n);
/* SUCCESS with header and body. */
void _rmq_broker_page_answer (RmqBrokerCore *core,
                              const RmqBrokerTicket *ticket,
                              const RmqHeaderTable *table,
                              const void *header,
                              const RmqBodyType *type,
                              const void *body);

RMQ_PRIVATE_END
