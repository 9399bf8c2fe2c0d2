/* SPDX-License-Identifier: Apache-2.0
 *
 * What a consumer wants of a queue: a first look at the tag's hash in the queue index, a second one at the record.
 */
#pragma once

#include "broker/rmq-broker-types-private.h"
#include "wire/rmq-record-private.h"
#include "wire/rmq-subscription-private.h"

typedef struct
{
  /* May say true too often, never false for what matches. NULL: always true. */
  bool (*match_code) (const RmqBrokerFilter *self, int32_t tags_code);
  /* NULL: the code was enough. */
  bool (*match_record) (const RmqBrokerFilter *self, const RmqRecord *record);
  void (*free) (RmqBrokerFilter *self);
} RmqBrokerFilterClass;

/* The first member of a filter. Immutable once made. */
struct _RmqBrokerFilter
{
  const RmqBrokerFilterClass *klass;
  gatomicrefcount ref_count;
};

RMQ_PRIVATE_BEGIN

void _rmq_broker_filter_init (RmqBrokerFilter *self, const RmqBrokerFilterClass *klass);
RmqBrokerFilter *_rmq_broker_filter_ref (RmqBrokerFilter *self);
void _rmq_broker_filter_unref (RmqBrokerFilter *self);

/* (nullable) NULL without error: everything passes. RMQ_ERROR_SUBSCRIPTION: the expression does not parse;
 * RMQ_ERROR_NOT_SUPPORTED: nobody here knows expressions of that type. */
RmqBrokerFilter *_rmq_broker_filter_new (RmqBrokerCore *core, const RmqSubscription *subscription, GError **error);
RmqBrokerFilter *_rmq_broker_filter_new_for_expression (RmqBrokerCore *core,
                                                        const char *topic,
                                                        const char *type,
                                                        const char *expression,
                                                        GError **error);

RMQ_PRIVATE_END

static inline bool
rmq_broker_filter_match_code (const RmqBrokerFilter *self, int32_t tags_code)
{
  return self == NULL || self->klass->match_code == NULL || self->klass->match_code (self, tags_code);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RmqBrokerFilter, _rmq_broker_filter_unref)
