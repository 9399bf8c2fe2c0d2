/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside of RmqRemotingCommand. Texts live in one arena; names of the tables' fields are not copied.
 */
#pragma once

#include "rmq-remoting-command-private.h"

struct _RmqRemotingCommand
{
  int ref_count;
  bool sealed;
  RmqFrameHead head; /* its remark ends in NUL */
  GBytes *body;
  GArray *ext; /* of RmqExtField; keys and values end in NUL, no key twice */
  GStringChunk *texts;
};

RMQ_PRIVATE_BEGIN

/* NULL stays NULL. The copy ends in NUL; a NUL inside becomes U+FFFD. */
RmqSlice _rmq_remoting_command_keep_text (RmqRemotingCommand *self, RmqSlice text);
/* The field of that key, or NULL. */
RmqExtField *_rmq_remoting_command_find (RmqRemotingCommand *self, RmqSlice key);
/* Adds or replaces; a NULL value removes. The first takes a key that outlives the command. */
void _rmq_remoting_command_put (RmqRemotingCommand *self, RmqSlice key, RmqSlice value);
void _rmq_remoting_command_put_copy (RmqRemotingCommand *self, RmqSlice key, RmqSlice value);

RMQ_PRIVATE_END
