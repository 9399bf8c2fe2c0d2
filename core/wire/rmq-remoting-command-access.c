/* SPDX-License-Identifier: Apache-2.0
 *
 * RmqRemotingCommand: what hooks and handlers of broker requests read, change, sign and log.
 */
#include "base/rmq-error-private.h"
#include "rmq-acl-private.h"
#include "rmq-constants-private.h"
#include "rmq-remoting-command-internal-private.h"

#define SHOWN_MAX 64

/**
 * rmq_remoting_command_get_code:
 * @self: a command
 *
 * Gets the request code, or for a response the response code: 0 is success.
 *
 * Returns: the code
 */
int
rmq_remoting_command_get_code (RmqRemotingCommand *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->head.code;
}

/**
 * rmq_remoting_command_get_code_name:
 * @self: a command
 *
 * Gets RocketMQ's name of the code, such as `SEND_MESSAGE_V2` or, for a
 * response, `SYSTEM_BUSY`.
 *
 * Returns: (nullable): the name, or %NULL for a code without one
 */
const char *
rmq_remoting_command_get_code_name (RmqRemotingCommand *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return rmq_remoting_command_is_response (self) ? _rmq_response_code_get_name (self->head.code)
                                                 : _rmq_request_code_get_name (self->head.code);
}

/**
 * rmq_remoting_command_is_response:
 * @self: a command
 *
 * Tells responses from requests.
 *
 * Returns: %TRUE for a response
 */
gboolean
rmq_remoting_command_is_response (RmqRemotingCommand *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return (self->head.flag & RMQ_FRAME_FLAG_RESPONSE) != 0;
}

/**
 * rmq_remoting_command_is_oneway:
 * @self: a command
 *
 * Tells requests that must not be answered.
 *
 * Returns: %TRUE for a one-way request
 */
gboolean
rmq_remoting_command_is_oneway (RmqRemotingCommand *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return (self->head.flag & RMQ_FRAME_FLAG_ONEWAY) != 0;
}

/**
 * rmq_remoting_command_is_sealed:
 * @self: a command
 *
 * Tells whether the command can no longer be changed: it was received, or it
 * has been written.
 *
 * Returns: %TRUE when setters fail
 */
gboolean
rmq_remoting_command_is_sealed (RmqRemotingCommand *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->sealed;
}

/**
 * rmq_remoting_command_get_flag:
 * @self: a command
 *
 * Gets the flag word as it is on the wire: bit 0 marks a response, bit 1 a
 * one-way request.
 *
 * Returns: the flag word
 */
int
rmq_remoting_command_get_flag (RmqRemotingCommand *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->head.flag;
}

/**
 * rmq_remoting_command_get_opaque:
 * @self: a command
 *
 * Gets the number by which a response finds its request. A request that was
 * not yet written has none (0).
 *
 * Returns: the number
 */
int
rmq_remoting_command_get_opaque (RmqRemotingCommand *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->head.opaque;
}

/**
 * rmq_remoting_command_get_version:
 * @self: a command
 *
 * Gets the version of the sender: an ordinal of RocketMQ's `MQVersion`, such
 * as 479 for 5.3.3.
 *
 * Returns: the ordinal
 */
int
rmq_remoting_command_get_version (RmqRemotingCommand *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->head.version;
}

/**
 * rmq_remoting_command_get_language:
 * @self: a command
 *
 * Gets the language of the sender by RocketMQ's name for it, such as `JAVA`.
 *
 * Returns: (nullable): the name, or %NULL when the sender named none that is
 *   known
 */
const char *
rmq_remoting_command_get_language (RmqRemotingCommand *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return _rmq_language_get_name (self->head.language);
}

/**
 * rmq_remoting_command_get_remark:
 * @self: a command
 *
 * Gets the remark: in responses usually the text of an error.
 *
 * Returns: (nullable): the remark, valid until it is changed
 */
const char *
rmq_remoting_command_get_remark (RmqRemotingCommand *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->head.remark.data;
}

static bool
check_open (RmqRemotingCommand *self, GError **error)
{
  if (!self->sealed)
    return true;
  g_set_error_literal (error, RMQ_ERROR, RMQ_ERROR_SEALED,
                       "The command was received or is already written: change a copy of it");
  return false;
}

