/* SPDX-License-Identifier: Apache-2.0
 *
 * What a client works with: the snapshot of an RmqClientConfig, taken at construction. Immutable, refcounted.
 * Periods are microseconds.
 */
#pragma once

#include <rmq/rmq.h>
#include "base/rmq-clock-private.h"

typedef struct
{
  int ref_count;
  char **name_servers; /* "host:port" or "scheme://host:port"; empty: ask discovery */
  char *client_id;     /* complete: ip@instance[@unit] */
  char *instance_name;
  char *stable_name; /* of what was set; the same after a restart: local offsets stand under it */
  char *unit_name;   /* or NULL */
  bool unit_mode;
  char *namespace_v2; /* or NULL: sent as ns/nsd with every request */
  int language;       /* RMQ_LANGUAGE_* */
  int version;        /* MQVersion told to servers */
  bool binary_headers;
  bool vip_channel;
  char *broker_scheme;      /* or NULL: that of the name server that gave the route */
  char **address_map;       /* "from=to" */
  char **rpc_hooks;         /* feature names, in order */
  char *discovery;          /* feature name, or NULL */
  char *fingerprint;        /* equal for configs that may share a client */
  GHashTable *options;      /* "transport.tcp.no-delay" → "true": plugin properties */
  GMainContext *io_context; /* or NULL: rmq-io */
  RmqClock *clock;
  size_t memory_limit;    /* bytes of messages retained; 0: none */
  unsigned max_in_flight; /* a connection */

  int64_t request_timeout;    /* 3 s: administrative requests (mqClientApiTimeout) */
  int64_t connect_timeout;    /* 3 s */
  int64_t idle_timeout;       /* 120 s */
  int64_t route_interval;     /* 30 s */
  int64_t discovery_interval; /* 120 s */
  int64_t heartbeat_interval; /* 30 s */
  int64_t commit_interval;    /* 5 s */
  int64_t rebalance_interval; /* 20 s */
  int64_t rebalance_retry;    /* 1 s: while not balanced, and the least distance of two */
  int64_t pull_retry_delay;   /* 1 s: after an error (pullTimeDelayMillsWhenException) */
  int64_t flow_control_delay; /* 50 ms */
  int64_t pull_suspend;       /* 15 s: asked of the broker */
  int64_t pull_timeout;       /* 30 s: ours */
  int64_t queue_idle_limit;   /* 120 s without a pull: dropped and taken anew */
  int64_t retry_local_delay;  /* 5 s: when a send-back and the copy failed */
  int64_t close_timeout;      /* 5 s: deadline of a close that got none */
} RmqClientSettings;

RMQ_PRIVATE_BEGIN

/* Errors: RMQ_ERROR_INVALID_CONFIG. Any thread. */
RmqClientSettings *_rmq_client_config_snapshot (RmqClientConfig *config, GError **error);
/* Tests: the clock of every client made from this config. */
void _rmq_client_config_set_clock (RmqClientConfig *config, RmqClock *clock);
RmqClientSettings *_rmq_client_settings_ref (RmqClientSettings *self);
void _rmq_client_settings_unref (RmqClientSettings *self);

RMQ_PRIVATE_END

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RmqClientSettings, _rmq_client_settings_unref)
