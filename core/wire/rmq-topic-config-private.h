/* SPDX-License-Identifier: Apache-2.0
 *
 * Configuration of topics: JSON bodies (18, 21, 103, 351), the text form of compressed registrations, data versions.
 */
#pragma once

#include "rmq-string-pair-private.h"
#include "rmq-topic-route-private.h"

typedef enum
{
  RMQ_TOPIC_FILTER_SINGLE_TAG = 0,
  RMQ_TOPIC_FILTER_MULTI_TAG = 1,
} RmqTopicFilterType;

typedef struct
{
  char *name;
  int32_t read_queues;
  int32_t write_queues;
  int32_t perm;
  int32_t filter_type; /* RmqTopicFilterType */
  int32_t sys_flag;
  bool order;
  GPtrArray *attributes;    /* RmqStringPair */
  RmqQueueMapping *mapping; /* static topics, when asked for; or NULL */
} RmqTopicConfigBody;

typedef struct
{
  char *name;
  RmqTopicConfigBody *config;
} RmqTopicConfigEntry;

/* 18. */
typedef struct
{
  GPtrArray *configs; /* RmqTopicConfigBody, or NULL */
} RmqTopicConfigListBody;

typedef struct
{
  int64_t counter;
  int64_t state_version;
  int64_t timestamp;
} RmqDataVersion;

/* 21, and part of 103. */
typedef struct
{
  GPtrArray *configs; /* RmqTopicConfigEntry */
  RmqDataVersion *data_version;
  RmqDataVersion *mapping_data_version; /* or NULL */
  GPtrArray *mappings;                  /* RmqQueueMappingEntry by topic; or NULL */
} RmqTopicTableBody;

/* 103. */
typedef struct
{
  GPtrArray *filter_servers; /* char * */
  RmqTopicTableBody *table;
} RmqRegisterBrokerBody;

RMQ_PRIVATE_BEGIN

RMQ_DECLARE_BODY (RmqTopicConfigBody, topic_config_body)
RMQ_DECLARE_BODY (RmqTopicConfigEntry, topic_config_entry)
RMQ_DECLARE_BODY (RmqTopicConfigListBody, topic_config_list_body)
RMQ_DECLARE_BODY (RmqDataVersion, data_version)
RMQ_DECLARE_BODY (RmqTopicTableBody, topic_table_body)
RMQ_DECLARE_BODY (RmqRegisterBrokerBody, register_broker_body)

/* The text form: name, read and write queues, perm, filter type and attributes, joined by blanks. Flags and order are
 * not in it. RMQ_ERROR_PROTOCOL: fewer than five items or a number that is none. */
void _rmq_topic_config_body_encode_text (const RmqTopicConfigBody *self, RmqByteWriter *out);
RmqTopicConfigBody *_rmq_topic_config_body_decode_text (RmqSlice text, GError **error);

/* The new entry's config, named, which belongs to self. */
RmqTopicConfigBody *_rmq_topic_table_body_add (RmqTopicTableBody *self, const char *name);

#define RMQ_ATTRIBUTES_MAX 256

/* "+key=value,-key2" of UPDATE_AND_CREATE_TOPIC and of group attributes: pairs whose keys keep + and -; (transfer
 * full). RMQ_ERROR_INVALID_ARGUMENT: a key twice, or one without + or -, or + without a value. NULL or "" give no pair.
 */
GPtrArray *_rmq_attributes_parse (const char *text, GError **error);
/* (transfer full): the text of such pairs. */
char *_rmq_attributes_to_text (GPtrArray *pairs);

RMQ_PRIVATE_END
