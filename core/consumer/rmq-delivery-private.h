/* SPDX-License-Identifier: Apache-2.0
 *
 * From the I/O context to the handler and back: a queue of units, one GSource in the consumer's main context (or worker
 * threads, when asked for), and a list of batches about which something became known.
 */
#pragma once

#include <rmq/rmq-push-consumer.h>
#include "remoting/rmq-io-private.h"
#include "rmq-consume-batch-private.h"

typedef struct _RmqConsumeHandler RmqConsumeHandler;

/* In the I/O context, once for any number of reports. */
typedef void (*RmqDeliveryReported) (RmqDelivery *delivery, void *data);

typedef struct
{
  unsigned batch_size; /* messages a call of a batch handler gets */
  unsigned n_threads;  /* 0: the main context */
  int priority;        /* of the source */
} RmqDeliveryConfig;

RMQ_PRIVATE_BEGIN

/* A callback, where it lives, and what to do with its data there. NULL callbacks: the signal ::message. */
RmqConsumeHandler *_rmq_consume_handler_new (RmqMessageHandler message,
                                             RmqBatchHandler batch,
                                             void *data,
                                             GDestroyNotify destroy,
                                             GMainContext *context);
RmqConsumeHandler *_rmq_consume_handler_ref (RmqConsumeHandler *self);
/* Any thread; the data is released in the context. */
void _rmq_consume_handler_unref (RmqConsumeHandler *self);
bool _rmq_consume_handler_is_signal (RmqConsumeHandler *self);
/* Calls it for messages of one queue, whose references it takes; returns the result of all. */
RmqConsumeResult _rmq_consume_handler_call (RmqConsumeHandler *self,
                                            RmqPushConsumer *consumer,
                                            RmqMessage **messages,
                                            unsigned n_messages);
/* How many messages one call takes. */
unsigned _rmq_consume_handler_get_batch_size (RmqConsumeHandler *self, unsigned configured);

/* consumer is held weakly. */
RmqDelivery *_rmq_delivery_new (RmqIo *io, RmqPushConsumer *consumer, GMainContext *context);
RmqDelivery *_rmq_delivery_ref (RmqDelivery *self);
void _rmq_delivery_unref (RmqDelivery *self);

/* Makes workers before the start; false when not one can be made. */
bool _rmq_delivery_make_threads (RmqDelivery *self, unsigned n_threads, GError **error);
/* I/O context. reported is called until stop. */
void _rmq_delivery_start (RmqDelivery *self,
                          const RmqDeliveryConfig *config,
                          RmqConsumeHandler *handler,
                          RmqDeliveryReported reported,
                          void *data);
/* I/O context. No handler is called any more, except where one already runs; units that wait are forgotten. */
void _rmq_delivery_stop (RmqDelivery *self);
/* I/O context: reported will not be called again. */
void _rmq_delivery_detach (RmqDelivery *self);
/* I/O context. Takes the unit over, and tells the main context of it. */
void _rmq_delivery_push (RmqDelivery *self, RmqDeliveryUnit *unit);
/* The same in two steps, for several units: waking the other thread for each would only interrupt this one. */
void _rmq_delivery_add (RmqDelivery *self, RmqDeliveryUnit *unit);
void _rmq_delivery_kick (RmqDelivery *self);
/* I/O context. While paused no handler is called. */
void _rmq_delivery_set_paused (RmqDelivery *self, bool paused);
void _rmq_delivery_set_n_threads (RmqDelivery *self, unsigned n_threads);
unsigned _rmq_delivery_get_n_threads (RmqDelivery *self);

/* Any thread: an item of batch is DONE or FAILED. */
void _rmq_delivery_report (RmqDelivery *self, RmqConsumeBatch *batch);
/* I/O context: the batches reported so far, each with a reference, linked by next_report. */
RmqConsumeBatch *_rmq_delivery_take_reports (RmqDelivery *self);
/* Microseconds spent in handlers and messages handed to them, since the last call. */
void _rmq_delivery_take_busy (RmqDelivery *self, int64_t *busy_us, uint64_t *n_messages);

/* Whether the calling thread is inside a handler of this consumer. */
bool _rmq_delivery_is_current (RmqDelivery *self);

RMQ_PRIVATE_END

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RmqDelivery, _rmq_delivery_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RmqConsumeHandler, _rmq_consume_handler_unref)
