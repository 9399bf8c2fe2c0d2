/* SPDX-License-Identifier: Apache-2.0
 *
 * rawlimit: the floor, what a client of a few system calls gets out of a broker.
 *
 * One blocking TCP connection, one thread, SEND_MESSAGE_V2 (310) frames encoded
 * before the measurement; only the opaque and the queue id are patched in.
 *
 *   --addr H:P      broker                                (127.0.0.1:9876)
 *   --topic T       topic; must exist on a real broker    (BenchTopic)
 *   --queues N      queues to rotate over                 (4)
 *   --body N        body bytes                            (128)
 *   --inflight N    1 = send, wait, send ...; more = pipelined, up to N
 *                   requests unanswered                   (1)
 *   --secs S        length of one round                   (3)
 *   --rounds N      measured rounds, after one warm-up    (3)
 *   --count N       instead of rounds: send N messages and report (prefill)
 *
 * Output: one JSON line per round.  CPU is user+system of this process.
 *
 * Build: cc -O2 -std=c11 -Wall -Wextra -o rawlimit rawlimit.c
 */
#include "wire.h"
#include <arpa/inet.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>

enum
{
  PIPE_BATCH = 64
}; /* frames per write() in pipelined mode */

static int opt_queues = 4, opt_body = 128, opt_inflight = 1, opt_rounds = 3;
static double opt_secs = 3;
static long opt_count;
static const char *opt_topic = "BenchTopic";
static char opt_host[64] = "127.0.0.1";
static int opt_port = 9876;

static int fd;
static Buf in;
static char *frame[PIPE_BATCH];                       /* each slot is a whole frame ... */
static size_t frame_len, at_opaque, at_queue, at_key; /* ... with fixed-width places to patch */
static Buf batch;
static uint32_t next_opaque = 1000000000; /* always ten digits */
static uint64_t sent, answered, failed;

