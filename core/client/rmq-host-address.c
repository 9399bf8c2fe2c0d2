/* SPDX-License-Identifier: Apache-2.0
 *
 * Chooses among the addresses of this host's interfaces (RocketMQ: UtilAll.getIP).
 */
#include "rmq-host-address-private.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include "wire/rmq-unique-id-private.h"

static size_t
address_bytes (const struct sockaddr *address, const uint8_t **bytes)
{
  if (address == NULL)
    return 0;
  if (address->sa_family == AF_INET)
    {
      *bytes = (const uint8_t *) &((const struct sockaddr_in *) address)->sin_addr;
      return 4;
    }
  if (address->sa_family == AF_INET6)
    {
      *bytes = (const uint8_t *) &((const struct sockaddr_in6 *) address)->sin6_addr;
      return 16;
    }
  return 0;
}

size_t
_rmq_host_address_pick (uint8_t *ip)
{
  static const uint8_t loopback[] = { 127, 0, 0, 1 };
  struct ifaddrs *interfaces = NULL;
  size_t picked = sizeof loopback;
  int best = 0;

  memcpy (ip, loopback, sizeof loopback);
  if (getifaddrs (&interfaces) != 0)
    return picked;
  for (struct ifaddrs *at = interfaces; at != NULL; at = at->ifa_next)
    {
      const uint8_t *bytes = NULL;
      size_t len = (at->ifa_flags & IFF_UP) != 0 ? address_bytes (at->ifa_addr, &bytes) : 0;
      int rank = len > 0 ? _rmq_unique_id_rank_address (bytes, len) : 0;

      if (rank <= best)
        continue;
      best = rank;
      picked = len;
      memcpy (ip, bytes, len);
    }
  freeifaddrs (interfaces);
  return picked;
}
