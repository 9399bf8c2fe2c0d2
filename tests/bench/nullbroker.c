/* SPDX-License-Identifier: Apache-2.0
 *
 * nullbroker: a name server and broker in one thread that does next to nothing, so that the client is the bottleneck.
 *
 * One process, one thread, one epoll loop, no dependencies.  It answers the
 * remoting requests of producers and push consumers with canned data so that
 * the CLIENT under test is the bottleneck.  Nothing is stored (except in
 * --live mode, see below) and nothing is ever refused.
 *
 *   --port N            listen on 127.0.0.1:N                    (9876)
 *   --advertise H:P     broker address given in routes           (127.0.0.1:port)
 *   --queues N          queues of every topic                    (4)
 *   --body N            body bytes of the canned messages        (128)
 *   --batch N           messages per pull response, at most 32   (32)
 *   --delay-us N        hold every response for N microseconds   (0)
 *   --empty             topics are empty: pulls are held (long polling)
 *   --live              what is sent is delivered: a sent message wakes a held
 *                       pull of its queue (a small ring per queue, no batches)
 *
 * Pulls of %RETRY% topics always find nothing.  Every other topic name exists.
 * SIGUSR1 prints the counters, SIGTERM/SIGINT print them and stop.
 *
 * Build: cc -O2 -std=c11 -Wall -Wextra -o nullbroker nullbroker.c
 */
#include "wire.h"
#include <arpa/inet.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

enum
{
  CANNED_MAX = 32,
  LIVE_RING = 4096
};

/* ------------------------------------------------------------ configuration */
static int opt_port = 9876, opt_queues = 4, opt_body = 128, opt_batch = 32;
static long opt_delay_us;
static bool opt_empty, opt_live;
static char opt_advertise[128];

/* -------------------------------------------------------------- connections */
typedef struct Conn
{
  int fd;
  uint64_t serial; /* distinguishes reused fds in held pulls and delayed frames */
  bool want_write;
  Buf in, out;
  char *heartbeat; /* last heartbeat body, NUL-terminated */
} Conn;

static Conn **conns; /* indexed by fd */
static int n_conns;
static uint64_t next_serial;
static int ep, tick_fd, delay_fd;

/* ----------------------------------------------------------------- counters */
static uint64_t stat_in, stat_out, stat_code[65536], stat_other, stat_msgs_in, stat_msgs_out, stat_accepts;
static volatile sig_atomic_t want_print, want_stop;
static void
on_signal (int s)
{
  if (s == SIGUSR1)
    want_print = 1;
  else
    want_stop = 1;
}

static void
print_stats (void)
{
  fprintf (stderr, "nullbroker: connections=%llu bytes_in=%llu bytes_out=%llu messages_in=%llu messages_out=%llu\n",
           (unsigned long long) stat_accepts, (unsigned long long) stat_in, (unsigned long long) stat_out,
           (unsigned long long) stat_msgs_in, (unsigned long long) stat_msgs_out);
  for (int c = 0; c < 65536; c++)
    if (stat_code[c])
      fprintf (stderr, "nullbroker: code %d requests %llu\n", c, (unsigned long long) stat_code[c]);
  if (stat_other)
    fprintf (stderr, "nullbroker: code > 65535 requests %llu\n", (unsigned long long) stat_other);
}

static void
simple (Buf *b, const Req *r, int code)
{
  frame_begin (b, r->type, code, 1, r->opaque);
  header_end (b);
  frame_end (b);
}

/* ------------------------------------------------------------ canned messages */
typedef struct
{
  char *p;
  size_t len;
} Record;
static char *canned; /* opt_batch records, back to back */
static size_t canned_len, record_len;
static size_t off_key; /* of the last 16 digits of UNIQ_KEY */

