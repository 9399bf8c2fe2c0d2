/* SPDX-License-Identifier: Apache-2.0
 *
 * The inside of RmqMessage, for the layers that make, send and deliver messages. A message is open (one owner writes)
 * or sealed (any thread reads); received ones are born sealed and their text is a slice of the receive buffer.
 */
#pragma once

#include <rmq/rmq.h>
#include "base/rmq-budget-private.h"
#include "rmq-host-private.h"
#include "rmq-properties-private.h"
#include "rmq-record-private.h"

typedef struct _RmqMessageOwner RmqMessageOwner;

/* Who takes the answer of a message that is settled later. Any thread calls these. */
typedef struct
{
  bool (*ack) (RmqMessageOwner *owner, RmqMessage *message, GError **error);
  bool (*retry) (RmqMessageOwner *owner, RmqMessage *message, int delay_level, GError **error);
  /* The message is going away, perhaps unsettled: message is still whole. Drops the reference the message held. */
  void (*release) (RmqMessageOwner *owner, RmqMessage *message);
} RmqMessageOwnerClass;

struct _RmqMessageOwner
{
  const RmqMessageOwnerClass *klass;
};

struct _RmqMessage
{
  int ref_count;
  int sealed;  /* atomic */
  int settled; /* atomic: 1 once ack or retry was taken */
  bool received;
  bool topic_shared;
  bool corrupt;
  bool has_offset_id; /* false for elements of an inner batch and for what was never stored */
  int8_t inner_wait;  /* elements of an inner batch: the WAIT of the whole; -1: no such */

  char *topic;       /* own_topic, or a GRefString when shared, else malloced */
  RmqSlice raw_body; /* where the body is */
  GBytes *body;      /* atomic: made at most once, of raw_body and buffer */
  GBytes *buffer;    /* holds raw_body (unless it was decompressed) and raw_properties; NULL: not received */
  RmqSlice raw_properties;
  char *text;               /* atomic: raw_properties and local values as NUL-terminated strings */
  RmqProperties properties; /* open and outgoing: all; received: those added here, which rank first */

  char *broker_name; /* GRefString, or NULL */
  int32_t queue_id;
  int32_t flag;
  int64_t queue_offset;
  int64_t commit_log_offset;
  int64_t born_timestamp;
  int64_t store_timestamp;
  int64_t prepared_transaction_offset;
  int64_t min_offset; /* of the queue, from the pull; -1: not known */
  int64_t max_offset;
  union
  {
    struct
    {
      RmqHost born_host; /* of received messages only, whose topic is never here */
      RmqHost store_host;
    };
    char own_topic[2 * sizeof (RmqHost)];
  };
  int32_t sys_flag;
  int32_t reconsume_times;
  uint32_t body_crc;
  uint32_t store_size;

  RmqBudget *budget;
  size_t charged;

  /* For the consumer that holds the message. Only it touches these, under its own rules. */
  RmqMessageOwner *owner;
  void *process_queue;      /* borrowed */
  RmqMessage *next;         /* free for lists */
  int64_t consume_start_ms; /* 0: not yet handed out */
  int64_t lease_end_us;     /* POP: monotonic time */
  char *pop_handle;         /* POP: the newest POP_CK once the lease was changed; NULL: that of the properties */
};

RMQ_PRIVATE_BEGIN

/* A sealed message around one record. buffer holds what record points into and is referenced. topic: a GRefString that
 * is used when the record's topic is the same; may be NULL. Properties that are not UTF-8 are repaired as Java does.
 * See rmq-message-decoder-private.h for whole bodies. */
RmqMessage *_rmq_message_new_received (const RmqRecord *record, GBytes *buffer, char *topic);

/* True for the call that did it. Sent again later, a sealed message is fine. */
bool _rmq_message_seal (RmqMessage *self);
/* System properties, of open messages and of received ones not yet handed out. Neither reserved names nor
 * the limit are checked: the send does that. */
void _rmq_message_set_system_property (RmqMessage *self, const char *name, RmqSlice value);
void _rmq_message_remove_property (RmqMessage *self, const char *name);
/* Of messages that were not received. */
void _rmq_message_set_own_topic (RmqMessage *self, const char *topic);
/* Received messages before they are handed out: topic rewritten (RETRY_TOPIC, namespace). */
void _rmq_message_override_topic (RmqMessage *self, char *topic_ref_string);
void _rmq_message_set_broker_name (RmqMessage *self, char *broker_name_ref_string);
/* What it holds in memory from now on, bytes of size; released with the message. */
void _rmq_message_charge (RmqMessage *self, RmqBudget *budget, size_t size);

/* No allocation; not NUL-terminated. */
RmqSlice _rmq_message_find (const RmqMessage *self, RmqSlice name);
#define _rmq_message_find_literal(self, name) _rmq_message_find (self, RMQ_SLICE_LITERAL (name))
/* The same as a string that lives as long as the message, or until the next setter; NULL: none. */
const char *_rmq_message_get_string (RmqMessage *self, RmqSlice name);
#define _rmq_message_get_string_literal(self, name) _rmq_message_get_string (self, RMQ_SLICE_LITERAL (name))
RmqSlice _rmq_message_peek_body (const RmqMessage *self);
/* Every property, the ones added here last, so that of equal names the last one counts. */
typedef void (*RmqPropertyFunc) (RmqSlice name, RmqSlice value, void *data);
void _rmq_message_foreach_property (const RmqMessage *self, RmqPropertyFunc func, void *data);

/* The properties text of a send. unique_id: the new id, used unless the message has one;
 * NULL: none. Errors: RMQ_ERROR_MESSAGE_ILLEGAL beyond RMQ_PROPERTIES_MAX. extra: more entries, may be NULL. */
bool _rmq_message_encode_properties (const RmqMessage *self,
                                     const char *unique_id,
                                     const RmqProperties *extra,
                                     RmqByteWriter *out,
                                     GError **error);
/* What a client that sends back by itself sends (03 §7.6): same body, flag and properties, open, to %RETRY%group. The
 * caller adds the retry properties. */
RmqMessage *_rmq_message_copy_all (RmqMessage *self, const char *topic);

/* Before the message is handed out. owner: a reference is taken over. */
void _rmq_message_set_owner (RmqMessage *self, RmqMessageOwner *owner);

RMQ_PRIVATE_END
