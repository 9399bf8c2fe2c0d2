/* SPDX-License-Identifier: Apache-2.0
 *
 * RmqClientConfig: every setting by every way in, what is refused and with what advice, the dump, the snapshot.
 */
#include <rmq/rmq.h>
#include "client/rmq-client-settings-table-private.h"
#include "rmq-test.h"

/* A text that is not the default, and what the snapshot has of it. */
static const char *
sample (const RmqSetting *setting)
{
  switch (setting->kind)
    {
    case RMQ_SETTING_LIST:
      return strcmp (setting->key, "address-map") == 0 ? "a:1=b:2;*=c" : "a:1;b:2";
    case RMQ_SETTING_BOOLEAN:
      return "true";
    case RMQ_SETTING_BYTES:
      return "64M";
    case RMQ_SETTING_MILLISECONDS:
    case RMQ_SETTING_NUMBER:
      return "1234";
    case RMQ_SETTING_TEXT:
    default:
      return "some text";
    }
}

static void
assert_landed (const RmqSetting *setting, RmqClientConfig *config)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RmqClientSettings) settings = _rmq_client_config_snapshot (config, &error);
  const uint8_t *place;

  g_assert_no_error (error);
  place = (const uint8_t *) settings + setting->offset;
  switch (setting->kind)
    {
    case RMQ_SETTING_LIST:
      g_assert_cmpuint (g_strv_length (*(char ***) place), ==, 2);
      break;
    case RMQ_SETTING_BOOLEAN:
      g_assert_true (*(const bool *) place);
      break;
    case RMQ_SETTING_BYTES:
      g_assert_cmpuint (*(const size_t *) place, ==, 64 * 1024 * 1024);
      break;
    case RMQ_SETTING_MILLISECONDS:
      g_assert_cmpint (*(const int64_t *) place, ==, 1234 * 1000);
      break;
    case RMQ_SETTING_NUMBER:
      g_assert_cmpuint (*(const unsigned *) place, ==, 1234);
      break;
    case RMQ_SETTING_TEXT:
    default:
      g_assert_cmpstr (*(char *const *) place, ==, "some text");
    }
}

static void
assert_set (const RmqSetting *setting, RmqClientConfig *config)
{
  g_autofree char *text = rmq_client_config_get (config, setting->key);

  g_assert_cmpstr (text, ==, sample (setting));
  assert_landed (setting, config);
}

static void
test_every_key (void)
{
  unsigned n;
  const RmqSetting *table = _rmq_settings_get_table (&n);

  g_assert_cmpuint (n, >, 25);
  for (unsigned i = 0; i < n; i++)
    {
      g_autoptr (RmqClientConfig) config = rmq_client_config_new (NULL);
      g_autoptr (GError) error = NULL;
      g_autofree char *initial = rmq_client_config_get (config, table[i].key);
      g_autofree char *after = NULL;

      g_assert_cmpstr (initial, ==, table[i].default_text);
      g_assert_true (rmq_client_config_set (config, table[i].key, sample (&table[i]), &error));
      g_assert_no_error (error);
      assert_set (&table[i], config);
      g_assert_true (rmq_client_config_set (config, table[i].key, NULL, &error));
      after = rmq_client_config_get (config, table[i].key);
      g_assert_cmpstr (after, ==, table[i].default_text);
    }
}

static void
count_notify (GObject *object, GParamSpec *spec, gpointer data)
{
  (*(int *) data)++;
}

static void
test_every_property (void)
{
  unsigned n;
  const RmqSetting *table = _rmq_settings_get_table (&n);

  for (unsigned i = 0; i < n; i++)
    {
      g_autoptr (RmqClientConfig) config = rmq_client_config_new (NULL);
      GParamSpec *spec = g_object_class_find_property (G_OBJECT_GET_CLASS (config), table[i].key);
      g_autofree char *detail = g_strconcat ("notify::", table[i].key, NULL);
      g_autofree char *text = NULL;
      unsigned number = 0;
      uint64_t size = 0;
      gboolean flag = FALSE;
      int notified = 0;

      g_assert_nonnull (spec);
      g_signal_connect (config, detail, G_CALLBACK (count_notify), &notified);
      switch (table[i].kind)
        {
        case RMQ_SETTING_BOOLEAN:
          g_object_set (config, table[i].key, TRUE, NULL);
          g_object_get (config, table[i].key, &flag, NULL);
          g_assert_true (flag);
          break;
        case RMQ_SETTING_BYTES:
          g_object_set (config, table[i].key, (uint64_t) 64 * 1024 * 1024, NULL);
          g_object_get (config, table[i].key, &size, NULL);
          g_assert_cmpuint (size, ==, 64 * 1024 * 1024);
          break;
        case RMQ_SETTING_MILLISECONDS:
        case RMQ_SETTING_NUMBER:
          g_object_set (config, table[i].key, 1234u, NULL);
          g_object_get (config, table[i].key, &number, NULL);
          g_assert_cmpuint (number, ==, 1234);
          break;
        default:
          g_object_set (config, table[i].key, sample (&table[i]), NULL);
          g_object_get (config, table[i].key, &text, NULL);
          g_assert_cmpstr (text, ==, sample (&table[i]));
        }
      g_assert_cmpint (notified, ==, 1);
      assert_landed (&table[i], config);
    }
}

