/* SPDX-License-Identifier: Apache-2.0
 *
 * Addresses of messages as text.
 */
#include "rmq-host-private.h"

#include <arpa/inet.h>
#include <string.h>

char *
_rmq_host_to_string (const RmqHost *self)
{
  char address[INET6_ADDRSTRLEN];

  if (inet_ntop (self->is_ipv6 ? AF_INET6 : AF_INET, self->address, address, sizeof address) == NULL)
    return g_strdup ("");
  return g_strdup_printf (self->is_ipv6 ? "[%s]:%u" : "%s:%u", address, (unsigned) self->port);
}

bool
_rmq_host_from_string (RmqHost *self, const char *text)
{
  char address[INET6_ADDRSTRLEN + 2];
  const char *colon = text != NULL ? strrchr (text, ':') : NULL;
  const char *start = text;
  uint64_t port;
  size_t len;

  if (colon == NULL || !g_ascii_string_to_unsigned (colon + 1, 10, 0, UINT16_MAX, &port, NULL))
    return false;
  len = (size_t) (colon - text);
  *self = (RmqHost){ .port = (uint16_t) port };
  if (len >= 2 && text[0] == '[' && colon[-1] == ']')
    {
      self->is_ipv6 = true;
      start++;
      len -= 2;
    }
  if (len == 0 || len >= sizeof address)
    return false;
  memcpy (address, start, len);
  address[len] = '\0';
  return inet_pton (self->is_ipv6 ? AF_INET6 : AF_INET, address, self->address) == 1;
}
