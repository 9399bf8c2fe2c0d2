/* SPDX-License-Identifier: Apache-2.0
 *
 * The remoting frame, shared by nullbroker.c and rawlimit.c.
 *
 * Growing byte buffers, both header serializations (type 0 = JSON, type 1 =
 * binary), the two clocks.  Header-only, C11, no dependencies; every function
 * is static, so a user compiles what it uses.
 */
#pragma once

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#pragma GCC diagnostic ignored "-Wunused-function"
enum
{
  MAX_FIELDS = 48,
  MAX_FRAME = 16 << 20
};

/* ------------------------------------------------------------------ buffers */
typedef struct
{
  char *p;
  size_t len, cap, start;
} Buf; /* live: [start, len) */

static void *
xrealloc (void *p, size_t n)
{
  p = realloc (p, n);
  if (!p)
    {
      perror ("realloc");
      exit (1);
    }
  return p;
}

static char *
buf_room (Buf *b, size_t n)
{
  if (b->start && b->start == b->len)
    b->start = b->len = 0;
  if (b->len + n > b->cap)
    {
      if (b->start)
        { /* slide before growing */
          memmove (b->p, b->p + b->start, b->len - b->start);
          b->len -= b->start;
          b->start = 0;
        }
      if (b->len + n > b->cap)
        {
          b->cap = (b->len + n) * 2;
          b->p = xrealloc (b->p, b->cap);
        }
    }
  return b->p + b->len;
}
static void
put (Buf *b, const void *s, size_t n)
{
  memcpy (buf_room (b, n), s, n);
  b->len += n;
}
static void
put_s (Buf *b, const char *s)
{
  put (b, s, strlen (s));
}
static void
put_i64 (Buf *b, int64_t v)
{
  char t[24], *e = t + sizeof t, *q = e;
  uint64_t u = v < 0 ? 0 - (uint64_t) v : (uint64_t) v;
  do
    *--q = (char) ('0' + u % 10);
  while (u /= 10);
  if (v < 0)
    *--q = '-';
  put (b, q, (size_t) (e - q));
}
static void
put_be16 (Buf *b, uint16_t v)
{
  v = htobe16 (v);
  put (b, &v, 2);
}
static void
put_be32 (Buf *b, uint32_t v)
{
  v = htobe32 (v);
  put (b, &v, 4);
}
static void
put_be64 (Buf *b, uint64_t v)
{
  v = htobe64 (v);
  put (b, &v, 8);
}
static void
set_be32 (char *p, uint32_t v)
{
  v = htobe32 (v);
  memcpy (p, &v, 4);
}
static void
set_be64 (char *p, uint64_t v)
{
  v = htobe64 (v);
  memcpy (p, &v, 8);
}
static uint32_t
get_be32 (const char *p)
{
  uint32_t v;
  memcpy (&v, p, 4);
  return be32toh (v);
}
static void
put_hex (Buf *b, uint64_t v, int digits)
{
  char *p = buf_room (b, (size_t) digits);
  for (int i = digits - 1; i >= 0; i--, v >>= 4)
    p[i] = "0123456789ABCDEF"[v & 15];
  b->len += (size_t) digits;
}

typedef struct
{
  const char *p;
  size_t n;
} Span;
typedef struct
{ /* a decoded request */
  int code, flag, opaque, type;
  int n_fields;
  struct
  {
    Span k, v;
  } f[MAX_FIELDS];
  Span body;
} Req;

static uint32_t
crc32_of (const char *p, size_t n)
{
  uint32_t c = 0xFFFFFFFFu;
  while (n--)
    {
      c ^= (uint8_t) *p++;
      for (int i = 0; i < 8; i++)
        c = c >> 1 ^ (0xEDB88320u & (0u - (c & 1)));
    }
  return ~c & 0x7FFFFFFFu;
}