static void
test_file (void)
{
  g_autoptr (RmqTestDir) dir = rmq_test_dir_new ();
  g_autoptr (RmqClientConfig) config = rmq_client_config_new (NULL);
  g_autoptr (GString) text = g_string_new ("# of a test\n[client]\n");
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  g_autofree char *missing = g_build_filename (dir, "none", NULL);
  g_autofree char *dump = NULL;
  g_autofree char *option = NULL;
  unsigned n;
  const RmqSetting *table = _rmq_settings_get_table (&n);

  for (unsigned i = 0; i < n; i++)
    g_string_append_printf (text, "%s=%s\n", table[i].key, sample (&table[i]));
  g_string_append (text, "transport.tls.ca-file=/etc/ca.pem\n");
  path = rmq_test_dir_write (dir, "rmq.conf", text->str);

  g_assert_true (rmq_client_config_load_file (config, path, &error));
  g_assert_no_error (error);
  for (unsigned i = 0; i < n; i++)
    assert_set (&table[i], config);
  option = rmq_client_config_get (config, "transport.tls.ca-file");
  g_assert_cmpstr (option, ==, "/etc/ca.pem");
  dump = rmq_client_config_dump (config);
  g_assert_nonnull (strstr (dump, path));

  g_assert_false (rmq_client_config_load_file (config, missing, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_CONFIG);
  g_assert_nonnull (strstr (error->message, missing));
}

static void
test_environment (void)
{
  unsigned n;
  const RmqSetting *table = _rmq_settings_get_table (&n);

  for (unsigned i = 0; i < n; i++)
    {
      g_autoptr (RmqClientConfig) config = rmq_client_config_new (NULL);
      g_autofree char *upper = g_ascii_strup (table[i].key, -1);
      g_autofree char *name = g_strconcat ("RMQ_", g_strdelimit (upper, "-", '_'), NULL);
      g_autoptr (GError) error = NULL;
      g_autofree char *dump = NULL;

      g_setenv (name, sample (&table[i]), TRUE);
      g_assert_true (rmq_client_config_load_environment (config, &error));
      g_assert_no_error (error);
      g_unsetenv (name);
      assert_set (&table[i], config);
      dump = rmq_client_config_dump (config);
      g_assert_nonnull (strstr (dump, name));
    }
}

static void
test_name_server_sources (void)
{
  g_autoptr (RmqClientConfig) config = rmq_client_config_new (NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (rmq_client_config_get_name_servers (config), ==, "localhost:9876");
  g_setenv ("NAMESRV_ADDR", "java:9876", TRUE);
  g_assert_true (rmq_client_config_load_environment (config, &error));
  g_assert_cmpstr (rmq_client_config_get_name_servers (config), ==, "java:9876");
  g_setenv ("RMQ_NAMESRV", "ours:9876", TRUE);
  g_assert_true (rmq_client_config_load_environment (config, &error));
  g_assert_cmpstr (rmq_client_config_get_name_servers (config), ==, "ours:9876");
  g_unsetenv ("NAMESRV_ADDR");
  g_unsetenv ("RMQ_NAMESRV");
  rmq_client_config_set_name_servers (config, "explicit:9876");
  g_assert_cmpstr (rmq_client_config_get_name_servers (config), ==, "explicit:9876");
}

static void
test_unknown (void)
{
  static const struct
  {
    const char *key;
    const char *says;
  } cases[] = {
    { "reqest-timeout", "was request-timeout meant?" },
    { "Name-Servers", "was name-servers meant?" },
    { "adress-map", "was address-map meant?" },
    { "zzzzzzzzzzzzzzzzzzzz", "unknown setting" },
    { "", "unknown setting" },
    { "transport.", "unknown setting" },
    { "transport..x", "unknown setting" },
    { "namesrvAddr", "is called name-servers here" },
    { "NAMESRVADDR", "is called name-servers here" },
    { "instanceName", "is called instance-name here" },
    { "vipChannelEnabled", "is called vip-channel here" },
    { "pollNameServerInterval", "is called route-interval here" },
    { "clientIP", "is called client-id here" },
    { "useTLS", "tls://" },
    { "accessKey", "rpc-hook.acl.access-key" },
    { "sendMsgTimeout", "send-timeout" },
    { "retryTimesWhenSendFailed", "retries" },
    { "consumeThreadMin", "consume-threads" },
  };
  g_autofree char *long_key = g_strnfill (100000, 'k');
  g_autoptr (RmqClientConfig) config = rmq_client_config_new (NULL);
  g_autoptr (GError) long_error = NULL;

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (rmq_client_config_set (config, cases[i].key, "1", &error));
      g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_CONFIG);
      g_assert_nonnull (strstr (error->message, cases[i].says));
    }
  g_assert_false (rmq_client_config_set (config, long_key, "1", &long_error));
  g_assert_error (long_error, RMQ_ERROR, RMQ_ERROR_INVALID_CONFIG);
  g_assert_null (rmq_client_config_get (config, "no-such-key"));
}

