/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads a JSON header in one pass without a tree. It knows what peers really send; at anything else it stops and the
 * tree parser starts over, so that being fast never means being less tolerant.
 */
#include "base/rmq-text-private.h"
#include "base/rmq-utf8-private.h"
#include "rmq-decimal-private.h"
#include "rmq-frame-decoder-private.h"

typedef enum
{
  SCAN_OK,
  SCAN_ODD,    /* let the tree parser look at it */
  SCAN_FAILED, /* error is set */
} ScanResult;

typedef struct
{
  RmqFrameDecoder *decoder;
  const char *at;
  const char *end;
  size_t header_len;
  bool not_ascii;
  GError **error;
} Scanner;

static inline void
skip_blanks (Scanner *self)
{
  while (self->at < self->end && (*self->at == ' ' || *self->at == '\n' || *self->at == '\r' || *self->at == '\t'))
    self->at++;
}

static bool
take_after_blanks (Scanner *self, char wanted)
{
  skip_blanks (self);
  if (self->at >= self->end || *self->at != wanted)
    return false;
  self->at++;
  return true;
}

/* Peers write no blanks, so they are looked for last. */
static inline bool
take (Scanner *self, char wanted)
{
  if (G_UNLIKELY (self->at >= self->end || *self->at != wanted))
    return take_after_blanks (self, wanted);
  self->at++;
  return true;
}

static int
hex4 (const char *at, const char *end)
{
  int value = 0;

  if (end - at < 4)
    return -1;
  for (int i = 0; i < 4; i++)
    {
      int digit = g_ascii_xdigit_value (at[i]);

      if (digit < 0)
        return -1;
      value = value << 4 | digit;
    }
  return value;
}

/* After "\u". A surrogate without its other half becomes U+FFFD. */
static bool
unescape_unicode (Scanner *self, char **out)
{
  int unit = hex4 (self->at, self->end);
  uint32_t c = (uint32_t) unit;

  if (unit < 0)
    return false;
  self->at += 4;
  if (unit >= 0xd800 && unit <= 0xdfff)
    {
      int low = -1;

      if (unit <= 0xdbff && self->end - self->at >= 6 && self->at[0] == '\\' && self->at[1] == 'u')
        low = hex4 (self->at + 2, self->end);
      if (low >= 0xdc00 && low <= 0xdfff)
        {
          c = 0x10000 + ((c & 0x3ff) << 10) + ((uint32_t) low & 0x3ff);
          self->at += 6;
        }
      else
        c = 0xfffd;
    }
  *out += rmq_utf8_encode (*out, c);
  return true;
}

static bool
unescape_one (Scanner *self, char **out)
{
  static const char from[] = "\"\\/bfnrt";
  static const char to[] = "\"\\/\b\f\n\r\t";
  const char *found;

  if (self->at >= self->end)
    return false;
  if (*self->at == 'u')
    {
      self->at++;
      return unescape_unicode (self, out);
    }
  found = *self->at != '\0' ? strchr (from, *self->at) : NULL;
  if (found == NULL)
    return false;
  self->at++;
  *(*out)++ = to[found - from];
  return true;
}

/* From the first backslash on: text is what came before it. No text gets longer by unescaping, so a scratch as long as
 * the header holds all there can be. */
static ScanResult
scan_escaped (Scanner *self, RmqSlice *text)
{
  RmqFrameDecoder *decoder = self->decoder;
  char *start;
  char *out;

  if (decoder->scratch_used == 0 && decoder->scratch_allocated < self->header_len)
    {
      g_free (decoder->scratch);
      decoder->scratch_allocated = MAX (self->header_len, 1024);
      decoder->scratch = g_malloc (decoder->scratch_allocated);
    }
  start = out = decoder->scratch + decoder->scratch_used;
  memcpy (out, text->data, text->len);
  out += text->len;

  while (self->at < self->end && *self->at != '"')
    {
      size_t plain = rmq_text_plain_length (self->at, (size_t) (self->end - self->at));

      memcpy (out, self->at, plain);
      out += plain;
      self->at += plain;
      if (self->at >= self->end || *self->at == '"')
        break;
      if (*self->at == '\\')
        {
          self->at++;
          if (!unescape_one (self, &out))
            return SCAN_ODD;
        }
      else if ((uint8_t) *self->at >= 0x80)
        {
          self->not_ascii = true;
          *out++ = *self->at++;
        }
      else
        return SCAN_ODD;
    }
  if (self->at >= self->end)
    return SCAN_ODD;
  self->at++;
  *text = rmq_slice (start, (size_t) (out - start));
  decoder->scratch_used += text->len;
  return SCAN_OK;
}

/* From the first byte on that is neither plain nor the end: text may go on beyond ASCII, or begin to escape. */
static ScanResult
scan_unusual (Scanner *self, RmqSlice *text)
{
  const char *start = text->data;

  while (self->at < self->end && *self->at != '"')
    {
      if (*self->at == '\\')
        {
          text->len = (size_t) (self->at - start);
          return scan_escaped (self, text);
        }
      if ((uint8_t) *self->at < 0x20)
        return SCAN_ODD;
      self->not_ascii = true;
      self->at++;
      self->at += rmq_text_plain_length (self->at, (size_t) (self->end - self->at));
    }
  if (self->at >= self->end)
    return SCAN_ODD;
  text->len = (size_t) (self->at - start);
  self->at++;
  return SCAN_OK;
}