/* One stored-message record (04-message-format, a.2), IPv4 hosts, magic v1. */
static void
put_record (Buf *b,
            uint32_t crc,
            int queue,
            int64_t offset,
            int64_t phys,
            int sysflag,
            int64_t born,
            Span body,
            Span topic,
            Span props)
{
  size_t at = b->len;
  put_be32 (b, 0);
  put_be32 (b, 0xDAA320A7u);
  put_be32 (b, crc);
  put_be32 (b, (uint32_t) queue);
  put_be32 (b, 0);
  put_be64 (b, (uint64_t) offset);
  put_be64 (b, (uint64_t) phys);
  put_be32 (b, (uint32_t) sysflag);
  put_be64 (b, (uint64_t) born);
  put_be32 (b, 0x7F000001), put_be32 (b, 54321);
  put_be64 (b, (uint64_t) wall_ms ());
  put_be32 (b, 0x7F000001), put_be32 (b, (uint32_t) opt_port);
  put_be32 (b, 0);
  put_be64 (b, 0);
  put_be32 (b, (uint32_t) body.n);
  put (b, body.p, body.n);
  put (b, &(char){ (char) topic.n }, 1);
  put (b, topic.p, topic.n);
  put_be16 (b, (uint16_t) props.n);
  put (b, props.p, props.n);
  set_be32 (b->p + at, (uint32_t) (b->len - at));
}

/* The canned block is rebuilt when the topic of the pull changes. */
static char canned_topic[128];
static void
build_canned (Span topic)
{
  /* the last 16 of the 32 digits of UNIQ_KEY are filled in per message */
  static const char props[] = "UNIQ_KEY\1"
                              "7F00000105391234"
                              "0000000000000000"
                              "\2MSG_REGION\1DefaultRegion\2CLUSTER\1DefaultCluster\2WAIT\1true\2TRACE_ON\1true\2";
  const size_t pn = sizeof props - 1;
  Buf b = { 0 };
  char *body = xrealloc (NULL, (size_t) opt_body);
  for (int i = 0; i < opt_body; i++)
    body[i] = (char) ('a' + i % 26);
  uint32_t crc = crc32_of (body, (size_t) opt_body);
  for (int i = 0; i < opt_batch; i++)
    put_record (&b, crc, 0, 0, 0, 0, wall_ms (), (Span){ body, (size_t) opt_body }, topic, (Span){ props, pn });
  free (body);
  free (canned);
  canned = b.p;
  canned_len = b.len;
  record_len = canned_len / (size_t) opt_batch;
  off_key = record_len - pn + 9 + 16;
  snprintf (canned_topic, sizeof canned_topic, "%.*s", (int) topic.n, topic.p);
}

static void
put_canned (Buf *b, int queue, int64_t offset, int n)
{
  static const char hex[] = "0123456789ABCDEF";
  for (int i = 0; i < n; i++)
    {
      char *r = canned + (size_t) i * record_len;
      uint64_t o = (uint64_t) offset + (uint64_t) i, k = o << 16 | (uint64_t) (queue & 0xFFFF);
      set_be32 (r + 12, (uint32_t) queue);
      set_be64 (r + 20, o);
      set_be64 (r + 28, (o * (uint64_t) opt_queues + (uint64_t) queue) * record_len);
      for (int d = 15; d >= 0; d--, k >>= 4)
        r[off_key + (size_t) d] = hex[k & 15];
    }
  put (b, canned, record_len * (size_t) n);
  stat_msgs_out += (uint64_t) n;
}

/* ------------------------------------------------------------ queues and pulls */
typedef struct
{
  int64_t next, first; /* live: offsets of the next and of the oldest kept message */
  int64_t committed;
  Record *ring;
} Queue;
static Queue *queues;
static int64_t phys_offset;

typedef struct
{
  int fd;
  uint64_t serial;
  int opaque, type, queue;
  int64_t offset, due_us;
} Held;
static Held *held;
static size_t n_held, cap_held;

static void
pull_header (Buf *b, int type, int opaque, int code, int64_t next, int64_t max)
{
  frame_begin (b, type, code, 1, opaque);
  ext_s (b, "suggestWhichBrokerId", "0", 1);
  ext_i64 (b, "nextBeginOffset", next);
  ext_s (b, "minOffset", "0", 1);
  ext_i64 (b, "maxOffset", max);
  header_end (b);
}

