/* SPDX-License-Identifier: Apache-2.0
 *
 * Recall handles: "v1 topic broker timestamp id" in Base64 of the URL alphabet. Padding may be missing; parts after the
 * fifth are ignored, as in Java.
 */
#include "rmq-recall-handle-private.h"

#include <rmq/rmq.h>
#include <string.h>
#include "base/rmq-error-private.h"

#define VERSION "v1"
#define HANDLE_MAX 4096

char *
_rmq_recall_handle_encode (const char *topic, const char *broker_name, const char *timestamp, const char *id)
{
  g_autofree char *plain = g_strjoin (" ", VERSION, topic, broker_name, timestamp, id, NULL);
  char *text = g_base64_encode ((const guchar *) plain, strlen (plain));

  g_strdelimit (text, "+", '-');
  g_strdelimit (text, "/", '_');
  return text;
}

/* NULL when it is no Base64 of the URL alphabet. */
static char *
decode_base64 (const char *text)
{
  size_t len = strlen (text);
  g_autofree char *standard = NULL;
  g_autofree guchar *bytes = NULL;
  size_t n_digits = strspn (text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
  size_t n_padding = len - n_digits;
  gsize n_bytes;

  if (len > HANDLE_MAX || n_digits % 4 == 1 || strspn (text + n_digits, "=") != n_padding)
    return NULL;
  if (n_padding != 0 && (n_padding > 2 || len % 4 != 0))
    return NULL;
  standard = g_strndup (text, n_digits + 3);
  memset (standard + n_digits, '=', 3);
  standard[(n_digits + 3) / 4 * 4] = '\0';
  g_strdelimit (standard, "-", '+');
  g_strdelimit (standard, "_", '/');
  bytes = g_base64_decode (standard, &n_bytes);
  return g_utf8_validate_len ((const char *) bytes, n_bytes, NULL) ? g_strndup ((const char *) bytes, n_bytes) : NULL;
}

bool
_rmq_recall_handle_decode (RmqRecallHandle *self, const char *text, GError **error)
{
  g_autofree char *plain = text != NULL ? decode_base64 (text) : NULL;
  g_auto (GStrv) parts = plain != NULL ? g_strsplit (plain, " ", -1) : NULL;

  *self = (RmqRecallHandle){ 0 };
  if (parts == NULL || g_strv_length (parts) < 5 || strcmp (parts[0], VERSION) != 0)
    {
      _rmq_set_error (error, RMQ_ERROR_INVALID_ARGUMENT, NULL, "\"%s\" is no recall handle", text != NULL ? text : "");
      return false;
    }
  self->topic = g_strdup (parts[1]);
  self->broker_name = g_strdup (parts[2]);
  self->timestamp = g_strdup (parts[3]);
  self->message_id = g_strdup (parts[4]);
  return true;
}

void
_rmq_recall_handle_clear (RmqRecallHandle *self)
{
  g_free (self->topic);
  g_free (self->broker_name);
  g_free (self->timestamp);
  g_free (self->message_id);
  *self = (RmqRecallHandle){ 0 };
}
