/* SPDX-License-Identifier: Apache-2.0
 *
 * Making, changing and deleting topics. (RocketMQ: AdminBrokerProcessor.)
 */
#include "broker/rmq-broker-core-private.h"

#include "rmq-broker-attributes-private.h"
#include "broker/rmq-broker-modules-private.h"
#include "rmq-broker-topic-admin-private.h"
#include "wire/rmq-header-topic-private.h"
#include "wire/rmq-names-private.h"
#include "wire/rmq-pop-topic-private.h"

/* --- 17 and 18 ------------------------------------------------------------------------------------------------ */

/* False: answered. */
static bool
check_name (RmqBrokerCore *core, const RmqBrokerTicket *ticket, RmqSlice topic)
{
  g_autoptr (GError) error = NULL;
  char text[RMQ_BROKER_TEXT_SIZE];
  const char *name = rmq_broker_text (topic, text);

  if (memchr (topic.data, '\0', topic.len) != NULL || !_rmq_topic_check_broker (name, &error))
    _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_INVALID_PARAMETER, "%s",
                             error != NULL ? error->message : "a topic's name has no NUL");
  else if (_rmq_topic_is_system (name))
    _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_INVALID_PARAMETER,
                             "The topic[%s] is conflict with system topic.", name);
  else
    return true;
  return false;
}

static bool
has_good_numbers (const RmqTopicConfigBody *config)
{
  return config->read_queues >= 0 && config->read_queues <= RMQ_BROKER_MAX_QUEUES && config->write_queues >= 0
         && config->write_queues <= RMQ_BROKER_MAX_QUEUES && (config->perm & ~0xf) == 0;
}

/* Takes what stands in config->attributes as changes. False: answered, nothing is done. */
static bool
update (RmqBrokerCore *core, const RmqBrokerTicket *ticket, RmqTopicConfigBody *config)
{
  RmqBrokerTopic *topic = _rmq_broker_topics_find (core->topics, rmq_slice_from_string (config->name));
  g_autoptr (GError) error = NULL;
  GPtrArray *attributes;

  if (!has_good_numbers (config))
    {
      _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_INVALID_PARAMETER,
                               "a topic has 0 to %d queues and a permission of four bits", RMQ_BROKER_MAX_QUEUES);
      return false;
    }
  attributes = _rmq_broker_attributes_change (topic != NULL ? topic->attributes : NULL, config->attributes, &error);
  if (attributes == NULL)
    {
      _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_SYSTEM_ERROR, "%s", error->message);
      return false;
    }
  g_clear_pointer (&config->attributes, g_ptr_array_unref);
  config->attributes = attributes;
  _rmq_broker_topics_update (core->topics, config);
  return true;
}

/* The filter type as a number; -1: none that Java knows. */
static int
parse_filter_type (RmqSlice text)
{
  if (rmq_slice_equal_string (text, "SINGLE_TAG"))
    return RMQ_TOPIC_FILTER_SINGLE_TAG;
  return rmq_slice_equal_string (text, "MULTI_TAG") ? RMQ_TOPIC_FILTER_MULTI_TAG : -1;
}

static void
handle_create (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  const RmqBrokerTicket *ticket = &request->ticket;
  g_autoptr (RmqTopicConfigBody) config = NULL;
  RmqCreateTopicRequestHeader header;
  g_autofree char *attributes = NULL;
  g_autoptr (GError) error = NULL;

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (CreateTopicRequestHeader), &header)
      || !check_name (core, ticket, header.topic))
    return;
  config = _rmq_topic_config_body_new ();
  g_free (config->name);
  config->name = rmq_slice_dup (header.topic);
  config->read_queues = header.read_queue_nums;
  config->write_queues = header.write_queue_nums;
  config->perm = header.perm;
  config->sys_flag = header.has.topic_sys_flag ? header.topic_sys_flag : 0;
  config->order = header.order;
  config->filter_type = parse_filter_type (header.topic_filter_type);
  if (config->filter_type < 0)
    {
      _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_SYSTEM_ERROR, "topicFilterType is none that there is");
      return;
    }
  attributes = rmq_slice_dup (header.attributes);
  g_clear_pointer (&config->attributes, g_ptr_array_unref);
  config->attributes = _rmq_attributes_parse (attributes, &error);
  if (config->attributes == NULL)
    _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_SYSTEM_ERROR, "%s", error->message);
  else if (update (core, ticket, config))
    _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_SUCCESS, NULL);
}