static bool
live_ready (int q, int64_t offset)
{
  return opt_live && queues[q].next > offset;
}

static void
pull_live (Buf *b, int type, int opaque, int q, int64_t offset, int max)
{
  Queue *u = &queues[q];
  if (offset < u->first)
    offset = u->first;
  int64_t end = u->next < offset + max ? u->next : offset + max;
  pull_header (b, type, opaque, 0, end, u->next);
  for (int64_t o = offset; o < end; o++)
    {
      put (b, u->ring[o % LIVE_RING].p, u->ring[o % LIVE_RING].len);
      stat_msgs_out++;
    }
  frame_end (b);
}

static void conn_flush (Conn *c);
static void deliver (Conn *c, size_t before);

static void
handle_pull (Conn *c, Buf *b, const Req *r)
{
  Span topic = field (r, "topic");
  int q = (int) span_i64 (field (r, "queueId")), max = (int) span_i64 (field (r, "maxMsgNums"));
  int64_t offset = span_i64 (field (r, "queueOffset")), suspend = span_i64 (field (r, "suspendTimeoutMillis"));
  bool retry = topic.n > 7 && memcmp (topic.p, "%RETRY%", 7) == 0;
  if (q < 0 || q >= opt_queues || topic.n >= sizeof canned_topic)
    {
      simple (b, r, 29);
      return;
    }
  if (max < 1 || max > opt_batch)
    max = opt_batch;
  if (span_i64 (field (r, "sysFlag")) & 1 && !retry)
    queues[q].committed = span_i64 (field (r, "commitOffset"));
  if (!retry && live_ready (q, offset))
    {
      pull_live (b, r->type, r->opaque, q, offset, max);
    }
  else if (retry || opt_empty || opt_live)
    {
      if (!(span_i64 (field (r, "sysFlag")) & 2) || suspend <= 0)
        {
          pull_header (b, r->type, r->opaque, 19, offset, offset);
          frame_end (b);
          return;
        }
      if (n_held == cap_held)
        held = xrealloc (held, sizeof *held * (cap_held = cap_held ? cap_held * 2 : 64));
      held[n_held++] =
          (Held){ c->fd, c->serial, r->opaque, r->type, retry ? -1 : q, offset, now_us () + suspend * 1000 };
    }
  else
    {
      if (!span_is (topic, canned_topic))
        build_canned (topic);
      pull_header (b, r->type, r->opaque, 0, offset + max, offset + 1000000);
      put_canned (b, q, offset, max);
      frame_end (b);
    }
}

static void
held_drop (size_t i)
{
  held[i] = held[--n_held];
}

static void
held_expire (void)
{
  int64_t t = now_us ();
  for (size_t i = n_held; i-- > 0;)
    {
      Held h = held[i];
      if (h.due_us > t)
        continue;
      held_drop (i);
      Conn *c = h.fd < n_conns ? conns[h.fd] : NULL;
      if (!c || c->serial != h.serial)
        continue;
      size_t before = c->out.len - c->out.start;
      pull_header (&c->out, h.type, h.opaque, 19, h.offset, h.offset);
      frame_end (&c->out);
      deliver (c, before);
    }
}

static void
held_wake (int q)
{
  for (size_t i = n_held; i-- > 0;)
    {
      Held h = held[i];
      if (h.queue != q || !live_ready (q, h.offset))
        continue;
      held_drop (i);
      Conn *c = h.fd < n_conns ? conns[h.fd] : NULL;
      if (!c || c->serial != h.serial)
        continue;
      size_t before = c->out.len - c->out.start;
      pull_live (&c->out, h.type, h.opaque, q, h.offset, opt_batch);
      frame_end (&c->out);
      deliver (c, before);
    }
}

