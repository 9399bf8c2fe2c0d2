/* SPDX-License-Identifier: Apache-2.0
 *
 * RmqRemotingCommand: how it comes to be, from a frame or from a header, and goes back into one.
 */
#include "base/rmq-sync-private.h"
#include "rmq-remoting-command-internal-private.h"

#define TEXT_BLOCK 512

/**
 * RmqRemotingCommand:
 *
 * A request or a response as hooks see it: code, ext fields, remark and body.
 *
 * Open for changes while a hook has it; sealed when it is shown to watch, as by
 * [signal@ClientInstance::broker-request]. See RocketMQ's `RemotingCommand`.
 */
G_DEFINE_BOXED_TYPE (RmqRemotingCommand, rmq_remoting_command, rmq_remoting_command_ref, rmq_remoting_command_unref)

static RmqRemotingCommand *
command_alloc (const RmqFrameHead *head, size_t n_ext, GBytes *body)
{
  RmqRemotingCommand *self = g_new0 (RmqRemotingCommand, 1);

  self->ref_count = 1;
  self->head = *head;
  self->head.remark = RMQ_SLICE_NULL;
  self->body = body != NULL && g_bytes_get_size (body) > 0 ? g_bytes_ref (body) : NULL;
  self->ext = g_array_sized_new (FALSE, FALSE, sizeof (RmqExtField), (unsigned) n_ext);
  self->texts = g_string_chunk_new (TEXT_BLOCK);
  return self;
}

/* C strings cannot hold NUL: it becomes U+FFFD. Everything else in a frame is valid already. */
RmqSlice
_rmq_remoting_command_keep_text (RmqRemotingCommand *self, RmqSlice text)
{
  g_autofree char *valid = NULL;

  if (text.data == NULL)
    return text;
  if (text.len > 0 && memchr (text.data, '\0', text.len) != NULL)
    {
      valid = g_utf8_make_valid (text.data, (gssize) text.len);
      text = rmq_slice_from_string (valid);
    }
  return rmq_slice (g_string_chunk_insert_len (self->texts, text.data, (gssize) text.len), text.len);
}

RmqExtField *
_rmq_remoting_command_find (RmqRemotingCommand *self, RmqSlice key)
{
  for (unsigned i = 0; i < self->ext->len; i++)
    {
      RmqExtField *field = &g_array_index (self->ext, RmqExtField, i);

      if (rmq_slice_equal (field->key, key))
        return field;
    }
  return NULL;
}

/* Java's map: the last of equal keys counts, and a null value is no field. */
void
_rmq_remoting_command_put (RmqRemotingCommand *self, RmqSlice key, RmqSlice value)
{
  RmqExtField *field = _rmq_remoting_command_find (self, key);

  if (value.data == NULL)
    {
      if (field != NULL)
        g_array_remove_index (self->ext, (unsigned) (field - (RmqExtField *) self->ext->data));
      return;
    }
  if (field == NULL)
    {
      RmqExtField added = { key, RMQ_SLICE_NULL };

      g_array_append_val (self->ext, added);
      field = &g_array_index (self->ext, RmqExtField, self->ext->len - 1);
    }
  field->value = _rmq_remoting_command_keep_text (self, value);
}

void
_rmq_remoting_command_put_copy (RmqRemotingCommand *self, RmqSlice key, RmqSlice value)
{
  RmqSlice kept = _rmq_remoting_command_find (self, key) == NULL && value.data != NULL
                      ? _rmq_remoting_command_keep_text (self, key)
                      : key;

  if (key.data != NULL)
    _rmq_remoting_command_put (self, kept, value);
}

static void
put_literal_key (RmqSlice key, RmqSlice value, void *data)
{
  _rmq_remoting_command_put (data, key, value);
}

/**
 * rmq_remoting_command_new:
 * @code: a request code of RocketMQ, such as 105 for GET_ROUTEINFO_BY_TOPIC
 * @body: (nullable): the body, or %NULL
 *
 * Creates a request without ext fields, open for changes. Programs rarely
 * need this: hooks are given commands. It serves tests of hooks.
 *
 * RocketMQ: `RemotingCommand.createRequestCommand`.
 *
 * Returns: (transfer full): a new command
 */
RmqRemotingCommand *
rmq_remoting_command_new (int code, GBytes *body)
{
  return command_alloc (&(RmqFrameHead){ .code = code, .version = RMQ_VERSION_CURRENT, .language = RMQ_LANGUAGE_OTHER },
                        8, body);
}

/**
 * rmq_remoting_command_ref:
 * @self: a command
 *
 * Adds a reference. May be called from any thread.
 *
 * Returns: (transfer full): @self
 */
