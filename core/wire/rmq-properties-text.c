/* SPDX-License-Identifier: Apache-2.0
 *
 * Properties as a record carries them: name \x01 value \x02, repeated. Read in place; a look-up goes backwards, because
 * of equal names the last one counts.
 */
#include "rmq-properties-private.h"

/* One segment, separators cut off. Without a name or a value it is none: an empty value cannot be told from a stray
 * separator. */
static bool
parse_segment (const char *start, size_t len, RmqSlice *name, RmqSlice *value)
{
  const char *mark = len > 0 ? memchr (start, RMQ_PROPERTY_NAME_END, len) : NULL;

  if (mark == NULL || mark == start || mark == start + len - 1)
    return false;
  *name = rmq_slice (start, (size_t) (mark - start));
  *value = rmq_slice (mark + 1, len - name->len - 1);
  return true;
}

bool
_rmq_property_iter_next (RmqPropertyIter *self, RmqSlice *name, RmqSlice *value)
{
  while (self->at < self->end)
    {
      const char *start = self->at;
      const char *end = memchr (start, RMQ_PROPERTY_VALUE_END, (size_t) (self->end - start));

      if (end == NULL)
        end = self->end;
      self->at = end + 1;
      if (parse_segment (start, (size_t) (end - start), name, value))
        return true;
    }
  return false;
}

RmqSlice
_rmq_properties_text_find (RmqSlice text, RmqSlice name)
{
  const char *end;

  if (text.len == 0 || name.len == 0)
    return RMQ_SLICE_NULL;
  end = text.data + text.len;
  if (end[-1] == RMQ_PROPERTY_VALUE_END)
    end--;
  while (end > text.data)
    {
      const char *mark = memrchr (text.data, RMQ_PROPERTY_VALUE_END, (size_t) (end - text.data));
      const char *start = mark != NULL ? mark + 1 : text.data;
      size_t len = (size_t) (end - start);

      if (len > name.len + 1 && start[name.len] == RMQ_PROPERTY_NAME_END && memcmp (start, name.data, name.len) == 0
          && memchr (start, RMQ_PROPERTY_NAME_END, name.len) == NULL)
        return rmq_slice (start + name.len + 1, len - name.len - 1);
      if (mark == NULL)
        break;
      end = mark;
    }
  return RMQ_SLICE_NULL;
}

bool
_rmq_property_parse_int64 (RmqSlice value, int64_t *number)
{
  bool negative = value.len > 0 && value.data[0] == '-';
  uint64_t limit = negative ? (uint64_t) INT64_MAX + 1 : INT64_MAX;
  uint64_t sum = 0;
  size_t i = negative ? 1 : 0;

  if (i == value.len)
    return false;
  for (; i < value.len; i++)
    {
      unsigned digit = (unsigned char) value.data[i] - '0';

      if (digit > 9 || sum > (limit - digit) / 10)
        return false;
      sum = sum * 10 + digit;
    }
  *number = negative ? (int64_t) (0 - sum) : (int64_t) sum;
  return true;
}

bool
_rmq_property_parse_int32 (RmqSlice value, int32_t *number)
{
  int64_t wide;

  if (!_rmq_property_parse_int64 (value, &wide) || wide < INT32_MIN || wide > INT32_MAX)
    return false;
  *number = (int32_t) wide;
  return true;
}

void
_rmq_property_format_crc32 (uint32_t crc, char *out)
{
  char *digits = out + sizeof RMQ_PROPERTY_CRC32;

  memcpy (out, RMQ_PROPERTY_CRC32, sizeof RMQ_PROPERTY_CRC32 - 1);
  digits[-1] = RMQ_PROPERTY_NAME_END;
  /* Lowest digit first: the broker writes it like that. */
  for (int i = 0; i < 10; i++, crc /= 10)
    digits[i] = (char) ('0' + crc % 10);
  digits[10] = RMQ_PROPERTY_VALUE_END;
}

/* Sorted by bytes. MessageConst.STRING_HASH_SET of 5.5.0. */
static const char *const reserved[] = {
  "1ST_POP_TIME",
  "ARRIVE_TIME",
  "BORN_TIMESTAMP",
  "BUYER_ID",
  "CLUSTER",
  "CONSUME_START_TIME",
  "CORRECTION_FLAG",
  "CORRELATION_ID",
  "DELAY",
  "DLQ_ORIGIN_MESSAGE_ID",
  "DLQ_ORIGIN_TOPIC",
  "DUP_INFO",
  "EXTEND_UNIQ_INFO",
  "INNER_MULTI_QUEUE_OFFSET",
  "INSTANCE_ID",
  "KEYS",
  "MAX_OFFSET",
  "MAX_RECONSUME_TIMES",
  "MIN_OFFSET",
  "MQ2_FLAG",
  "MSG_REGION",
  "MSG_TYPE",
  "ORIGIN_GROUP",
  "ORIGIN_MESSAGE_ID",
  "PGROUP",
  "POP_CK",
  "POP_CK_OFFSET",
  "PUSH_REPLY_TIME",
  "REAL_QID",
  "REAL_TOPIC",
  "RECONSUME_TIME",
  "REPLY_TO_CLIENT",
  "RETRY_TOPIC",
  "TAGS",
  "TIMER_DELAY_LEVEL",
  "TIMER_DELAY_MS",
  "TIMER_DELAY_SEC",
  "TIMER_DELIVER_MS",
  "TIMER_DEL_UNIQKEY",
  "TIMER_DEQUEUE_MS",
  "TIMER_ENQUEUE_MS",
  "TIMER_OUT_MS",
  "TIMER_ROLL_TIMES",
  "TRACE_ON",
  "TRANSFER_FLAG",
  "TRAN_MSG",
  "TRAN_PREPARED_QUEUE_OFFSET",
  "TTL",
  "UNIQ_KEY",
  "WAIT",
  "_SYS_MSG_PRIORITY_",
  "__BORNHOST",
  "__CRC32#",
  "__LITE_TOPIC",
};

bool
_rmq_property_is_reserved (RmqSlice name)
{
  size_t low = 0;
  size_t high = G_N_ELEMENTS (reserved);

  while (low < high)
    {
      size_t middle = (low + high) / 2;
      size_t len = strlen (reserved[middle]);
      int order = memcmp (name.data, reserved[middle], MIN (name.len, len));

      if (order == 0 && name.len == len)
        return true;
      if (order < 0 || (order == 0 && name.len < len))
        high = middle;
      else
        low = middle + 1;
    }
  return false;
}