/* ----------------------------------------------------------------- send family */
static void
put_msg_id (Buf *b, int64_t phys)
{
  put_hex (b, 0x7F000001, 8);
  put_hex (b, (uint64_t) opt_port, 8);
  put_hex (b, (uint64_t) phys, 16);
}

/* Keep a sent message for --live; JSON headers carry \uXXXX escapes. */
static void
live_store (const Req *r, int q, bool v2, int64_t offset)
{
  Queue *u = &queues[q];
  Span raw = field (r, v2 ? "i" : "properties"), topic = field (r, v2 ? "b" : "topic");
  Buf props = { 0 }, rec = { 0 };
  for (size_t i = 0; i < raw.n; i++)
    {
      char ch = raw.p[i];
      if (r->type == 0 && ch == '\\' && i + 1 < raw.n)
        {
          ch = raw.p[++i];
          if (ch == 'u' && i + 4 < raw.n)
            {
              char h[5] = { 0 };
              memcpy (h, raw.p + i + 1, 4);
              ch = (char) strtol (h, NULL, 16); /* \u0001 and \u0002 are what matters */
              i += 4;
            }
        }
      put (&props, &ch, 1);
    }
  put_record (&rec, crc32_of (r->body.p, r->body.n), q, offset, phys_offset,
              (int) span_i64 (field (r, v2 ? "f" : "sysFlag")), span_i64 (field (r, v2 ? "g" : "bornTimestamp")),
              r->body, topic, (Span){ props.p, props.len });
  if (!u->ring)
    u->ring = memset (xrealloc (NULL, sizeof *u->ring * LIVE_RING), 0, sizeof *u->ring * LIVE_RING);
  Record *slot = &u->ring[offset % LIVE_RING];
  free (slot->p);
  *slot = (Record){ rec.p, rec.len };
  if (offset + 1 - LIVE_RING > u->first)
    u->first = offset + 1 - LIVE_RING;
  free (props.p);
}

/* Returns the queue to wake, or -1. */
static int
handle_send (Buf *b, const Req *r)
{
  bool v2 = r->code != 10,
       batch = r->code == 320 || span_is (field (r, "m"), "true") || span_is (field (r, "batch"), "true");
  int q = (int) span_i64 (field (r, v2 ? "e" : "queueId")), n = 1;
  int64_t size = (int64_t) r->body.n + 200, offset;
  if (q < 0 || q >= opt_queues)
    q = 0;
  if (batch)
    { /* count the elements by their sizes */
      size_t at = 0;
      for (n = 0; at + 4 <= r->body.n; n++)
        {
          size_t s = get_be32 (r->body.p + at);
          if (s < 22 || s > r->body.n - at)
            break;
          at += s;
        }
      if (n == 0)
        {
          simple (b, r, 13);
          return -1;
        }
      size /= n;
    }
  offset = queues[q].next;
  queues[q].next += n;
  stat_msgs_in += (uint64_t) n;
  if (opt_live && !batch)
    live_store (r, q, v2, offset);
  if (!(r->flag & 2))
    {
      frame_begin (b, r->type, 0, 1, r->opaque);
      ext_i64 (b, "queueId", q);
      ext_key (b, "msgId");
      if (r->type == 1)
        put_be32 (b, (uint32_t) (33 * n - 1));
      for (int i = 0; i < n; i++)
        {
          if (i)
            put_s (b, ",");
          put_msg_id (b, phys_offset + i * size);
        }
      if (r->type == 0)
        put_s (b, "\"");
      ext_i64 (b, "queueOffset", offset);
      ext_s (b, "MSG_REGION", "DefaultRegion", 13);
      ext_s (b, "TRACE_ON", "true", 4);
      header_end (b);
      frame_end (b);
    }
  phys_offset += n * size;
  return opt_live && !batch ? q : -1;
}

/* -------------------------------------------------------------- other requests */
static void
body_response (Buf *b, const Req *r, const char *fmt, ...)
{
  char *s = NULL;
  va_list ap;
  va_start (ap, fmt);
  int n = vasprintf (&s, fmt, ap);
  va_end (ap);
  if (n < 0)
    exit (1);
  frame_begin (b, r->type, 0, 1, r->opaque);
  header_end (b);
  put (b, s, (size_t) n);
  frame_end (b);
  free (s);
}

