/* SPDX-License-Identifier: Apache-2.0
 *
 * Names of the broker's structs, for headers that only point to them.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "base/rmq-macros-private.h"

typedef struct _RmqBrokerCore RmqBrokerCore;
typedef struct _RmqBrokerModule RmqBrokerModule;
typedef struct _RmqBrokerPeer RmqBrokerPeer;
typedef struct _RmqBrokerRequest RmqBrokerRequest;
typedef struct _RmqBrokerMessage RmqBrokerMessage;
typedef struct _RmqBrokerStore RmqBrokerStore;
typedef struct _RmqBrokerTopic RmqBrokerTopic;
typedef struct _RmqBrokerTopics RmqBrokerTopics;
typedef struct _RmqBrokerQueue RmqBrokerQueue;
typedef struct _RmqBrokerSubscribers RmqBrokerSubscribers;
typedef struct _RmqBrokerOffsets RmqBrokerOffsets;
typedef struct _RmqBrokerClients RmqBrokerClients;
typedef struct _RmqBrokerFilter RmqBrokerFilter;
typedef struct _RmqBrokerHold RmqBrokerHold;
typedef struct _RmqBrokerHoldPlace RmqBrokerHoldPlace;