static double
cpu_us (void)
{
  struct rusage u;
  getrusage (RUSAGE_SELF, &u);
  return 1e6 * (double) (u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double) (u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}
static int64_t
now_ns (void)
{
  struct timespec t;
  clock_gettime (CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}
static void
die (const char *what)
{
  perror (what);
  exit (1);
}

/* The JSON header Java's client sends for a plain message, with its usual properties. */
static void
build_frame (void)
{
  Buf b = { 0 };
  char *body = xrealloc (NULL, (size_t) opt_body);
  for (int i = 0; i < opt_body; i++)
    body[i] = (char) ('a' + i % 26);
  put (&b, "\0\0\0\0\0\0\0\0", 8);
  put_s (&b, "{\"code\":310,\"extFields\":{\"a\":\"PG_RAW\",\"b\":\"");
  put_s (&b, opt_topic);
  put_s (&b, "\",\"c\":\"TBW102\",\"d\":\"4\",\"e\":\"");
  at_queue = b.len;
  put_s (&b, "0\",\"f\":\"0\",\"g\":\"");
  put_i64 (&b, wall_ms ());
  put_s (&b, "\",\"h\":\"0\",\"i\":\"UNIQ_KEY\\u00017F0000010539123456780000");
  at_key = b.len;
  put_s (&b, "000000000000\\u0002WAIT\\u0001true\\u0002\",\"j\":\"0\",\"k\":\"false\",\"m\":\"false\"},"
             "\"flag\":0,\"language\":\"OTHER\",\"opaque\":");
  at_opaque = b.len;
  put_s (&b, "1000000000,\"version\":479}");
  set_be32 (b.p + 4, (uint32_t) (b.len - 8));
  put (&b, body, (size_t) opt_body);
  set_be32 (b.p, (uint32_t) (b.len - 4));
  frame_len = b.len;
  for (int i = 0; i < PIPE_BATCH; i++)
    put (&batch, b.p, b.len);
  for (int i = 0; i < PIPE_BATCH; i++)
    frame[i] = batch.p + (size_t) i * frame_len;
  free (b.p), free (body);
}

static void
digits (char *p, uint64_t v, int n)
{
  for (int i = n - 1; i >= 0; i--, v /= 10)
    p[i] = (char) ('0' + v % 10);
}
static void
patch (int slot)
{
  digits (frame[slot] + at_opaque, next_opaque++, 10);
  digits (frame[slot] + at_key, sent, 12);
  frame[slot][at_queue] = (char) ('0' + sent % (uint64_t) opt_queues);
  sent++;
}

static void
write_all (const char *p, size_t n)
{
  while (n)
    {
      ssize_t k = write (fd, p, n);
      if (k < 0)
        {
          if (errno == EINTR)
            continue;
          die ("write");
        }
      p += k, n -= (size_t) k;
    }
}

/* One read(); counts the responses in it. */
static void
receive (void)
{
  char *room = buf_room (&in, 65536);
  ssize_t n = read (fd, room, in.cap - in.len);
  if (n <= 0)
    die ("read");
  in.len += (size_t) n;
  while (in.len - in.start >= 8)
    {
      const char *p = in.p + in.start;
      uint32_t total = get_be32 (p), hl = get_be32 (p + 4) & 0xFFFFFF;
      if (in.len - in.start < 4 + (size_t) total)
        break;
      Req r = { .type = p[4], .n_fields = 0 };
      if (!(r.type == 0 ? decode_json (&r, p + 8, p + 8 + hl) : decode_binary (&r, p + 8, p + 8 + hl)))
        die ("decode");
      if (r.flag & 1)
        {
          answered++;
          failed += r.code != 0;
        }
      in.start += 4 + (size_t) total;
    }
  if (in.start == in.len)
    in.start = in.len = 0;
}

static int
by_value (const void *a, const void *b)
{
  uint32_t x = *(const uint32_t *) a, y = *(const uint32_t *) b;
  return (x > y) - (x < y);
}

static void
round_of (int number, double secs, long count)
{
  static uint32_t *rtt;
  static size_t cap;
  size_t n = 0;
  uint64_t done0 = answered, fail0 = failed, sent0 = sent;
  double c0 = cpu_us ();
  int64_t t0 = now_ns (), end = t0 + (int64_t) (secs * 1e9), t = t0;
  for (;;)
    {
      if (count ? (long) (sent - sent0) >= count : (t = now_ns ()) >= end)
        break;
      if (opt_inflight == 1)
        {
          patch (0);
          int64_t s = now_ns ();
          write_all (frame[0], frame_len);
          uint64_t want = answered + 1;
          while (answered < want)
            receive ();
          if (n == cap)
            rtt = xrealloc (rtt, sizeof *rtt * (cap = cap ? cap * 2 : 1 << 20));
          rtt[n++] = (uint32_t) (now_ns () - s);
        }
      else
        {
          int room = opt_inflight - (int) (sent - answered), k = room < PIPE_BATCH ? room : PIPE_BATCH;
          for (int i = 0; i < k; i++)
            patch (i);
          if (k > 0)
            write_all (frame[0], frame_len * (size_t) k);
          if ((int) (sent - answered) > opt_inflight - PIPE_BATCH)
            receive (); /* keep at least one batch free */
        }
    }
  while (answered < sent)
    receive ();
  double el = (double) (now_ns () - t0) / 1e9, c = cpu_us () - c0;
  uint64_t m = answered - done0;
  if (number < 0)
    return;
  printf ("{\"client\":\"raw\",\"mode\":\"%s\",\"body\":%d,\"round\":%d,\"n\":%llu,\"fail\":%llu,\"rate\":%.0f,\"cpu_"
          "us\":%.3f",
          opt_inflight == 1 ? "sync" : "async", opt_body, number, (unsigned long long) m,
          (unsigned long long) (failed - fail0), (double) m / el, c / (double) m);
  if (n)
    {
      qsort (rtt, n, sizeof *rtt, by_value);
      printf (",\"p50_us\":%.1f,\"p99_us\":%.1f,\"p999_us\":%.1f", rtt[n / 2] / 1e3, rtt[n * 99 / 100] / 1e3,
              rtt[n * 999 / 1000] / 1e3);
    }
  printf ("}\n");
  fflush (stdout);
}

int
main (int argc, char **argv)
{
  static const struct option longs[] = { { "addr", 1, 0, 'a' },   { "topic", 1, 0, 't' },    { "queues", 1, 0, 'q' },
                                         { "body", 1, 0, 'b' },   { "inflight", 1, 0, 'i' }, { "secs", 1, 0, 's' },
                                         { "rounds", 1, 0, 'r' }, { "count", 1, 0, 'n' },    { 0, 0, 0, 0 } };
  for (int o; (o = getopt_long (argc, argv, "", longs, NULL)) != -1;)
    {
      switch (o)
        {
        case 'a':
          if (sscanf (optarg, "%63[^:]:%d", opt_host, &opt_port) != 2)
            return 2;
          break;
        case 't':
          opt_topic = optarg;
          break;
        case 'q':
          opt_queues = atoi (optarg);
          break;
        case 'b':
          opt_body = atoi (optarg);
          break;
        case 'i':
          opt_inflight = atoi (optarg);
          break;
        case 's':
          opt_secs = atof (optarg);
          break;
        case 'r':
          opt_rounds = atoi (optarg);
          break;
        case 'n':
          opt_count = atol (optarg);
          break;
        default:
          fprintf (stderr, "see the head of rawlimit.c for the options\n");
          return 2;
        }
    }
  if (opt_queues < 1 || opt_queues > 10 || opt_body < 1 || opt_inflight < 1)
    return 2;
  struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons ((uint16_t) opt_port) };
  if (inet_pton (AF_INET, opt_host, &a.sin_addr) != 1)
    return 2;
  fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect (fd, (struct sockaddr *) &a, sizeof a))
    die ("connect");
  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof (int));
  build_frame ();
  if (opt_count)
    {
      round_of (0, 0, opt_count);
      return 0;
    }
  round_of (-1, 1, 0);
  for (int i = 0; i < opt_rounds; i++)
    round_of (i, opt_secs, 0);
  return 0;
}