static inline ScanResult
scan_string (Scanner *self, RmqSlice *text)
{
  const char *start;

  if (G_UNLIKELY (!take (self, '"')))
    return SCAN_ODD;
  start = self->at;
  self->at += rmq_text_plain_length (start, (size_t) (self->end - start));
  *text = rmq_slice (start, (size_t) (self->at - start));
  if (G_UNLIKELY (self->at >= self->end || *self->at != '"'))
    return scan_unusual (self, text);
  self->at++;
  return SCAN_OK;
}

static ScanResult
scan_int32 (Scanner *self, int32_t *value)
{
  const char *at;
  const char *start;
  int64_t sum = 0;
  bool negative;

  skip_blanks (self);
  at = self->at;
  negative = at < self->end && *at == '-';
  start = at += negative;
  /* One digit more than fit, so that too many are seen. */
  for (const char *end = at + MIN (self->end - at, 11); at < end && (unsigned) (*at - '0') <= 9; at++)
    sum = sum * 10 + (*at - '0');
  self->at = at;
  sum = negative ? -sum : sum;
  /* JSON has no leading zeros. */
  if (at == start || (*start == '0' && at - start > 1) || sum < INT32_MIN || sum > INT32_MAX)
    return SCAN_ODD;
  *value = (int32_t) sum;
  return SCAN_OK;
}

/* null is what we write ourselves for a language we do not know. */
static ScanResult
scan_language (Scanner *self, RmqLanguage *language)
{
  RmqSlice name;
  ScanResult result;

  skip_blanks (self);
  if (self->end - self->at >= 4 && memcmp (self->at, "null", 4) == 0)
    {
      self->at += 4;
      *language = RMQ_LANGUAGE_UNKNOWN;
      return SCAN_OK;
    }
  result = scan_string (self, &name);
  if (result == SCAN_OK)
    *language = _rmq_language_from_name (name.data, name.len);
  return result;
}

static ScanResult
scan_ext (Scanner *self)
{
  ScanResult result;

  if (!take (self, '{'))
    return SCAN_ODD;
  self->decoder->n_ext = 0;
  if (take (self, '}'))
    return SCAN_OK;
  do
    {
      RmqSlice key, value;
      RmqExtField *field;

      if ((result = scan_string (self, &key)) != SCAN_OK)
        return result;
      if (!take (self, ':'))
        return SCAN_ODD;
      if ((result = scan_string (self, &value)) != SCAN_OK)
        return result;
      field = rmq_frame_decoder_add_ext (self->decoder, self->error);
      if (field == NULL)
        return SCAN_FAILED;
      field->key = key;
      field->value = value;
    }
  while (take (self, ','));
  return take (self, '}') ? SCAN_OK : SCAN_ODD;
}

#define KEY_IS(key, literal) (memcmp ((key).data, literal, sizeof (literal) - 1) == 0)

/* Told apart by their length first. */
static ScanResult
scan_member (Scanner *self, RmqSlice key, RmqFrame *frame)
{
  RmqSlice ignored;

  switch (key.len)
    {
    case sizeof "code" - 1:
      if (KEY_IS (key, "code"))
        return scan_int32 (self, &frame->code);
      if (KEY_IS (key, "flag"))
        return scan_int32 (self, &frame->flag);
      break;
    case sizeof "opaque" - 1:
      if (KEY_IS (key, "opaque"))
        return scan_int32 (self, &frame->opaque);
      if (KEY_IS (key, "remark"))
        return scan_string (self, &frame->remark);
      break;
    case sizeof "version" - 1:
      if (KEY_IS (key, "version"))
        return scan_int32 (self, &frame->version);
      break;
    case sizeof "language" - 1:
      if (KEY_IS (key, "language"))
        return scan_language (self, &frame->language);
      break;
    case sizeof "extFields" - 1:
      if (KEY_IS (key, "extFields"))
        {
          frame->has_ext = true;
          return scan_ext (self);
        }
      break;
    default:
      break;
    }
  return scan_string (self, &ignored);
}

static ScanResult
scan_header (Scanner *self, RmqFrame *frame)
{
  ScanResult result;

  if (!take (self, '{'))
    return SCAN_ODD;
  do
    {
      RmqSlice key;

      if ((result = scan_string (self, &key)) != SCAN_OK)
        return result;
      if (!take (self, ':'))
        return SCAN_ODD;
      if ((result = scan_member (self, key, frame)) != SCAN_OK)
        return result;
    }
  while (take (self, ','));
  if (!take (self, '}'))
    return SCAN_ODD;
  skip_blanks (self);
  return self->at == self->end ? SCAN_OK : SCAN_ODD;
}

static void
reset (RmqFrameDecoder *self, RmqFrame *frame)
{
  *frame = (RmqFrame){ .language = RMQ_LANGUAGE_JAVA, .serialize_type = RMQ_SERIALIZE_JSON };
  self->n_ext = 0;
  self->scratch_used = 0;
}

bool
_rmq_frame_decode_json (RmqFrameDecoder *self, RmqSlice header, RmqFrame *frame, GError **error)
{
  Scanner scanner = { self, header.data, header.data + header.len, header.len, false, error };
  ScanResult result = scan_header (&scanner, frame);

  if (result == SCAN_FAILED)
    return false;
  if (G_LIKELY (result == SCAN_OK && !scanner.not_ascii))
    return true;

  /* Once for the whole header instead of once a string. */
  if (!_rmq_utf8_is_valid (header.data, header.len))
    {
      reset (self, frame);
      return _rmq_frame_decode_json (self, _rmq_frame_decoder_keep (self, header), frame, error);
    }
  if (result == SCAN_OK)
    return true;
  reset (self, frame);
  return _rmq_frame_decode_json_tree (self, header, frame, error);
}