static void
test_bad_values (void)
{
  static const struct
  {
    const char *key;
    const char *value;
  } cases[] = {
    { "request-timeout", "soon" },
    { "request-timeout", "" },
    { "request-timeout", "0" },
    { "request-timeout", "-1" },
    { "request-timeout", "99999999999999999999" },
    { "request-timeout", "3s" },
    { "memory-limit", "64X" },
    { "memory-limit", "9223372036854775807G" },
    { "memory-limit", "-1" },
    { "max-in-flight", "0" },
    { "vip-channel", "maybe" },
    { "vip-channel", "2" },
    { "name-servers", "" },
    { "name-servers", "a:1;b:port" },
    { "name-servers", "a:1;b c:2" },
    { "address-map", "a:1" },
    { "address-map", "=b" },
    { "address-map", "a:1=" },
    { "address-map", "a=*" },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (RmqClientConfig) config = rmq_client_config_new (NULL);
      g_autoptr (GError) error = NULL;

      if (rmq_client_config_set (config, cases[i].key, cases[i].value, &error))
        g_error ("%s=%s was taken", cases[i].key, cases[i].value);
      g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_CONFIG);
      g_assert_nonnull (strstr (error->message, cases[i].key));
    }
}

static void
test_bad_files (void)
{
  static const struct
  {
    const char *text;
    const char *says;
  } cases[] = {
    { "[client]\nrequest-timeout=soon\n", "request-timeout=soon" },
    { "[client]\nreqest-timeout=1\n", "was request-timeout meant?" },
    { "[server]\nx=1\n", "[server]" },
    { "name-servers=a:1\n", "here.conf" },
    { "[client\n", "here.conf" },
    { "[client]\n\xff\xfe=1\n", "here.conf" },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (RmqClientConfig) config = rmq_client_config_new (NULL);
      g_autoptr (GError) error = NULL;

      g_assert_false (rmq_client_config_load_data (config, cases[i].text, "here.conf", &error));
      g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_CONFIG);
      g_assert_nonnull (strstr (error->message, cases[i].says));
    }
}

