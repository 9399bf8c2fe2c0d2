/* SPDX-License-Identifier: Apache-2.0
 *
 * The list of modules: a new one is a line here. Hooks run in this order.
 */
#include "rmq-broker-modules-private.h"

/* clang-format off */
const RmqBrokerModule *const rmq_broker_modules[] = {
  /* Before anybody else sees a request. */
  &rmq_broker_faults_module,
  &rmq_broker_namesrv_module,
  &rmq_broker_registrar_module,
  &rmq_broker_registration_module,
  &rmq_broker_kv_module,
  &rmq_broker_send_module,
  &rmq_broker_reply_module,
  &rmq_broker_pull_module,
  &rmq_broker_offset_module,
  &rmq_broker_heartbeat_module,
  &rmq_broker_lock_module,
  &rmq_broker_back_module,
  &rmq_broker_pop_module,
  &rmq_broker_sql_module,
  &rmq_broker_assignment_module,
  &rmq_broker_topic_admin_module,
  &rmq_broker_group_admin_module,
  &rmq_broker_progress_module,
  &rmq_broker_state_module,
  &rmq_broker_query_module,
  &rmq_broker_reset_module,
  &rmq_broker_relay_module,
  /* Each takes what the earlier ones left. */
  &rmq_broker_priority_module,
  &rmq_broker_transaction_module,
  &rmq_broker_delay_module,
  &rmq_broker_timer_module,
  NULL,
};
