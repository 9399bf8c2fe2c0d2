/* SPDX-License-Identifier: Apache-2.0
 *
 * One administrative operation: a chain of routes and requests that are asked one after the other, in the I/O context,
 * under one deadline. Each step asks for one thing and says what to do with the answer; every failure ends the chain.
 */
#pragma once

#include "rmq-admin-private.h"
#include "client/rmq-operation-private.h"

typedef struct _RmqAdminTask RmqAdminTask;

typedef void (*RmqAdminStep) (RmqAdminTask *self);
typedef void (*RmqAdminGotRoute) (RmqAdminTask *self, RmqRoute *route);
/* An answer with SUCCESS, or with the code that the step accepts. */
typedef void (*RmqAdminGotAnswer) (RmqAdminTask *self, const RmqFrame *response);

struct _RmqAdminTask
{
  RmqClientCore *client;
  RmqOperation *operation; /* that owns this */
  RmqAdminStep begin;

  /* What is asked; of these, each operation uses some. */
  char *topic;
  char *group;
  char *where;
  RmqMessageQueue *queue;
  int64_t unix_ms;
  int64_t offset;
  unsigned max_messages;
  unsigned wait_ms; /* more time than the admin's timeout */
  int read_queues;
  int write_queues;
  RmqPermission permission;

  /* Where it goes, one after the other. */
  GPtrArray *addresses; /* char * */
  unsigned next;

  /*< private >*/
  RmqRouteRequest *route_request;
  RmqCall *call;
  char *what; /* of the call, for its error */
  int accepted_codes[3];
  unsigned n_accepted;
  RmqAdminGotRoute got_route;
  RmqAdminGotAnswer got_answer;
};

RMQ_PRIVATE_BEGIN

/* begin: the first step, when the client runs. */
RmqAdminTask *_rmq_admin_task_new (RmqAdmin *admin, RmqAdminStep begin);
/* Takes self. */
RmqOperation *_rmq_admin_task_to_operation (RmqAdminTask *self, RmqAdmin *admin, GCancellable *cancellable);

/* Steps. what: a phrase for the error, such as "list topics"; consumed. */
void _rmq_admin_task_ask_route (RmqAdminTask *self, const char *topic, RmqAdminGotRoute got_route);
void _rmq_admin_task_ask (RmqAdminTask *self,
                          const char *address,
                          int code,
                          const RmqHeaderTable *table,
                          const void *header,
                          char *what,
                          RmqAdminGotAnswer got_answer);
void _rmq_admin_task_ask_name_server (RmqAdminTask *self,
                                      int code,
                                      const RmqHeaderTable *table,
                                      const void *header,
                                      char *what,
                                      RmqAdminGotAnswer got_answer);
/* The same two steps for `queue`: its broker's address comes with the route of its topic, which need not be known yet.
 */
void _rmq_admin_task_find_queue (RmqAdminTask *self, RmqAdminStep next);
void _rmq_admin_task_ask_queue (RmqAdminTask *self,
                                int code,
                                const RmqHeaderTable *table,
                                const void *header,
                                char *what,
                                RmqAdminGotAnswer got_answer);
/* Before a step: this code of the answer is no failure, either; three at most. */
void _rmq_admin_task_accept (RmqAdminTask *self, int code);
void _rmq_admin_task_fail (RmqAdminTask *self, GError *error); /* (transfer full) */

/* Fills `addresses` with the masters of `where`, a cluster or a broker, and goes on with next. */
void _rmq_admin_task_find_targets (RmqAdminTask *self, RmqAdminStep next);

RMQ_PRIVATE_END