static void
handle_route (Buf *b, const Req *r)
{
  Span t = field (r, "topic");
  int n = t.n > 7 && memcmp (t.p, "%RETRY%", 7) == 0 ? 1 : opt_queues;
  body_response (
      b, r,
      "{\"brokerDatas\":[{\"brokerAddrs\":{\"0\":\"%s\"},\"brokerName\":\"null-broker\",\"cluster\":\"DefaultCluster\","
      "\"enableActingMaster\":false}],\"filterServerTable\":{},\"queueDatas\":[{\"brokerName\":\"null-broker\","
      "\"perm\":6,\"readQueueNums\":%d,\"topicSysFlag\":0,\"writeQueueNums\":%d}]}",
      opt_advertise, n, n);
}

static bool
in_group (const Conn *c, Span group)
{
  char key[300];
  if (!c || !c->heartbeat || group.n > 255)
    return false;
  const char *cons = strstr (c->heartbeat, "\"consumerDataSet\"");
  const char *prod = strstr (c->heartbeat, "\"producerDataSet\"");
  snprintf (key, sizeof key, "\"groupName\":\"%.*s\"", (int) group.n, group.p);
  const char *hit = cons ? strstr (cons, key) : NULL;
  return hit && !(prod && prod > cons && hit > prod);
}

static void
handle_consumer_list (Buf *b, const Req *r)
{
  char list[8192] = "";
  size_t n = 0;
  Span group = field (r, "consumerGroup");
  for (int i = 0; i < n_conns; i++)
    {
      if (!in_group (conns[i], group))
        continue;
      const char *id = strstr (conns[i]->heartbeat, "\"clientID\":\"");
      if (!id)
        continue;
      id += 12;
      size_t k = strcspn (id, "\"");
      if (n + k + 4 > sizeof list)
        break;
      n += (size_t) sprintf (list + n, "%s\"%.*s\"", n ? "," : "", (int) k, id);
    }
  if (n)
    body_response (b, r, "{\"consumerIdList\":[%s]}", list);
  else
    simple (b, r, 1);
}

/* Remember who it is; tell the groups of a new consumer connection (code 40, one-way). */
static void
handle_heartbeat (Conn *c, Buf *b, const Req *r)
{
  /* the size is a good enough sign of a changed set of groups */
  size_t old_len = c->heartbeat ? strlen (c->heartbeat) : 0;
  c->heartbeat = xrealloc (c->heartbeat, r->body.n + 1);
  memcpy (c->heartbeat, r->body.p, r->body.n);
  c->heartbeat[r->body.n] = 0;
  simple (b, r, 0);
  if (old_len == r->body.n)
    return;
  const char *p = strstr (c->heartbeat, "\"consumerDataSet\"");
  while (p && (p = strstr (p, "\"groupName\":\"")))
    {
      p += 13;
      Span group = { p, strcspn (p, "\"") };
      if (!in_group (c, group))
        continue;
      for (int i = 0; i < n_conns; i++)
        {
          if (!in_group (conns[i], group))
            continue;
          Conn *d = conns[i];
          size_t before = d->out.len - d->out.start;
          frame_begin (&d->out, r->type, 40, 2, 0);
          ext_s (&d->out, "consumerGroup", group.p, group.n);
          header_end (&d->out);
          frame_end (&d->out);
          if (d != c)
            deliver (d, before);
        }
    }
}

static void
handle_lock (Buf *b, const Req *r)
{
  const char *s = memmem (r->body.p, r->body.n, "\"mqSet\":[", 9);
  const char *e = s ? memchr (s, ']', (size_t) (r->body.p + r->body.n - s)) : NULL;
  if (e)
    body_response (b, r, "{\"lockOKMQSet\":%.*s}", (int) (e + 1 - (s + 8)), s + 8);
  else
    simple (b, r, 1);
}

