/* SPDX-License-Identifier: Apache-2.0
 *
 * One framed connection, the same on both sides: it assembles frames, matches responses, gathers and writes what is
 * sent, and ends every request exactly once. What a client's channel and a server's connection add is in their class.
 * I/O context only.
 */
#pragma once

#include "rmq-frame-buffer-private.h"
#include "rmq-invocation-list-private.h"
#include "rmq-output-queue-private.h"
#include "rmq-pending-table-private.h"
#include "rmq-port-private.h"

typedef struct
{
  /* Writes a request up to its body. NULL: _rmq_link_write_plain_request (). */
  bool (*write_request) (RmqLink *self, RmqInvocation *invocation, RmqByteWriter *out, GError **error);
  /* invocation left the link; end it or queue it again. */
  void (*response) (RmqLink *self, RmqInvocation *invocation, const RmqFrame *response);
  void (*request) (RmqLink *self, const RmqFrame *request);
  /* It ended; error is NULL when that was meant. What was pending fails afterwards. */
  void (*closed) (RmqLink *self, const GError *error);
  /* After each flush. May close. */
  void (*flushed) (RmqLink *self);
  void (*free) (RmqLink *self);
} RmqLinkClass;

/* Which list an invocation is in. */
typedef enum
{
  RMQ_INVOCATION_NOWHERE,
  RMQ_INVOCATION_QUEUED,
  RMQ_INVOCATION_SENT,   /* its frame is in the output or on the way; a response is awaited */
  RMQ_INVOCATION_ONEWAY, /* its frame is in the output */
  RMQ_INVOCATION_ENDING, /* its error is decided and will be delivered at the end of the turn */
  RMQ_INVOCATION_N_STATES,
} RmqInvocationState;

struct _RmqLink
{
  const RmqLinkClass *klass;
  unsigned ref_count;
  RmqIo *io;
  RmqBufferPool *pool;
  char *name;    /* the address, for errors and logs */
  RmqPort *port; /* NULL before it is open and after it is closed */
  bool opened;   /* once, at least */
  bool closed;
  bool reading;     /* a frame is lent out */
  bool blocked;     /* the port takes nothing at the moment */
  bool read_paused; /* no frame is taken; what was read already waits */
  bool warned;      /* about a response to nobody */

  RmqFrameBuffer in;
  RmqFrameDecoder *decoder;
  RmqOutputQueue out;
  RmqPendingTable pending;
  uint32_t *opaque_counter; /* of the client or server */
  RmqInvocationList lists[RMQ_INVOCATION_N_STATES];
  size_t queued_bytes;
  size_t max_in_flight;
  RmqFrameHead head;          /* language, version and serialization of what we send */
  RmqSerializeType peer_type; /* of the last request that came in */
  bool json_replies;          /* whatever type the requests have */

  RmqIoDeferred flush;
  bool held_for_flush; /* it has a reference of its own until then: somebody fails who came after the end */
  RmqTimer deadline;
  int64_t deadline_us; /* what it is armed for; INT64_MAX: not */
  bool deadline_met;   /* the request it was armed for is answered */
  unsigned n_silent;   /* timeouts in a row during which nothing at all was received */

  int64_t last_read_us;
  int64_t last_write_us;
  int64_t partial_since_us; /* since when a frame is incomplete; 0: none is */
  uint64_t bytes_in;
  uint64_t n_requests;
  uint64_t n_responses;
  uint64_t n_late; /* responses that nobody waits for any more */
  uint64_t n_reads;
  uint64_t n_writes;
};

RMQ_PRIVATE_BEGIN

/* Of a zeroed struct, whose first member this is. counter gives the opaques. */
void _rmq_link_init (RmqLink *self,
                     const RmqLinkClass *klass,
                     RmqIo *io,
                     RmqBufferPool *pool,
                     uint32_t *counter,
                     const char *name);
RmqLink *_rmq_link_ref (RmqLink *self);
void _rmq_link_unref (RmqLink *self);

/* For the port's ready. */
void _rmq_link_ready (void *self, bool readable, bool writable);
/* From here on it reads and writes. Takes the port. */
void _rmq_link_open (RmqLink *self, RmqPort *port);
/* Everything pending fails with reason before this returns; error is what the class is told. Idempotent. */
void _rmq_link_close (RmqLink *self, const GError *error, const GError *reason);
/* In a forked child: lets go of the descriptor only. */
void _rmq_link_abandon (RmqLink *self);

/* Queues a request. */
void _rmq_link_invoke (RmqLink *self, RmqInvocation *invocation);
/* Takes it back without calling done. False: it is not here. */
bool _rmq_link_cancel (RmqLink *self, RmqInvocation *invocation);
/* Ends it with error (taken) at the end of this turn. */
void _rmq_link_fail_later (RmqLink *self, RmqInvocation *invocation, GError *error);
/* Answers a request. owner may be NULL. */
void _rmq_link_reply (RmqLink *self,
                      const RmqFrameHead *head,
                      const RmqHeaderTable *table,
                      const void *header,
                      const RmqExtField *ext,
                      size_t n_ext,
                      const uint8_t *body,
                      size_t body_len,
                      GBytes *owner);
/* The frame of that answer as bytes, in the serialization of the peer's last request. NULL with error: too long. */
GBytes *_rmq_link_encode_reply (RmqLink *self,
                                const RmqFrameHead *head,
                                const RmqHeaderTable *table,
                                const void *header,
                                const RmqExtField *ext,
                                size_t n_ext,
                                GBytes *body,
                                GError **error);
/* Sends bytes as they are. */
void _rmq_link_write_bytes (RmqLink *self, GBytes *bytes);
bool _rmq_link_write_plain_request (RmqLink *self, RmqInvocation *invocation, RmqByteWriter *out, GError **error);
/* Ends a pause: set read_paused to begin one. */
void _rmq_link_resume (RmqLink *self);
/* Nothing is queued, under way, or unsent. */
bool _rmq_link_is_idle (RmqLink *self);

/* Makes an invocation that its caller filled in ready to be sent. */
void _rmq_invocation_start (RmqInvocation *invocation, int64_t now);
/* Delivers the end: the invocation belongs to its caller again. */
void _rmq_invocation_end (RmqInvocation *invocation, const RmqFrame *response, const GError *error);

/*< private to rmq-link-*.c >*/
void _rmq_link_read (RmqLink *self);
void _rmq_link_flush (RmqIoDeferred *deferred);
void _rmq_link_deadline (RmqTimer *timer, void *data);
/* At the end of a turn with deadline_met: arms it for what still waits, or for nothing. */
void _rmq_link_renew_deadline (RmqLink *self);
void _rmq_link_take (RmqLink *self, RmqInvocation *invocation);
void _rmq_link_put (RmqLink *self, RmqInvocation *invocation, RmqInvocationState state);
void _rmq_link_expire (RmqLink *self, RmqInvocation *invocation, int64_t now);
void _rmq_link_settle (RmqLink *self, RmqInvocation *invocation);
void _rmq_link_deliver_ending (RmqLink *self);

RMQ_PRIVATE_END

static inline size_t
rmq_link_get_unsent (const RmqLink *self)
{
  return rmq_output_queue_get_unsent (&self->out);
}
