/* SPDX-License-Identifier: Apache-2.0
 *
 * A consumer by POP, request by request; answers are read by the client library's own parser.
 */
#pragma once

#include "broker-fixture.h"
#include "wire/rmq-pop-result-private.h"

#define POP_TOPIC "orders"
#define POP_GROUP "CG"

/* Zero means: POP_TOPIC, POP_GROUP, any queue, 32 messages, a minute, no wait, from the first message. */
typedef struct
{
  const char *topic;
  const char *group;
  const char *queue_id;
  const char *max;
  const char *invisible;
  const char *poll;
  const char *born;
  const char *init_mode;
  const char *order; /* "true" */
  const char *attempt_id;
  const char *type;
  const char *expression;
} PopArgs;

/* NULL: it waits. */
BrokerReply *pop_ask (BrokerClient *client, const PopArgs *args);
/* What an answer with code 0 brought, RmqMessage. */
GPtrArray *pop_read (const BrokerReply *reply, const PopArgs *args);
/* (transfer full) Both; empty when there is nothing (210), fails the test otherwise. */
GPtrArray *pop (BrokerClient *client, const PopArgs *args);
/* The bodies, in order, with spaces between. */
void pop_assert (const GPtrArray *messages, const char *bodies);
/* Pops, and acknowledges nothing. */
void pop_expect (BrokerClient *client, const PopArgs *args, const char *bodies);

/* The answers' codes. The handle is the message's own. */
int pop_ack (BrokerClient *client, const char *group, RmqMessage *message);
int pop_ack_with (BrokerClient *client,
                  const char *topic,
                  const char *queue_id,
                  const char *offset,
                  const char *handle);
/* suspend: "true", or NULL. */
BrokerReply *pop_change (BrokerClient *client, const char *group, RmqMessage *message, int64_t ms, const char *suspend);
/* A message's handle after a change. (transfer full) */
char *pop_changed_handle (const BrokerReply *reply, RmqMessage *message);
/* "a b c" as messages to one queue. */
void pop_send (BrokerClient *client, const char *topic, int queue_id, const char *bodies);
