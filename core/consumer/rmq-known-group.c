/* SPDX-License-Identifier: Apache-2.0
 *
 * Asks queue by queue until one has an offset of the group.
 */
#include "rmq-known-group-private.h"

struct _RmqKnownGroup
{
  RmqClientCore *client;
  char *group;
  GPtrArray *queues;
  unsigned at;
  RmqOffsetRequest *request;
  RmqKnownGroupDone done;
  void *data;
};

static void
known_group_free (RmqKnownGroup *self)
{
  g_ptr_array_unref (self->queues);
  g_free (self->group);
  _rmq_client_core_unref (self->client);
  g_free (self);
}

static void ask_next (RmqKnownGroup *self);

static void
answered (int64_t offset, const GError *error, void *data)
{
  RmqKnownGroup *self = data;
  bool known = offset >= 0;

  self->request = NULL;
  if (error == NULL && !known && ++self->at < self->queues->len)
    {
      ask_next (self);
      return;
    }
  self->done (known, error, self->data);
  known_group_free (self);
}

static void
ask_next (RmqKnownGroup *self)
{
  self->request =
      _rmq_offset_read (self->client, self->group, g_ptr_array_index (self->queues, self->at), false, answered, self);
}

RmqKnownGroup *
_rmq_known_group_ask (RmqClientCore *client, const char *group, GPtrArray *queues, RmqKnownGroupDone done, void *data)
{
  RmqKnownGroup *self = g_new0 (RmqKnownGroup, 1);

  self->client = _rmq_client_core_ref (client);
  self->group = g_strdup (group);
  self->queues = g_ptr_array_copy (queues, (GCopyFunc) rmq_message_queue_ref, NULL);
  g_ptr_array_set_free_func (self->queues, (GDestroyNotify) rmq_message_queue_unref);
  self->done = done;
  self->data = data;
  ask_next (self);
  return self;
}

void
_rmq_known_group_cancel (RmqKnownGroup *self)
{
  g_clear_pointer (&self->request, _rmq_offset_request_cancel);
  known_group_free (self);
}