RmqRemotingCommand *
rmq_remoting_command_ref (RmqRemotingCommand *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_int_inc (&self->ref_count);
  return self;
}

/**
 * rmq_remoting_command_unref:
 * @self: (transfer full): a command
 *
 * Drops a reference. May be called from any thread.
 */
void
rmq_remoting_command_unref (RmqRemotingCommand *self)
{
  g_return_if_fail (self != NULL);

  if (!rmq_ref_dec_and_test (&self->ref_count))
    return;
  g_clear_pointer (&self->body, g_bytes_unref);
  g_array_unref (self->ext);
  g_string_chunk_free (self->texts);
  g_free (self);
}

/**
 * rmq_remoting_command_copy:
 * @self: a command
 *
 * Copies a command. The copy is open for changes even when @self is sealed;
 * the body is shared.
 *
 * Returns: (transfer full): a new command
 */
RmqRemotingCommand *
rmq_remoting_command_copy (RmqRemotingCommand *self)
{
  RmqRemotingCommand *copy;

  g_return_val_if_fail (self != NULL, NULL);

  copy = command_alloc (&self->head, self->ext->len, self->body);
  copy->head.remark = _rmq_remoting_command_keep_text (copy, self->head.remark);
  for (unsigned i = 0; i < self->ext->len; i++)
    {
      const RmqExtField *field = &g_array_index (self->ext, RmqExtField, i);
      RmqExtField added = { _rmq_remoting_command_keep_text (copy, field->key),
                            _rmq_remoting_command_keep_text (copy, field->value) };

      g_array_append_val (copy->ext, added);
    }
  return copy;
}

RmqRemotingCommand *
_rmq_remoting_command_new_from_frame (const RmqFrame *frame, GBytes *body)
{
  g_autoptr (GBytes) copy = NULL;
  RmqRemotingCommand *self;

  if (body == NULL && frame->body.len > 0)
    body = copy = g_bytes_new (frame->body.data, frame->body.len);
  self = command_alloc (&(RmqFrameHead){ .code = frame->code,
                                         .opaque = frame->opaque,
                                         .flag = frame->flag,
                                         .version = frame->version,
                                         .language = frame->language,
                                         .serialize_type = frame->serialize_type },
                        frame->n_ext, body);
  self->head.remark = _rmq_remoting_command_keep_text (self, frame->remark);
  for (size_t i = 0; i < frame->n_ext; i++)
    _rmq_remoting_command_put_copy (self, frame->ext[i].key, frame->ext[i].value);
  self->sealed = true;
  return self;
}

RmqRemotingCommand *
_rmq_remoting_command_new_from_header (const RmqFrameHead *head,
                                       const RmqHeaderTable *table,
                                       const void *header,
                                       const RmqExtField *ext,
                                       size_t n_ext,
                                       GBytes *body,
                                       GError **error)
{
  RmqRemotingCommand *self;

  if (table != NULL && !_rmq_header_check (table, header, error))
    return NULL;
  self = command_alloc (head, (table != NULL ? table->n_fields : 0) + n_ext + 4, body);
  self->head.remark = _rmq_remoting_command_keep_text (self, head->remark);
  if (table != NULL)
    _rmq_header_foreach (table, header, put_literal_key, self);
  for (size_t i = 0; i < n_ext; i++)
    _rmq_remoting_command_put_copy (self, ext[i].key, ext[i].value);
  return self;
}

void
_rmq_remoting_command_seal (RmqRemotingCommand *self)
{
  self->sealed = true;
}

void
_rmq_remoting_command_set_opaque (RmqRemotingCommand *self, int opaque)
{
  self->head.opaque = opaque;
}

void
_rmq_remoting_command_get_head (RmqRemotingCommand *self, RmqFrameHead *head)
{
  *head = self->head;
}

const RmqExtField *
_rmq_remoting_command_get_ext (RmqRemotingCommand *self, size_t *n_ext)
{
  *n_ext = self->ext->len;
  return (const RmqExtField *) self->ext->data;
}

bool
_rmq_remoting_command_write (RmqRemotingCommand *self, RmqByteWriter *out, size_t body_length, GError **error)
{
  RmqFrameWriter writer;

  _rmq_frame_begin (&writer, out, &self->head);
  for (unsigned i = 0; i < self->ext->len; i++)
    {
      const RmqExtField *field = &g_array_index (self->ext, RmqExtField, i);

      _rmq_frame_add_ext (&writer, field->key, field->value);
    }
  return _rmq_frame_end (&writer, body_length, error);
}
