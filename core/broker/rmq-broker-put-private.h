/* SPDX-License-Identifier: Apache-2.0
 *
 * A message on its way into the store, from a send or from the broker itself, and the one way in.
 */
#pragma once

#include "rmq-broker-module-private.h"
#include "wire/rmq-header-send-private.h"
#include "wire/rmq-properties-private.h"
#include "wire/rmq-record-private.h"

struct _RmqBrokerMessage
{
  /* What will be stored; slices are borrowed from the request, or kept by the message. queue_offset, physical_offset,
   * total_size and store_timestamp are set when it is stored; store_host and body_crc by put. */
  RmqRecord record;
  RmqBrokerTopic *topic; /* record.topic and record.queue_id agree with it */
  /* Inside record.properties, or RMQ_SLICE_NULL: see _rmq_broker_message_scan (). */
  RmqSlice tags;
  RmqSlice keys;
  RmqSlice unique_id;
  int32_t tags_code;
  /* Found in the same look at the properties: some module may want it. */
  bool may_redirect;
  bool direct;                               /* modules are not asked */
  const RmqSendMessageRequestHeader *header; /* NULL: put by the broker itself */

  /* Answers. */
  int code;            /* RMQ_RESPONSE_…: of a module that refuses, or of put */
  char *remark;        /* owned */
  char *recall_handle; /* owned; set by the timer */

  /*< private >*/
  GPtrArray *kept;
};

RMQ_PRIVATE_BEGIN

/* In a zeroed struct. */
void _rmq_broker_message_clear (RmqBrokerMessage *self);
/* Memory (g_malloc) that lives as long as the message. */
void *_rmq_broker_message_keep (RmqBrokerMessage *self, void *memory);
/* Finds tags, keys, unique id and what redirects, in record.properties. After every change of the text. */
void _rmq_broker_message_scan (RmqBrokerMessage *self);
/* (transfer none) The property, inside of record.properties. */
RmqSlice _rmq_broker_message_get_property (const RmqBrokerMessage *self, const char *name);
/* value RMQ_SLICE_NULL removes. Scans again. */
void _rmq_broker_message_set_property (RmqBrokerMessage *self, const char *name, RmqSlice value);
/* Sends it elsewhere; the real topic and queue go into REAL_TOPIC and REAL_QID. */
void _rmq_broker_message_redirect (RmqBrokerMessage *self, RmqBrokerTopic *topic, int32_t queue_id);
/* A refusal, for before_put. */
RmqBrokerPutVerdict _rmq_broker_message_refuse (RmqBrokerMessage *self, int code, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

/* Stores n messages (of one topic and queue when n > 1), after the modules had their say. Returns the response code,
 * which stands in messages[0] with its remark; on SUCCESS offsets stand in the records, holds are told. */
int _rmq_broker_put (RmqBrokerCore *core, RmqBrokerMessage *messages, unsigned n);

/* A record that was parked (delayed, prepared, popped) becomes due: put into its REAL_TOPIC and REAL_QID (or topic and
 * queue, when topic is not NULL) with born fields, body and flags as they are; the properties named in drop (NULL, or
 * NULL at the end) go. sys_flag and reconsume_times may be changed by edit before it is put. */
typedef void (*RmqBrokerEdit) (RmqBrokerCore *core, RmqBrokerMessage *message, void *data);
int _rmq_broker_put_parked (RmqBrokerCore *core,
                            const RmqRecord *parked,
                            const char *const *drop,
                            RmqBrokerEdit edit,
                            void *data,
                            int64_t *physical_offset);

RMQ_PRIVATE_END

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RmqBrokerMessage, _rmq_broker_message_clear)