static bool
check_text (const char *what, const char *text, GError **error)
{
  if (g_utf8_validate (text, -1, NULL))
    return true;
  g_set_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT, "The %s is not valid UTF-8", what);
  return false;
}

/**
 * rmq_remoting_command_set_remark:
 * @self: a command
 * @remark: (nullable): the remark, or %NULL for none
 * @error: return location for an error
 *
 * Sets the remark.
 *
 * Returns: %TRUE on success; otherwise `RMQ_ERROR_SEALED` or, for text that
 *   is not UTF-8, `RMQ_ERROR_INVALID_ARGUMENT`
 */
gboolean
rmq_remoting_command_set_remark (RmqRemotingCommand *self, const char *remark, GError **error)
{
  g_return_val_if_fail (self != NULL, FALSE);

  if (!check_open (self, error) || (remark != NULL && !check_text ("remark", remark, error)))
    return FALSE;
  self->head.remark = _rmq_remoting_command_keep_text (self, rmq_slice_from_string (remark));
  return TRUE;
}

/**
 * rmq_remoting_command_get_body:
 * @self: a command
 *
 * Gets the body. What it holds depends on the code: a message, JSON, or
 * nothing.
 *
 * Returns: (transfer none) (nullable): the body, or %NULL when it is empty
 */
GBytes *
rmq_remoting_command_get_body (RmqRemotingCommand *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->body;
}

/**
 * rmq_remoting_command_get_ext_field:
 * @self: a command
 * @name: name of a field, such as `topic`, or `b` where RocketMQ shortens it
 *
 * Gets the value of an ext field. All fields of a typed header are ext
 * fields; numbers are decimal text, booleans `true` or `false`.
 *
 * Returns: (nullable): the value, valid until the field is set or removed, or
 *   %NULL when there is no such field
 */
const char *
rmq_remoting_command_get_ext_field (RmqRemotingCommand *self, const char *name)
{
  RmqExtField *field;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (name != NULL, NULL);

  field = _rmq_remoting_command_find (self, rmq_slice_from_string (name));
  return field != NULL ? field->value.data : NULL;
}

/**
 * rmq_remoting_command_set_ext_field:
 * @self: a command
 * @name: name of the field, UTF-8, 1 to 32767 bytes
 * @value: its value, UTF-8
 * @error: return location for an error
 *
 * Adds an ext field, or replaces its value.
 *
 * Returns: %TRUE on success; otherwise `RMQ_ERROR_SEALED` or, for a bad name
 *   or value, `RMQ_ERROR_INVALID_ARGUMENT`
 */
gboolean
rmq_remoting_command_set_ext_field (RmqRemotingCommand *self, const char *name, const char *value, GError **error)
{
  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (name != NULL, FALSE);
  g_return_val_if_fail (value != NULL, FALSE);

  if (!check_open (self, error) || !check_text ("name of an ext field", name, error)
      || !check_text ("value of an ext field", value, error))
    return FALSE;
  if (*name == '\0' || strlen (name) > INT16_MAX)
    {
      g_set_error_literal (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT,
                           "The name of an ext field needs 1 to 32767 bytes");
      return FALSE;
    }
  _rmq_remoting_command_put_copy (self, rmq_slice_from_string (name), rmq_slice_from_string (value));
  return TRUE;
}

/**
 * rmq_remoting_command_remove_ext_field:
 * @self: a command
 * @name: name of the field
 * @error: return location for an error
 *
 * Removes an ext field. It is no error when there is none.
 *
 * Returns: %TRUE on success; otherwise `RMQ_ERROR_SEALED`
 */
gboolean
rmq_remoting_command_remove_ext_field (RmqRemotingCommand *self, const char *name, GError **error)
{
  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (name != NULL, FALSE);

  if (!check_open (self, error))
    return FALSE;
  _rmq_remoting_command_put (self, rmq_slice_from_string (name), RMQ_SLICE_NULL);
  return TRUE;
}

/**
 * rmq_remoting_command_dup_ext_field_names:
 * @self: a command
 *
 * Lists the names of the ext fields, in the order in which they are written.
 *
 * Returns: (transfer full) (array zero-terminated=1): the names
 */