static void
offset_response (Buf *b, const Req *r, int64_t v)
{
  frame_begin (b, r->type, 0, 1, r->opaque);
  ext_i64 (b, "offset", v);
  header_end (b);
  frame_end (b);
}

static void
dispatch (Conn *c, const Req *r)
{
  Buf *b = &c->out;
  size_t before = b->len - b->start;
  int wake = -1, q;
  if (r->flag & 1)
    return; /* a response to our notification: nothing waits for it */
  if (r->code >= 0 && r->code < 65536)
    stat_code[r->code]++;
  else
    stat_other++;
  switch (r->code)
    {
    case 10:
    case 310:
    case 320:
      wake = handle_send (b, r);
      break;
    case 11:
    case 361:
      handle_pull (c, b, r);
      break;
    case 14:
    case 15:
      q = (int) span_i64 (field (r, "queueId"));
      if (q < 0 || q >= opt_queues)
        q = 0;
      bool retry = field (r, "topic").n > 7 && memcmp (field (r, "topic").p, "%RETRY%", 7) == 0;
      if (r->code == 14)
        offset_response (b, r, retry ? 0 : queues[q].committed);
      else
        {
          if (!retry)
            queues[q].committed = span_i64 (field (r, "commitOffset"));
          if (!(r->flag & 2))
            simple (b, r, 0);
        }
      break;
    case 29:
    case 31:
      offset_response (b, r, 0);
      break;
    case 30:
      q = (int) span_i64 (field (r, "queueId"));
      offset_response (b, r,
                       q >= 0 && q < opt_queues && (opt_live || opt_empty) ? (opt_live ? queues[q].next : 0) : 1000000);
      break;
    case 34:
      handle_heartbeat (c, b, r);
      break;
    case 38:
      handle_consumer_list (b, r);
      break;
    case 41:
      handle_lock (b, r);
      break;
    case 35:
    case 36:
    case 37:
    case 42:
    case 46:
      if (!(r->flag & 2))
        simple (b, r, 0);
      break;
    case 105:
      handle_route (b, r);
      break;
    default:
      if (!(r->flag & 2))
        simple (b, r, 3);
    }
  deliver (c, before);
  if (wake >= 0)
    held_wake (wake);
}

/* ------------------------------------------------- output, delayed when asked to */
typedef struct
{
  int fd;
  uint64_t serial;
  int64_t due_us;
  char *p;
  size_t n;
} Delayed;
static Delayed *delayed; /* a ring: the delay is constant, so it is in order */
static size_t d_head, d_count, d_cap;

static void
arm (int fd, int64_t us, bool repeat)
{
  struct itimerspec t = { .it_value = { us / 1000000, us % 1000000 * 1000 } };
  if (repeat)
    t.it_interval = t.it_value;
  timerfd_settime (fd, 0, &t, NULL);
}

/* The bytes appended to c->out since `before` are due: now, or after the delay. */
static void
deliver (Conn *c, size_t before)
{
  Buf *b = &c->out;
  size_t n = b->len - b->start - before;
  if (n == 0 || opt_delay_us == 0)
    return; /* flushed once per loop turn */
  if (d_count == d_cap)
    {
      size_t cap = d_cap ? d_cap * 2 : 1024;
      Delayed *d = xrealloc (NULL, cap * sizeof *d);
      for (size_t i = 0; i < d_count; i++)
        d[i] = delayed[(d_head + i) % d_cap];
      free (delayed);
      delayed = d, d_cap = cap, d_head = 0;
    }
  char *copy = xrealloc (NULL, n);
  memcpy (copy, b->p + b->len - n, n);
  b->len -= n;
  delayed[(d_head + d_count++) % d_cap] = (Delayed){ c->fd, c->serial, now_us () + opt_delay_us, copy, n };
  if (d_count == 1)
    arm (delay_fd, opt_delay_us, false);
}

