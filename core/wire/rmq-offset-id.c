/* SPDX-License-Identifier: Apache-2.0
 *
 * Offset ids to and from their parts.
 */
#include "rmq-offset-id-private.h"

#include <rmq/rmq.h>
#include "base/rmq-error-private.h"
#include "rmq-hex-private.h"

size_t
_rmq_offset_id_encode (const RmqHost *host, int64_t offset, char *out)
{
  size_t len = RMQ_HOST_ADDRESS_LEN (host);
  uint8_t bytes[28];
  uint32_t port = GUINT32_TO_BE (host->port);
  uint64_t place = GUINT64_TO_BE ((uint64_t) offset);

  memcpy (bytes, host->address, len);
  memcpy (bytes + len, &port, sizeof port);
  memcpy (bytes + len + 4, &place, sizeof place);
  return rmq_hex_encode (bytes, len + 12, out);
}

bool
_rmq_offset_id_decode (const char *text, RmqHost *host, int64_t *offset, GError **error)
{
  size_t digits = text != NULL ? strlen (text) : 0;
  size_t len = digits == 56 ? 16 : 4;
  uint8_t bytes[28];
  uint32_t port;
  uint64_t place;

  if ((digits != 32 && digits != 56) || !rmq_hex_decode (text, digits, bytes))
    {
      _rmq_set_error (error, RMQ_ERROR_INVALID_ARGUMENT, NULL, "\"%s\" is no offset id: it must be 32 or 56 hex digits",
                      text != NULL ? text : "");
      return false;
    }
  memcpy (&port, bytes + len, sizeof port);
  memcpy (&place, bytes + len + 4, sizeof place);
  port = GUINT32_FROM_BE (port);
  if (port > UINT16_MAX)
    {
      _rmq_set_error (error, RMQ_ERROR_INVALID_ARGUMENT, NULL, "\"%s\" is no offset id: there is no port %u", text,
                      port);
      return false;
    }
  *host = (RmqHost){ .port = (uint16_t) port, .is_ipv6 = len == 16 };
  memcpy (host->address, bytes, len);
  *offset = (int64_t) GUINT64_FROM_BE (place);
  return true;
}