static int64_t
now_us (void)
{
  struct timespec t;
  clock_gettime (CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}
static int64_t
wall_ms (void)
{
  struct timespec t;
  clock_gettime (CLOCK_REALTIME, &t);
  return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* ----------------------------------------------------------- header decoding */
static const char *
skip_ws (const char *p, const char *e)
{
  while (p < e && (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r'))
    p++;
  return p;
}
/* *p is at a quote; leaves *p behind the closing one and gives the raw (still escaped) text. */
static bool
json_string (const char **p, const char *e, Span *out)
{
  const char *q = *p + 1;
  out->p = q;
  while (q < e && *q != '"')
    q += *q == '\\' ? 2 : 1;
  if (q >= e)
    return false;
  out->n = (size_t) (q - out->p);
  *p = q + 1;
  return true;
}
/* A scalar: quoted or bare up to the next delimiter. */
static bool
json_scalar (const char **p, const char *e, Span *out)
{
  if (*p < e && **p == '"')
    return json_string (p, e, out);
  const char *q = *p;
  while (q < e && *q != ',' && *q != '}' && *q != ']')
    q++;
  *out = (Span){ *p, (size_t) (q - *p) };
  *p = q;
  return q < e;
}
static int64_t
span_i64 (Span s)
{
  int64_t v = 0;
  size_t i = 0;
  bool neg = s.n && s.p[0] == '-';
  for (i = neg; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++)
    v = v * 10 + (s.p[i] - '0');
  return neg ? -v : v;
}
static bool
span_is (Span s, const char *t)
{
  return s.n == strlen (t) && memcmp (s.p, t, s.n) == 0;
}

static void
add_field (Req *r, Span k, Span v)
{
  if (r->n_fields < MAX_FIELDS)
    {
      r->f[r->n_fields].k = k;
      r->f[r->n_fields].v = v;
      r->n_fields++;
    }
}

/* {"code":..,"extFields":{..},...}: one level of objects is all there is. */
static bool
decode_json (Req *r, const char *p, const char *e)
{
  Span k, v;
  p = skip_ws (p, e);
  if (p >= e || *p++ != '{')
    return false;
  for (;;)
    {
      p = skip_ws (p, e);
      if (p < e && *p == '}')
        return true;
      if (p >= e || *p != '"' || !json_string (&p, e, &k))
        return false;
      p = skip_ws (p, e);
      if (p >= e || *p++ != ':')
        return false;
      p = skip_ws (p, e);
      if (p < e && *p == '{')
        { /* extFields */
          p = skip_ws (p + 1, e);
          while (p < e && *p != '}')
            {
              Span fk, fv;
              if (*p != '"' || !json_string (&p, e, &fk))
                return false;
              p = skip_ws (p, e);
              if (p >= e || *p++ != ':')
                return false;
              p = skip_ws (p, e);
              if (!json_scalar (&p, e, &fv))
                return false;
              add_field (r, fk, fv);
              p = skip_ws (p, e);
              if (p < e && *p == ',')
                p = skip_ws (p + 1, e);
            }
          if (p >= e)
            return false;
          p++;
        }
      else
        {
          if (!json_scalar (&p, e, &v))
            return false;
          if (span_is (k, "code"))
            r->code = (int) span_i64 (v);
          else if (span_is (k, "opaque"))
            r->opaque = (int) span_i64 (v);
          else if (span_is (k, "flag"))
            r->flag = (int) span_i64 (v);
        }
      p = skip_ws (p, e);
      if (p < e && *p == ',')
        p++;
    }
}

/* code16 lang8 version16 opaque32 flag32 remark(len32) ext(len32: key16 val32 ..) */
static bool
decode_binary (Req *r, const char *p, const char *e)
{
  uint32_t n;
  if (e - p < 21)
    return false;
  r->code = (uint8_t) p[0] << 8 | (uint8_t) p[1];
  r->opaque = (int) get_be32 (p + 5);
  r->flag = (int) get_be32 (p + 9);
  n = get_be32 (p + 13);
  if (n > (size_t) (e - p) - 21)
    return false;
  p += 17 + n;
  n = get_be32 (p);
  p += 4;
  if (n > (size_t) (e - p))
    return false;
  e = p + n;
  while (e - p >= 6)
    {
      Span k, v;
      k.n = (size_t) ((uint8_t) p[0] << 8 | (uint8_t) p[1]);
      k.p = p + 2;
      if (k.n + 6 > (size_t) (e - p))
        return false;
      v.n = get_be32 (p + 2 + k.n);
      v.p = p + 6 + k.n;
      if (v.n > (size_t) (e - v.p))
        return false;
      add_field (r, k, v);
      p = v.p + v.n;
    }
  return true;
}

static Span
field (const Req *r, const char *name)
{
  for (int i = 0; i < r->n_fields; i++)
    if (span_is (r->f[i].k, name))
      return r->f[i].v;
  return (Span){ "", 0 };
}

/* --------------------------------------------------------- response encoding */
static size_t frame_at, ext_at; /* of the frame being written; single thread */
static int frame_type;
static bool ext_any;

static void
frame_begin (Buf *b, int type, int code, int flag, int opaque)
{
  frame_type = type;
  buf_room (b, 512); /* may slide: take the offset afterwards */
  frame_at = b->len - b->start;
  put (b, "\0\0\0\0\0\0\0\0", 8);
  ext_any = false;
  if (type == 1)
    {
      put_be16 (b, (uint16_t) code);
      put (b, "\0\1\337", 3); /* JAVA, version 479 */
      put_be32 (b, (uint32_t) opaque);
      put_be32 (b, (uint32_t) flag);
      put_be32 (b, 0); /* remark */
      ext_at = b->len - b->start;
      put_be32 (b, 0);
    }
  else
    {
      put_s (b, "{\"code\":");
      put_i64 (b, code);
      put_s (b, ",\"flag\":");
      put_i64 (b, flag);
      put_s (b, ",\"language\":\"JAVA\",\"opaque\":");
      put_i64 (b, opaque);
      put_s (b, ",\"serializeTypeCurrentRPC\":\"JSON\",\"version\":479");
    }
}
static void
ext_key (Buf *b, const char *k)
{
  if (frame_type == 1)
    {
      put_be16 (b, (uint16_t) strlen (k));
      put_s (b, k);
    }
  else
    {
      put_s (b, ext_any ? ",\"" : ",\"extFields\":{\"");
      put_s (b, k);
      put_s (b, "\":\"");
    }
  ext_any = true;
}
static void
ext_s (Buf *b, const char *k, const char *v, size_t n)
{
  ext_key (b, k);
  if (frame_type == 1)
    put_be32 (b, (uint32_t) n);
  put (b, v, n);
  if (frame_type == 0)
    put_s (b, "\"");
}
static void
ext_i64 (Buf *b, const char *k, int64_t v)
{
  char t[24];
  ext_s (b, k, t, (size_t) snprintf (t, sizeof t, "%lld", (long long) v));
}
static void
header_end (Buf *b)
{
  if (frame_type == 1)
    {
      size_t ext = b->start + ext_at;
      set_be32 (b->p + ext, (uint32_t) (b->len - ext - 4));
    }
  else
    {
      put_s (b, ext_any ? "}}" : "}");
    }
  size_t at = b->start + frame_at;
  set_be32 (b->p + at + 4, (uint32_t) frame_type << 24 | (uint32_t) (b->len - at - 8));
}
static void
frame_end (Buf *b)
{
  size_t at = b->start + frame_at;
  set_be32 (b->p + at, (uint32_t) (b->len - at - 4));
}