/* Properties have no errors: the start has. */
static void
test_bad_property (void)
{
  g_autoptr (RmqClientConfig) config = rmq_client_config_new ("a:port");
  g_autoptr (RmqClientInstance) client = rmq_client_instance_new (config);
  g_autoptr (RmqClientSettings) settings = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_null (rmq_client_instance_dup_client_id (client));
  g_assert_false (rmq_client_instance_start (client, NULL, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_CONFIG);
  g_clear_error (&error);
  g_assert_true (rmq_client_instance_close (client, NULL, &error));
  g_assert_no_error (error);

  /* A good value mends it. */
  rmq_client_config_set_name_servers (config, "a:1");
  settings = _rmq_client_config_snapshot (config, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (settings->name_servers[0], ==, "a:1");
}

static void
test_dump (void)
{
  g_autoptr (RmqClientConfig) config = rmq_client_config_new ("a:1");
  g_autoptr (GError) error = NULL;
  g_autofree char *dump = NULL;

  g_assert_true (rmq_client_config_set (config, "rpc-hook.acl.access-key", "the key", &error));
  g_assert_true (rmq_client_config_set (config, "rpc-hook.acl.secret-key", "hush", &error));
  g_assert_true (rmq_client_config_set (config, "transport.tls.passphrase", "hush", &error));
  g_assert_true (rmq_client_config_load_data (config, "[client]\nunit-name=u\n", "here.conf", &error));
  dump = rmq_client_config_dump (config);

  g_assert_null (strstr (dump, "hush"));
  g_assert_nonnull (strstr (dump, "name-servers=a:1  # set by the program\n"));
  g_assert_nonnull (strstr (dump, "unit-name=u  # here.conf\n"));
  g_assert_nonnull (strstr (dump, "request-timeout=3000  # default\n"));
  g_assert_nonnull (strstr (dump, "rpc-hook.acl.access-key=the key"));
  g_assert_nonnull (strstr (dump, "rpc-hook.acl.secret-key=(secret)"));
  g_assert_nonnull (strstr (dump, "#client-id=\n"));
}

static char *
fingerprint_of (const char *text, const char *origin)
{
  g_autoptr (RmqClientConfig) config = rmq_client_config_new (NULL);
  g_autoptr (RmqClientSettings) settings = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (rmq_client_config_load_data (config, text, origin, &error));
  settings = _rmq_client_config_snapshot (config, &error);
  g_assert_no_error (error);
  return g_strdup (settings->fingerprint);
}

static void
test_fingerprint (void)
{
  g_autofree char *one = fingerprint_of ("[client]\nunit-name=u\nrpc-hook.acl.secret-key=a\n", "one");
  g_autofree char *same = fingerprint_of ("[client]\nrpc-hook.acl.secret-key=a\nunit-name=u\n", "two");
  g_autofree char *written = fingerprint_of ("[client]\nunit-name=u\nrpc-hook.acl.secret-key=a\nrequest-timeout=3000\n",
                                             "the default, written down");
  g_autofree char *other = fingerprint_of ("[client]\nunit-name=u\nrpc-hook.acl.secret-key=b\n", "one");

  g_assert_cmpstr (one, ==, same);
  g_assert_cmpstr (one, ==, written);
  g_assert_cmpstr (one, !=, other);
  g_assert_null (strstr (one, "secret"));
}

static void
test_identity (void)
{
  g_autoptr (RmqClientConfig) config = rmq_client_config_new (NULL);
  g_autoptr (RmqClientSettings) one = _rmq_client_config_snapshot (config, NULL);
  g_autoptr (RmqClientSettings) two = _rmq_client_config_snapshot (config, NULL);
  g_autoptr (RmqClientSettings) named = NULL;

  g_assert_nonnull (strchr (one->client_id, '@'));
  g_assert_cmpstr (one->client_id, !=, two->client_id);
  g_assert_true (rmq_client_config_set (config, "instance-name", "mine", NULL));
  g_assert_true (rmq_client_config_set (config, "unit-name", "u", NULL));
  named = _rmq_client_config_snapshot (config, NULL);
  g_assert_true (g_str_has_suffix (named->client_id, "@mine@u"));
}

/* RocketMQ's defaults, as its own objects tell them. */
static void
test_defaults (void)
{
  static const struct
  {
    const char *java;
    const char *key;
  } pairs[] = {
    { "\"heartbeatBrokerInterval\":%s", "heartbeat-interval" },
    { "\"mqClientApiTimeout\":%s", "request-timeout" },
    { "\"persistConsumerOffsetInterval\":%s", "commit-interval" },
    { "\"pollNameServerInterval\":%s", "route-interval" },
    { "\"pullTimeDelayMillsWhenException\":%s", "pull-retry-delay" },
    { "\"unitMode\":%s", "unit-mode" },
    { "\"vipChannelEnabled\":%s", "vip-channel" },
  };
  static const struct
  {
    const char *java;
    const char *property;
  } of_producer[] = {
    { "\"sendMsgTimeout\":%u", "send-timeout" },
    { "\"retryTimesWhenSendFailed\":%u", "retries" },
    { "\"retryTimesWhenSendAsyncFailed\":%u", "retries" },
    { "\"maxMessageSize\":%u", "max-message-size" },
    { "\"compressMsgBodyOverHowmuch\":%u", "compress-threshold" },
    { "\"defaultTopicQueueNums\":%u", "default-queues" },
  };
  g_autofree char *path = g_build_filename (g_getenv ("RMQ_VECTORS_DIR"), "constants.json", NULL);
  g_autoptr (RmqClientConfig) config = rmq_client_config_new (NULL);
  g_autoptr (RmqClientInstance) client = rmq_client_instance_new (config);
  g_autoptr (RmqProducer) producer = rmq_producer_new (client, "g");
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  const char *of_client;
  const char *of_java_producer;

  g_assert_true (g_file_get_contents (path, &text, NULL, &error));
  of_client = strstr (text, "\"name\":\"ClientConfig\"");
  of_java_producer = strstr (text, "\"name\":\"DefaultMQProducer\"");
  g_assert_true (of_client != NULL && of_java_producer != NULL);

  for (unsigned i = 0; i < G_N_ELEMENTS (pairs); i++)
    {
      g_autofree char *value = rmq_client_config_get (config, pairs[i].key);
      g_autoptr (GString) wanted = g_string_new (pairs[i].java);

      g_string_replace (wanted, "%s", value, 1);
      if (g_strstr_len (of_client, strcspn (of_client, "\n"), wanted->str) == NULL)
        g_error ("not Java's default: %s", wanted->str);
    }
  for (unsigned i = 0; i < G_N_ELEMENTS (of_producer); i++)
    {
      g_autoptr (GString) wanted = g_string_new (of_producer[i].java);
      g_autofree char *text_value = NULL;
      unsigned value;

      g_object_get (producer, of_producer[i].property, &value, NULL);
      text_value = g_strdup_printf ("%u", value);
      g_string_replace (wanted, "%u", text_value, 1);
      if (g_strstr_len (of_java_producer, strcspn (of_java_producer, "\n"), wanted->str) == NULL)
        g_error ("not Java's default: %s", wanted->str);
    }
}

/* What a property says is its default is what it has. */
static void
test_declared_defaults (void)
{
  g_autoptr (RmqClientConfig) config = rmq_client_config_new (NULL);
  g_autoptr (RmqClientInstance) client = rmq_client_instance_new (config);
  g_autoptr (RmqProducer) producer = rmq_producer_new (client, "g");
  g_autoptr (RmqPushConsumer) consumer = rmq_push_consumer_new (client, "g");
  GObject *objects[] = { G_OBJECT (config), G_OBJECT (client), G_OBJECT (producer), G_OBJECT (consumer) };

  for (unsigned i = 0; i < G_N_ELEMENTS (objects); i++)
    {
      unsigned n;
      g_autofree GParamSpec **specs = g_object_class_list_properties (G_OBJECT_GET_CLASS (objects[i]), &n);

      for (unsigned j = 0; j < n; j++)
        {
          g_auto (GValue) value = G_VALUE_INIT;

          if ((specs[j]->flags & G_PARAM_WRITABLE) == 0 || (specs[j]->flags & G_PARAM_CONSTRUCT_ONLY) != 0)
            continue;
          g_value_init (&value, specs[j]->value_type);
          g_object_get_property (objects[i], specs[j]->name, &value);
          if (!g_param_value_defaults (specs[j], &value))
            g_error ("%s:%s does not begin with its default", G_OBJECT_TYPE_NAME (objects[i]), specs[j]->name);
        }
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/client/config/every-key", test_every_key);
  g_test_add_func ("/client/config/every-property", test_every_property);
  g_test_add_func ("/client/config/file", test_file);
  g_test_add_func ("/client/config/environment", test_environment);
  g_test_add_func ("/client/config/C-NS-005/sources", test_name_server_sources);
  g_test_add_func ("/client/config/unknown", test_unknown);
  g_test_add_func ("/client/config/C-NS-008/bad-values", test_bad_values);
  g_test_add_func ("/client/config/bad-files", test_bad_files);
  g_test_add_func ("/client/config/bad-property", test_bad_property);
  g_test_add_func ("/client/config/dump", test_dump);
  g_test_add_func ("/client/config/fingerprint", test_fingerprint);
  g_test_add_func ("/client/config/identity", test_identity);
  g_test_add_func ("/client/config/defaults-of-java", test_defaults);
  g_test_add_func ("/client/config/declared-defaults", test_declared_defaults);
  return g_test_run ();
}