static void
delayed_run (void)
{
  int64_t t = now_us ();
  while (d_count && delayed[d_head].due_us <= t)
    {
      Delayed d = delayed[d_head];
      d_head = (d_head + 1) % d_cap, d_count--;
      Conn *c = d.fd < n_conns ? conns[d.fd] : NULL;
      if (c && c->serial == d.serial)
        put (&c->out, d.p, d.n);
      free (d.p);
    }
  if (d_count)
    arm (delay_fd, delayed[d_head].due_us > t ? delayed[d_head].due_us - t : 1, false);
}

static void
conn_close (Conn *c)
{
  for (size_t i = n_held; i-- > 0;)
    if (held[i].fd == c->fd && held[i].serial == c->serial)
      held_drop (i);
  conns[c->fd] = NULL;
  close (c->fd);
  free (c->in.p), free (c->out.p), free (c->heartbeat), free (c);
}

static void
conn_flush (Conn *c)
{
  Buf *b = &c->out;
  while (b->start < b->len)
    {
      ssize_t n = write (c->fd, b->p + b->start, b->len - b->start);
      if (n < 0)
        {
          if (errno == EAGAIN)
            break;
          if (errno == EINTR)
            continue;
          b->start = b->len; /* the read side reports the close */
          break;
        }
      b->start += (size_t) n;
      stat_out += (uint64_t) n;
    }
  if (b->start == b->len)
    b->start = b->len = 0;
  bool want = b->len > 0;
  if (want != c->want_write)
    {
      c->want_write = want;
      epoll_ctl (ep, EPOLL_CTL_MOD, c->fd,
                 &(struct epoll_event){ .events = EPOLLIN | (want ? EPOLLOUT : 0), .data.fd = c->fd });
    }
}

/* Parse whole frames; false = the connection must go. */
static bool
conn_read (Conn *c)
{
  Buf *b = &c->in;
  char *room = buf_room (b, 65536);
  ssize_t n = read (c->fd, room, b->cap - b->len);
  if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
    return false;
  if (n < 0)
    return true;
  b->len += (size_t) n;
  stat_in += (uint64_t) n;
  while (b->len - b->start >= 8)
    {
      const char *p = b->p + b->start;
      uint32_t total = get_be32 (p), word = get_be32 (p + 4), hl = word & 0xFFFFFF;
      if (total > MAX_FRAME || total < 4 || hl > total - 4)
        return false;
      if (b->len - b->start < 4 + (size_t) total)
        {
          buf_room (b, 4 + (size_t) total - (b->len - b->start));
          break;
        }
      Req r = { .type = (int) (word >> 24), .n_fields = 0 };
      r.body = (Span){ p + 8 + hl, total - 4 - hl };
      if (r.type > 1 || !(r.type == 0 ? decode_json (&r, p + 8, p + 8 + hl) : decode_binary (&r, p + 8, p + 8 + hl)))
        return false;
      dispatch (c, &r);
      b->start += 4 + (size_t) total;
    }
  if (b->start == b->len)
    b->start = b->len = 0;
  return true;
}