static void
handle_create_list (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  g_autoptr (RmqTopicConfigListBody) list =
      _rmq_broker_request_decode_body (core, request, &_rmq_topic_config_list_body_type);

  if (list == NULL)
    return;
  /* All names first, so that a bad one leaves nothing half done. */
  for (unsigned i = 0; list->configs != NULL && i < list->configs->len; i++)
    {
      const RmqTopicConfigBody *config = g_ptr_array_index (list->configs, i);

      if (!check_name (core, &request->ticket, rmq_slice_from_string (config->name != NULL ? config->name : "")))
        return;
    }
  for (unsigned i = 0; list->configs != NULL && i < list->configs->len; i++)
    if (!update (core, &request->ticket, g_ptr_array_index (list->configs, i)))
      return;
  _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_SUCCESS, NULL);
}

/* --- 215 ------------------------------------------------------------------------------------------------------ */

static void
delete_if_there (RmqBrokerCore *core, char *name)
{
  g_autofree char *owned = name;
  RmqBrokerTopic *topic = _rmq_broker_topics_find (core->topics, rmq_slice_from_string (owned));

  if (topic != NULL)
    _rmq_broker_topics_delete (core->topics, topic);
}

static void
handle_delete (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqDeleteTopicRequestHeader header;
  RmqBrokerTopic *topic;

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (DeleteTopicRequestHeader), &header)
      || !check_name (core, &request->ticket, header.topic))
    return;
  topic = _rmq_broker_topics_find (core->topics, header.topic);
  if (topic != NULL)
    {
      g_autofree char *name = g_strdup (topic->name);
      g_autoptr (GPtrArray) groups = _rmq_broker_topic_find_groups (core, header.topic);

      _rmq_broker_topics_delete (core->topics, topic);
      for (unsigned i = 0; i < groups->len; i++)
        {
          delete_if_there (core, _rmq_pop_retry_topic_v1 (name, g_ptr_array_index (groups, i)));
          delete_if_there (core, _rmq_pop_retry_topic_v2 (name, g_ptr_array_index (groups, i)));
        }
    }
  _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_SUCCESS, NULL);
}

static const RmqBrokerRoute routes[] = {
  { RMQ_REQUEST_UPDATE_AND_CREATE_TOPIC, handle_create },
  { RMQ_REQUEST_UPDATE_AND_CREATE_TOPIC_LIST, handle_create_list },
  { RMQ_REQUEST_DELETE_TOPIC_IN_BROKER, handle_delete },
  { RMQ_REQUEST_GET_TOPIC_CONFIG, _rmq_broker_topic_handle_config },
  { RMQ_REQUEST_GET_ALL_TOPIC_CONFIG, _rmq_broker_topic_handle_all_configs },
  { RMQ_REQUEST_GET_TOPIC_STATS_INFO, _rmq_broker_topic_handle_stats },
  { RMQ_REQUEST_QUERY_TOPIC_CONSUME_BY_WHO, _rmq_broker_topic_handle_groups },
  { RMQ_REQUEST_QUERY_CONSUME_TIME_SPAN, _rmq_broker_topic_handle_time_span },
  { RMQ_REQUEST_GET_SYSTEM_TOPIC_LIST_FROM_BROKER, _rmq_broker_topic_handle_system },
};

const RmqBrokerModule rmq_broker_topic_admin_module = {
  .name = "topic-admin",
  .routes = routes,
  .n_routes = G_N_ELEMENTS (routes),
};
