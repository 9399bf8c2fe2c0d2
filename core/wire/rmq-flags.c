/* SPDX-License-Identifier: Apache-2.0
 *
 * The functions over flag words that are more than a bit operation.
 */
#include "rmq-flags-private.h"
#include "rmq-topic-route-private.h"

int
_rmq_pull_flag_build (bool commit_offset, bool suspend, bool subscription, bool class_filter, bool lite)
{
  return (commit_offset ? RMQ_PULL_FLAG_COMMIT_OFFSET : 0) | (suspend ? RMQ_PULL_FLAG_SUSPEND : 0)
         | (subscription ? RMQ_PULL_FLAG_SUBSCRIPTION : 0) | (class_filter ? RMQ_PULL_FLAG_CLASS_FILTER : 0)
         | (lite ? RMQ_PULL_FLAG_LITE : 0);
}

const char *
_rmq_compression_get_name (int message_flag)
{
  switch (message_flag & RMQ_SYS_FLAG_COMPRESSION_MASK)
    {
    case 0:
    case RMQ_SYS_FLAG_COMPRESSION_ZLIB:
      return "ZLIB";
    case RMQ_SYS_FLAG_COMPRESSION_LZ4:
      return "LZ4";
    case RMQ_SYS_FLAG_COMPRESSION_ZSTD:
      return "ZSTD";
    default:
      return NULL;
    }
}

int
_rmq_compression_from_name (const char *name)
{
  g_autofree char *trimmed = g_strstrip (g_strdup (name));

  for (int flag = RMQ_SYS_FLAG_COMPRESSION_LZ4; flag <= RMQ_SYS_FLAG_COMPRESSION_ZLIB;
       flag += RMQ_SYS_FLAG_COMPRESSION_LZ4)
    if (g_ascii_strcasecmp (trimmed, _rmq_compression_get_name (flag)) == 0)
      return flag;
  return -1;
}

const char *
_rmq_perm_to_text (int perm, char buffer[RMQ_PERM_TEXT_SIZE])
{
  buffer[0] = (perm & RMQ_PERM_READ) != 0 ? 'R' : '-';
  buffer[1] = (perm & RMQ_PERM_WRITE) != 0 ? 'W' : '-';
  buffer[2] = (perm & RMQ_PERM_INHERIT) != 0 ? 'X' : '-';
  buffer[3] = '\0';
  return buffer;
}

bool
_rmq_perm_is_valid (int perm)
{
  return perm >= 0 && perm < RMQ_PERM_PRIORITY;
}
