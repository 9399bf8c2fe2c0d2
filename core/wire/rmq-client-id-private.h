/* SPDX-License-Identifier: Apache-2.0
 *
 * Texts that identify a client and its servers: client id, host:port, the VIP port, name-server lists, discovery URL.
 */
#pragma once

#include "base/rmq-macros-private.h"
#include "base/rmq-slice-private.h"

#define RMQ_INSTANCE_DEFAULT "DEFAULT"
#define RMQ_DISCOVERY_MAX_BODY (64 * 1024)

RMQ_PRIVATE_BEGIN

/* (transfer full): ip@instance[@unit][@STREAM]. A blank unit is left out. */
char *_rmq_client_id_build (const char *ip, const char *instance, const char *unit, bool stream);
/* (transfer full): the address with its port less two when enabled, whatever comes out, as the peers do; an address
 * without a port stays as it is. */
char *_rmq_vip_address (bool enabled, const char *address);

/* Splits host:port at the last colon; brackets of an IPv6 literal are removed from *host (transfer full).
 * RMQ_ERROR_INVALID_ARGUMENT: no host, no port, or a port outside 1…65535. */
bool _rmq_address_parse (const char *address, char **host, uint16_t *port, GError **error);

/* (transfer full): the list a;b;c without blanks and empty items. An item is host:port, which is checked, or has a
 * scheme, which is for the endpoint parser; of "http://…/" the text behind the last slash remains, as Java does.
 * RMQ_ERROR_INVALID_CONFIG: a bad address, or none at all. */
char **_rmq_name_servers_parse (const char *text, GError **error);
/* The same servers, in whatever order. */
bool _rmq_name_servers_equal (const char *const *a, const char *const *b);

/* An endpoint whose host begins with an instance id, MQ_INST_x_y. */
bool _rmq_endpoint_is_instance (const char *endpoint);
/* (transfer full): that id, NULL when it is none. */
char *_rmq_endpoint_get_instance_id (const char *endpoint);
bool _rmq_endpoint_is_http (const char *endpoint);
/* (transfer full): what is behind the last slash. */
char *_rmq_endpoint_get_address (const char *endpoint);

/* (transfer full): the discovery URL. domain and subgroup NULL: RocketMQ's defaults; unit may be NULL. */
char *_rmq_discovery_url (const char *domain, const char *subgroup, const char *unit);
/* (transfer full): the list in an answer's body: trimmed, up to the first line end. NULL when it is blank. */
char *_rmq_discovery_parse_body (RmqSlice body);

RMQ_PRIVATE_END
