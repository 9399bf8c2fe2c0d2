/* SPDX-License-Identifier: Apache-2.0
 *
 * Which of our body types reads and writes which RocketMQ class.
 */
#include "body-classes.h"
#include "wire/rmq-assignment-body-private.h"
#include "wire/rmq-auth-body-private.h"
#include "wire/rmq-cluster-body-private.h"
#include "wire/rmq-connection-body-private.h"
#include "wire/rmq-consumer-running-info-private.h"
#include "wire/rmq-group-config-private.h"
#include "wire/rmq-lite-body-private.h"
#include "wire/rmq-lock-body-private.h"
#include "wire/rmq-stats-body-private.h"

static const RmqBodyType *const types[] = {
  &_rmq_acl_body_type,
  &_rmq_all_offsets_body_type,
  &_rmq_assignment_body_type,
  &_rmq_batch_ack_body_type,
  &_rmq_batch_ack_type,
  &_rmq_broker_group_body_type,
  &_rmq_broker_group_type,
  &_rmq_broker_stats_body_type,
  &_rmq_check_client_body_type,
  &_rmq_cluster_info_type,
  &_rmq_consume_directly_body_type,
  &_rmq_consume_queue_body_type,
  &_rmq_consume_stats_list_type,
  &_rmq_consume_stats_type,
  &_rmq_consume_status_type,
  &_rmq_consumer_connection_body_type,
  &_rmq_consumer_list_body_type,
  &_rmq_consumer_running_info_type,
  &_rmq_consumer_status_body_type,
  &_rmq_correction_body_type,
  &_rmq_data_version_type,
  &_rmq_delay_offsets_body_type,
  &_rmq_flat_offset_table_type,
  &_rmq_group_config_body_type,
  &_rmq_group_config_list_body_type,
  &_rmq_group_forbidden_body_type,
  &_rmq_group_list_body_type,
  &_rmq_group_table_body_type,
  &_rmq_ha_info_type,
  &_rmq_heartbeat_data_type,
  &_rmq_kv_table_body_type,
  &_rmq_lite_broker_info_type,
  &_rmq_lite_client_info_type,
  &_rmq_lite_group_info_type,
  &_rmq_lite_parent_info_type,
  &_rmq_lite_subscription_body_type,
  &_rmq_lite_topic_info_type,
  &_rmq_lock_body_type,
  &_rmq_lock_result_body_type,
  &_rmq_offset_moved_body_type,
  &_rmq_offset_table_type,
  &_rmq_pop_process_queue_info_type,
  &_rmq_process_queue_info_type,
  &_rmq_producer_connection_body_type,
  &_rmq_producer_table_body_type,
  &_rmq_query_assignment_body_type,
  &_rmq_query_subscription_body_type,
  &_rmq_queue_assignment_type,
  &_rmq_register_broker_body_type,
  &_rmq_request_mode_body_type,
  &_rmq_subscription_type,
  &_rmq_time_span_body_type,
  &_rmq_topic_config_body_type,
  &_rmq_topic_config_list_body_type,
  &_rmq_topic_list_body_type,
  &_rmq_topic_route_type,
  &_rmq_topic_stats_type,
  &_rmq_topic_table_body_type,
  &_rmq_user_body_type,
};

/* Classes that have the shape of another. */
static const char *const same_shape[][2] = {
  { "UnlockBatchRequestBody", "LockBatchRequestBody" },
  { "OffsetSerializeWrapper", "ResetOffsetBody" },
};

const RmqBodyType *
body_type_of_class (const char *name)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (same_shape); i++)
    if (strcmp (name, same_shape[i][0]) == 0)
      name = same_shape[i][1];
  for (unsigned i = 0; i < G_N_ELEMENTS (types); i++)
    if (strcmp (name, types[i]->name) == 0)
      return types[i];
  return NULL;
}

const RmqBodyType *
body_type_at (unsigned at)
{
  return at < G_N_ELEMENTS (types) ? types[at] : NULL;
}
