/* SPDX-License-Identifier: Apache-2.0
 *
 * RmqEndpoint: what is an address and what is not.
 */
#include <rmq/rmq.h>
#include <string.h>

typedef struct
{
  const char *text;
  const char *scheme;
  const char *transport;
  const char *host;
  uint16_t port;
  const char *path;
  const char *printed;
} Good;

static const Good good[] = {
  { "127.0.0.1:9876", "tcp", "tcp", "127.0.0.1", 9876, NULL, "tcp://127.0.0.1:9876" },
  { "broker-1.example:10911", "tcp", "tcp", "broker-1.example", 10911, NULL, "tcp://broker-1.example:10911" },
  { "localhost", "tcp", "tcp", "localhost", 0, NULL, "tcp://localhost" },
  { "[::1]:9876", "tcp", "tcp", "::1", 9876, NULL, "tcp://[::1]:9876" },
  { "[fe80::1%eth0]:1", "tcp", "tcp", "fe80::1%eth0", 1, NULL, "tcp://[fe80::1%eth0]:1" },
  { "tls://broker:65535", "tls", "tls", "broker", 65535, NULL, "tls://broker:65535" },
  { "fault+capture+tcp://a:1", "fault+capture+tcp", "fault", "a", 1, NULL, "fault+capture+tcp://a:1" },
  { "embedded://default", "embedded", "embedded", "default", 0, NULL, "embedded://default" },
  { "unix:///run/rmq.sock", "unix", "unix", NULL, 0, "/run/rmq.sock", "unix:///run/rmq.sock" },
};

static const char *const bad[] = {
  "",
  ":9876",
  "host:",
  "host:0",
  "host:65536",
  "host:-1",
  "host:1x",
  "host: 1",
  "ho st:1",
  "::1",
  "a:1:2",
  "[::1",
  "[]:1",
  "[::1]x",
  "[::1]:",
  "[::1]:70000",
  "://host:1",
  "TCP://host:1",
  "t_cp://host:1",
  "+tcp://host:1",
  "fault+://host:1",
  "fault++tcp://host:1",
  "1tcp://host:1",
  "tcp://",
  "user@host:1",
  "host#x:1",
  "host?x",
  "<html>",
  "a\nb:1",
  "\xff\xfe:1",
  "tcp://host:1/a b",
};

static void
test_good (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (RmqEndpoint) endpoint = rmq_endpoint_new_from_string (good[i].text, "tcp", &error);
      g_autoptr (RmqEndpoint) again = NULL;
      g_autofree char *printed = NULL;
      g_autofree char *printed_again = NULL;

      g_assert_no_error (error);
      printed = rmq_endpoint_to_string (endpoint);
      g_assert_cmpstr (rmq_endpoint_get_scheme (endpoint), ==, good[i].scheme);
      g_assert_cmpstr (rmq_endpoint_get_transport (endpoint), ==, good[i].transport);
      g_assert_cmpstr (rmq_endpoint_get_host (endpoint), ==, good[i].host);
      g_assert_cmpuint (rmq_endpoint_get_port (endpoint), ==, good[i].port);
      g_assert_cmpstr (rmq_endpoint_get_path (endpoint), ==, good[i].path);
      g_assert_cmpstr (printed, ==, good[i].printed);

      again = rmq_endpoint_new_from_string (printed, "other", &error);
      g_assert_no_error (error);
      printed_again = rmq_endpoint_to_string (again);
      g_assert_cmpstr (printed_again, ==, printed);
    }
}

static void
test_bad (void)
{
  g_autofree char *long_text = g_strnfill (2000, 'a');
  g_autofree char *long_scheme = g_strdup_printf ("%.*s://a:1", 65, long_text);

  for (size_t i = 0; i < G_N_ELEMENTS (bad) + 2; i++)
    {
      const char *text = i < G_N_ELEMENTS (bad) ? bad[i] : i == G_N_ELEMENTS (bad) ? long_text : long_scheme;
      g_autoptr (GError) error = NULL;

      g_assert_null (rmq_endpoint_new_from_string (text, "tcp", &error));
      g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT);
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      g_assert_cmpuint (strlen (error->message), <, 700);
    }
}

static void
test_inner (void)
{
  g_autoptr (RmqEndpoint) outer = rmq_endpoint_new_from_string ("fault+capture+tcp://a:1/x", "tcp", NULL);
  g_autoptr (RmqEndpoint) middle = rmq_endpoint_dup_inner (outer);
  g_autoptr (RmqEndpoint) inner = rmq_endpoint_dup_inner (middle);
  g_autofree char *printed = rmq_endpoint_to_string (inner);

  g_assert_cmpstr (rmq_endpoint_get_transport (middle), ==, "capture");
  g_assert_cmpstr (printed, ==, "tcp://a:1/x");
  g_assert_null (rmq_endpoint_dup_inner (inner));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/remoting/endpoint/good", test_good);
  g_test_add_func ("/remoting/endpoint/bad", test_bad);
  g_test_add_func ("/remoting/endpoint/inner", test_inner);
  return g_test_run ();
}