char **
rmq_remoting_command_dup_ext_field_names (RmqRemotingCommand *self)
{
  char **names;

  g_return_val_if_fail (self != NULL, NULL);

  names = g_new0 (char *, self->ext->len + 1);
  for (unsigned i = 0; i < self->ext->len; i++)
    names[i] = rmq_slice_dup (g_array_index (self->ext, RmqExtField, i).key);
  return names;
}

/**
 * rmq_remoting_command_sign:
 * @self: a command
 * @access_key: the user's name
 * @secret_key: the user's secret; it is used, not kept
 * @security_token: (nullable): a token of temporary credentials, or %NULL
 * @error: return location for an error
 *
 * Adds the ext fields `AccessKey`, `SecurityToken` when there is a token, and
 * `Signature`, as a broker or name server with access control demands. The
 * signature covers all ext fields and the body: nothing may be changed after
 * it. An older signature is replaced.
 *
 * RocketMQ: `AclClientRPCHook`.
 *
 * Returns: %TRUE on success; otherwise as
 *   [method@RemotingCommand.set_ext_field]
 */
gboolean
rmq_remoting_command_sign (RmqRemotingCommand *self,
                           const char *access_key,
                           const char *secret_key,
                           const char *security_token,
                           GError **error)
{
  char signature[RMQ_ACL_SIGNATURE_SIZE];
  RmqSlice body = RMQ_SLICE_NULL;

  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (access_key != NULL, FALSE);
  g_return_val_if_fail (secret_key != NULL, FALSE);

  if (!rmq_remoting_command_set_ext_field (self, RMQ_EXT_ACCESS_KEY, access_key, error))
    return FALSE;
  if (security_token != NULL
      && !rmq_remoting_command_set_ext_field (self, RMQ_EXT_SECURITY_TOKEN, security_token, error))
    return FALSE;
  if (self->body != NULL)
    body.data = g_bytes_get_data (self->body, &body.len);
  _rmq_acl_sign ((const RmqExtField *) self->ext->data, self->ext->len, body, secret_key, signature);
  _rmq_remoting_command_put (self, RMQ_SLICE_LITERAL (RMQ_EXT_SIGNATURE), rmq_slice (signature, sizeof signature - 1));
  return TRUE;
}

static bool
is_secret (RmqSlice key)
{
  return rmq_slice_equal_string (key, RMQ_EXT_SECURITY_TOKEN) || rmq_slice_equal_string (key, RMQ_EXT_SIGNATURE);
}

static void
append_shown (GString *text, RmqSlice value)
{
  g_autofree char *cut = g_utf8_make_valid (value.data, (gssize) MIN (value.len, SHOWN_MAX));
  g_autofree char *escaped = g_strescape (cut, NULL);

  g_string_append_printf (text, "%s%s", escaped, value.len > SHOWN_MAX ? "…" : "");
}

/**
 * rmq_remoting_command_to_string:
 * @self: a command
 *
 * Describes a command in one line, for logs: long values are cut, tokens and
 * signatures are left out.
 *
 * Returns: (transfer full): the text
 */
char *
rmq_remoting_command_to_string (RmqRemotingCommand *self)
{
  const char *name;
  GString *text;

  g_return_val_if_fail (self != NULL, NULL);

  name = rmq_remoting_command_get_code_name (self);
  text = g_string_new (NULL);
  g_string_append_printf (text, "%s %d %s opaque=%d version=%d language=%s",
                          rmq_remoting_command_is_response (self) ? "response"
                          : rmq_remoting_command_is_oneway (self) ? "one-way request"
                                                                  : "request",
                          self->head.code, name != NULL ? name : "?", self->head.opaque, self->head.version,
                          rmq_remoting_command_get_language (self) != NULL ? rmq_remoting_command_get_language (self)
                                                                           : "?");
  if (self->head.remark.data != NULL)
    {
      g_string_append (text, " remark=\"");
      append_shown (text, self->head.remark);
      g_string_append_c (text, '"');
    }
  for (unsigned i = 0; i < self->ext->len; i++)
    {
      const RmqExtField *field = &g_array_index (self->ext, RmqExtField, i);

      g_string_append_printf (text, " %s=", field->key.data);
      append_shown (text, is_secret (field->key) ? RMQ_SLICE_LITERAL ("***") : field->value);
    }
  g_string_append_printf (text, " body=%" G_GSIZE_FORMAT, self->body != NULL ? g_bytes_get_size (self->body) : 0);
  return g_string_free (text, FALSE);
}
