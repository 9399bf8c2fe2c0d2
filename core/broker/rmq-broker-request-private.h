/* SPDX-License-Identifier: Apache-2.0
 *
 * A request as a handler sees it, and the ways to answer it: at once, or later with a ticket.
 */
#pragma once

#include "remoting/rmq-remoting-server-private.h"
#include "rmq-broker-types-private.h"
#include "wire/rmq-body-private.h"
#include "wire/rmq-host-private.h"

/* The right to answer one request. One-way requests have one too; what is answered to them is dropped. */
typedef struct
{
  RmqServerConnection *connection; /* referenced by tickets that were kept */
  int32_t code;                    /* of the request */
  int32_t opaque;
  bool oneway;
} RmqBrokerTicket;

/* Everything pointed to lives until the answer was given; the body is referenced where it is needed longer. */
typedef struct
{
  int code;
  const char *remark; /* or NULL */
  const RmqHeaderTable *table;
  const void *header;
  const RmqExtField *ext;
  size_t n_ext;
  GBytes *body; /* or NULL */
} RmqBrokerAnswer;

/* One connection, from its first byte to its end. Data of the RmqServerConnection. */
struct _RmqBrokerPeer
{
  RmqBrokerCore *core; /* NULL once the core stopped */
  RmqServerConnection *connection;
  RmqHost host;         /* of the other side: bornHost. 127.0.0.1:0 for connections in memory */
  RmqLanguage language; /* of its last request, as is */
  int32_t version;
  RmqBrokerHold *holds; /* what it waits for */
  unsigned n_members;   /* registrations in core->clients */
  void *brokers;        /* of the name server: what registered here, or NULL */
};

struct _RmqBrokerRequest
{
  RmqBrokerTicket ticket;
  const RmqFrame *frame; /* valid while the handler runs */
  RmqBrokerPeer *peer;
};

RMQ_PRIVATE_BEGIN

/* --- Reading ----------------------------------------------------------------------------------------------------- */

/* False when a required field is missing or malformed: the request is answered (SYSTEM_ERROR) then. */
bool _rmq_broker_request_decode (RmqBrokerCore *core,
                                 const RmqBrokerRequest *request,
                                 const RmqHeaderTable *table,
                                 void *header);
/* (transfer full) The body; NULL when it is missing or malformed, and the request answered. */
void *_rmq_broker_request_decode_body (RmqBrokerCore *core, const RmqBrokerRequest *request, const RmqBodyType *type);

/* --- Answering --------------------------------------------------------------------------------------------------- */

/* All other functions here end in this one; so do the modules' reply_out. */
void _rmq_broker_answer (RmqBrokerCore *core, const RmqBrokerTicket *ticket, const RmqBrokerAnswer *answer);
/* format may be NULL: no remark. */
void _rmq_broker_answer_code (RmqBrokerCore *core, const RmqBrokerTicket *ticket, int code, const char *format, ...)
    G_GNUC_PRINTF (4, 5);
/* SUCCESS with a header. */
void _rmq_broker_answer_header (RmqBrokerCore *core,
                                const RmqBrokerTicket *ticket,
                                const RmqHeaderTable *table,
                                const void *header);
/* SUCCESS with a JSON body. */
void _rmq_broker_answer_body (RmqBrokerCore *core,
                              const RmqBrokerTicket *ticket,
                              const RmqBodyType *type,
                              const void *body);
void _rmq_broker_answer_bytes (RmqBrokerCore *core, const RmqBrokerTicket *ticket, GBytes *body);

/* --- Answering later --------------------------------------------------------------------------------------------- */

/* kept answers the request after the handler returned, also when the connection is gone by then. */
void _rmq_broker_ticket_keep (RmqBrokerTicket *kept, const RmqBrokerTicket *ticket);
void _rmq_broker_ticket_clear (RmqBrokerTicket *kept);

RMQ_PRIVATE_END

static inline RmqBrokerPeer *
rmq_broker_ticket_get_peer (const RmqBrokerTicket *ticket)
{
  return (RmqBrokerPeer *) _rmq_server_connection_get_data (ticket->connection);
}

/* A NUL-terminated copy of a short text of a header; longer ones are cut. For messages and C string APIs. */
#define RMQ_BROKER_TEXT_SIZE 512
static inline const char *
rmq_broker_text (RmqSlice text, char buffer[RMQ_BROKER_TEXT_SIZE])
{
  size_t len = MIN (text.len, (size_t) RMQ_BROKER_TEXT_SIZE - 1);

  if (len > 0)
    memcpy (buffer, text.data, len);
  buffer[len] = '\0';
  return buffer;
}
