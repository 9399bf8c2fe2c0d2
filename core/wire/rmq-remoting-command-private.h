/* SPDX-License-Identifier: Apache-2.0
 *
 * RmqRemotingCommand for the layers that make one: from a frame that came in, or from a request about to be written.
 */
#pragma once

#include <rmq/rmq.h>
#include "rmq-frame-private.h"

RMQ_PRIVATE_BEGIN

/* A sealed copy of a frame. body, when given, is referenced instead of copying frame->body. Text that is not fit for
 * C strings (NUL) gets U+FFFD there. */
RmqRemotingCommand *_rmq_remoting_command_new_from_frame (const RmqFrame *frame, GBytes *body);
/* An open command out of what a writer would be given. header may be NULL. A missing required field is an error. */
RmqRemotingCommand *_rmq_remoting_command_new_from_header (const RmqFrameHead *head,
                                                           const RmqHeaderTable *table,
                                                           const void *header,
                                                           const RmqExtField *ext,
                                                           size_t n_ext,
                                                           GBytes *body,
                                                           GError **error);
/* From here on setters fail with RMQ_ERROR_SEALED. */
void _rmq_remoting_command_seal (RmqRemotingCommand *self);
/* The channel gives each attempt its own. */
void _rmq_remoting_command_set_opaque (RmqRemotingCommand *self, int opaque);
/* Head and ext fields as the frame writer takes them; they point into self. */
void _rmq_remoting_command_get_head (RmqRemotingCommand *self, RmqFrameHead *head);
const RmqExtField *_rmq_remoting_command_get_ext (RmqRemotingCommand *self, size_t *n_ext);
/* Appends the frame up to its body; the body, body_length bytes, follows from elsewhere. */
bool _rmq_remoting_command_write (RmqRemotingCommand *self, RmqByteWriter *out, size_t body_length, GError **error);

RMQ_PRIVATE_END
