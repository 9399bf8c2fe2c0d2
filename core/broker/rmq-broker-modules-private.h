/* SPDX-License-Identifier: Apache-2.0
 *
 * The modules by name, for the list of them.
 */
#pragma once

#include "rmq-broker-module-private.h"

extern const RmqBrokerModule rmq_broker_assignment_module;
extern const RmqBrokerModule rmq_broker_back_module;
extern const RmqBrokerModule rmq_broker_delay_module;
extern const RmqBrokerModule rmq_broker_faults_module;
extern const RmqBrokerModule rmq_broker_group_admin_module;
extern const RmqBrokerModule rmq_broker_heartbeat_module;
extern const RmqBrokerModule rmq_broker_kv_module;
extern const RmqBrokerModule rmq_broker_lock_module;
extern const RmqBrokerModule rmq_broker_namesrv_module;
extern const RmqBrokerModule rmq_broker_offset_module;
extern const RmqBrokerModule rmq_broker_pop_module;
extern const RmqBrokerModule rmq_broker_priority_module;
extern const RmqBrokerModule rmq_broker_progress_module;
extern const RmqBrokerModule rmq_broker_pull_module;
extern const RmqBrokerModule rmq_broker_query_module;
extern const RmqBrokerModule rmq_broker_registrar_module;
extern const RmqBrokerModule rmq_broker_registration_module;
extern const RmqBrokerModule rmq_broker_relay_module;
extern const RmqBrokerModule rmq_broker_reply_module;
extern const RmqBrokerModule rmq_broker_reset_module;
extern const RmqBrokerModule rmq_broker_send_module;
extern const RmqBrokerModule rmq_broker_sql_module;
extern const RmqBrokerModule rmq_broker_state_module;
extern const RmqBrokerModule rmq_broker_timer_module;
extern const RmqBrokerModule rmq_broker_topic_admin_module;
extern const RmqBrokerModule rmq_broker_transaction_module;