static void
conn_accept (int lfd)
{
  int fd;
  while ((fd = accept4 (lfd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
    {
      setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof (int));
      if (fd >= n_conns)
        {
          conns = xrealloc (conns, sizeof *conns * (size_t) (fd + 64));
          while (n_conns < fd + 64)
            conns[n_conns++] = NULL;
        }
      conns[fd] = memset (xrealloc (NULL, sizeof (Conn)), 0, sizeof (Conn));
      conns[fd]->fd = fd;
      conns[fd]->serial = ++next_serial;
      stat_accepts++;
      epoll_ctl (ep, EPOLL_CTL_ADD, fd, &(struct epoll_event){ .events = EPOLLIN, .data.fd = fd });
    }
}

static bool
parse_options (int argc, char **argv)
{
  static const struct option longs[] = { { "port", 1, 0, 'p' },  { "advertise", 1, 0, 'a' }, { "queues", 1, 0, 'q' },
                                         { "body", 1, 0, 'b' },  { "batch", 1, 0, 'n' },     { "delay-us", 1, 0, 'd' },
                                         { "empty", 0, 0, 'e' }, { "live", 0, 0, 'l' },      { 0, 0, 0, 0 } };
  for (int o; (o = getopt_long (argc, argv, "", longs, NULL)) != -1;)
    {
      switch (o)
        {
        case 'p':
          opt_port = atoi (optarg);
          break;
        case 'a':
          snprintf (opt_advertise, sizeof opt_advertise, "%s", optarg);
          break;
        case 'q':
          opt_queues = atoi (optarg);
          break;
        case 'b':
          opt_body = atoi (optarg);
          break;
        case 'n':
          opt_batch = atoi (optarg);
          break;
        case 'd':
          opt_delay_us = atol (optarg);
          break;
        case 'e':
          opt_empty = true;
          break;
        case 'l':
          opt_live = true;
          break;
        default:
          fprintf (stderr, "see the head of nullbroker.c for the options\n");
          return false;
        }
    }
  return true;
}

int
main (int argc, char **argv)
{
  if (!parse_options (argc, argv))
    return 2;
  if (opt_queues < 1 || opt_body < 1 || opt_body > 4 << 20 || opt_batch < 1 || opt_batch > CANNED_MAX)
    return 2;
  if (!*opt_advertise)
    snprintf (opt_advertise, sizeof opt_advertise, "127.0.0.1:%d", opt_port);
  queues = memset (xrealloc (NULL, sizeof *queues * (size_t) opt_queues), 0, sizeof *queues * (size_t) opt_queues);

  struct sigaction sa = { .sa_handler = on_signal };
  sigaction (SIGUSR1, &sa, NULL), sigaction (SIGTERM, &sa, NULL), sigaction (SIGINT, &sa, NULL);
  signal (SIGPIPE, SIG_IGN);

  int lfd = socket (AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  setsockopt (lfd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof (int));
  struct sockaddr_in addr = { .sin_family = AF_INET,
                              .sin_port = htons ((uint16_t) opt_port),
                              .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  if (bind (lfd, (struct sockaddr *) &addr, sizeof addr) || listen (lfd, 1024))
    {
      perror ("listen");
      return 1;
    }

  ep = epoll_create1 (EPOLL_CLOEXEC);
  tick_fd = timerfd_create (CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  delay_fd = timerfd_create (CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  arm (tick_fd, 500000, true);
  int fixed[] = { lfd, tick_fd, delay_fd };
  for (int i = 0; i < 3; i++)
    epoll_ctl (ep, EPOLL_CTL_ADD, fixed[i], &(struct epoll_event){ .events = EPOLLIN, .data.fd = fixed[i] });
  fprintf (stderr, "nullbroker: ready on 127.0.0.1:%d\n", opt_port);

  while (!want_stop)
    {
      struct epoll_event ev[64];
      uint64_t ticks;
      int n = epoll_wait (ep, ev, 64, -1);
      if (want_print)
        want_print = 0, print_stats ();
      for (int i = 0; i < n; i++)
        {
          int fd = ev[i].data.fd;
          if (fd == lfd)
            conn_accept (lfd);
          else if (fd == tick_fd)
            {
              if (read (fd, &ticks, 8) == 8)
                held_expire ();
            }
          else if (fd == delay_fd)
            {
              if (read (fd, &ticks, 8) == 8)
                delayed_run ();
            }
          else if (fd < n_conns && conns[fd] && (ev[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
                   && !conn_read (conns[fd]))
            conn_close (conns[fd]);
          else if (fd < n_conns && conns[fd] && ev[i].events & EPOLLOUT)
            conn_flush (conns[fd]);
        }
      /* One write per connection and turn: responses to pipelined requests share it. */
      for (int i = 0; i < n_conns; i++)
        if (conns[i] && !conns[i]->want_write && conns[i]->out.len)
          conn_flush (conns[i]);
    }
  print_stats ();
  return 0;
}
