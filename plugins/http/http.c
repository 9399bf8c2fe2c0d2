/* SPDX-License-Identifier: Apache-2.0
 *
 * Discovery `http`: asks a web server for the name servers (RocketMQ: DefaultTopAddressing). It stands apart from the
 * library because libsoup 3 ends a process that has libsoup 2.
 */
#include <rmq/rmq.h>
#include <libsoup/soup.h>
#include <string.h>

#define DEFAULT_DOMAIN "jmenv.tbsite.net"
#define DEFAULT_PORT 8080
#define DEFAULT_SUBGROUP "nsaddr"
#define DEFAULT_TIMEOUT_MS 3000
#define MAX_BODY (64 * 1024)

#define RMQ_TYPE_HTTP_DISCOVERY (rmq_http_discovery_get_type ())

G_DECLARE_FINAL_TYPE (RmqHttpDiscovery, rmq_http_discovery, RMQ, HTTP_DISCOVERY, RmqNameServerDiscovery)

struct _RmqHttpDiscovery
{
  RmqNameServerDiscovery parent_instance;
  char *url;
  char *domain;
  char *subgroup;
  char *unit_name;
  unsigned timeout_ms;
  gboolean enable_proxy;
};

enum
{
  PROP_URL = 1,
  PROP_DOMAIN,
  PROP_SUBGROUP,
  PROP_UNIT_NAME,
  PROP_TIMEOUT,
  PROP_ENABLE_PROXY,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (RmqHttpDiscovery, rmq_http_discovery, RMQ_TYPE_NAME_SERVER_DISCOVERY)

/* One question. */
typedef struct
{
  SoupSession *session;
  SoupMessage *message;
  GInputStream *stream;
  GCancellable *cancellable; /* of this question: the caller's, or the timeout */
  GSource *caller;
  GSource *timeout;
  gboolean timed_out;
  char *body;
} Query;

static void
query_free (void *data)
{
  Query *query = data;

  g_clear_object (&query->stream);
  g_clear_object (&query->message);
  g_clear_object (&query->session);
  g_clear_object (&query->cancellable);
  g_free (query->body);
  g_free (query);
}

static void
clear_source (GSource **source)
{
  if (*source != NULL)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

/* The sources hold the task. */
static void
query_stop (Query *query)
{
  clear_source (&query->caller);
  clear_source (&query->timeout);
}

static void
return_error (GTask *task, GError *error)
{
  RmqHttpDiscovery *self = g_task_get_source_object (task);
  Query *query = g_task_get_task_data (task);
  g_autofree char *uri = g_uri_to_string_partial (soup_message_get_uri (query->message), G_URI_HIDE_PASSWORD);

  query_stop (query);
  if (query->timed_out)
    {
      g_clear_error (&error);
      error = g_error_new (RMQ_ERROR, RMQ_ERROR_TIMED_OUT, "no answer in %u ms", self->timeout_ms);
    }
  g_prefix_error (&error, "Asking %s for the name servers: ", uri);
  g_task_return_error (task, error);
}

/* The first line of "a:1;b:2" */
static char **
parse_body (char *body, GError **error)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) items = NULL;
  unsigned n = 0;

  body = g_strstrip (body);
  body[strcspn (body, "\r\n")] = '\0';
  items = g_strsplit (body, ";", -1);
  for (size_t i = 0; items[i] != NULL; i++)
    {
      g_autoptr (RmqEndpoint) endpoint = NULL;

      if (*g_strstrip (items[i]) == '\0')
        continue;
      endpoint = rmq_endpoint_new_from_string (items[i], "tcp", error);
      if (endpoint == NULL)
        return NULL;
      if (rmq_endpoint_get_port (endpoint) == 0)
        {
          g_set_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT, "\"%s\" has no port", items[i]);
          return NULL;
        }
      g_strv_builder_add (builder, items[i]);
      n++;
    }
  if (n > 0)
    return g_strv_builder_end (builder);
  g_set_error_literal (error, RMQ_ERROR, RMQ_ERROR_NO_NAME_SERVER, "the answer is empty");
  return NULL;
}

static void
on_read (GObject *source, GAsyncResult *result, void *data)
{
  g_autoptr (GTask) task = data;
  Query *query = g_task_get_task_data (task);
  GError *error = NULL;
  char **addresses;
  size_t length = 0;

  if (!g_input_stream_read_all_finish (G_INPUT_STREAM (source), result, &length, &error))
    {
      return_error (task, error);
      return;
    }
  if (length > MAX_BODY)
    {
      return_error (task, g_error_new (RMQ_ERROR, RMQ_ERROR_PROTOCOL, "the answer is larger than 64 KiB"));
      return;
    }
  query->body[length] = '\0';
  addresses = parse_body (query->body, &error);
  if (addresses == NULL)
    {
      return_error (task, error);
      return;
    }
  query_stop (query);
  g_task_return_pointer (task, addresses, (GDestroyNotify) g_strfreev);
}

static void
on_sent (GObject *source, GAsyncResult *result, void *data)
{
  g_autoptr (GTask) task = data;
  Query *query = g_task_get_task_data (task);
  GError *error = NULL;

  query->stream = soup_session_send_finish (SOUP_SESSION (source), result, &error);
  if (query->stream == NULL)
    {
      return_error (task, error);
      return;
    }
  if (soup_message_get_status (query->message) != SOUP_STATUS_OK)
    {
      return_error (task, g_error_new (RMQ_ERROR, RMQ_ERROR_NO_NAME_SERVER, "the answer is %u %s",
                                       soup_message_get_status (query->message),
                                       soup_message_get_reason_phrase (query->message)));
      return;
    }
  query->body = g_malloc (MAX_BODY + 2);
  g_input_stream_read_all_async (query->stream, query->body, MAX_BODY + 1, G_PRIORITY_DEFAULT, query->cancellable,
                                 on_read, g_steal_pointer (&task));
}

static gboolean
on_timeout (void *data)
{
  Query *query = g_task_get_task_data (data);

  query->timed_out = TRUE;
  g_cancellable_cancel (query->cancellable);
  return G_SOURCE_REMOVE;
}

static gboolean
on_caller_cancelled (GCancellable *caller, void *data)
{
  Query *query = g_task_get_task_data (data);

  g_cancellable_cancel (query->cancellable);
  return G_SOURCE_REMOVE;
}

static void
attach (GTask *task, GSource *source, GSourceFunc func)
{
  g_source_set_static_name (source, "[rmq] http discovery");
  g_source_set_callback (source, func, g_object_ref (task), g_object_unref);
  g_source_attach (source, g_task_get_context (task));
}

static char *
make_uri (RmqHttpDiscovery *self)
{
  g_autofree char *base = NULL;

  if (self->url != NULL && *self->url != '\0')
    base = g_strdup (self->url);
  else if (strchr (self->domain, ':') != NULL)
    base = g_strdup_printf ("http://%s/rocketmq/%s", self->domain, self->subgroup);
  else
    base = g_strdup_printf ("http://%s:%d/rocketmq/%s", self->domain, DEFAULT_PORT, self->subgroup);

  if (self->unit_name != NULL && *self->unit_name != '\0')
    return g_strdup_printf ("%s-%s?nofix=1", base, self->unit_name);
  return g_steal_pointer (&base);
}

static GUri *
parse_uri (const char *text, GError **error)
{
  g_autoptr (GUri) uri = g_uri_parse (text, SOUP_HTTP_URI_FLAGS, NULL);

  if (uri != NULL && g_uri_get_host (uri) != NULL && *g_uri_get_host (uri) != '\0'
      && (g_str_equal (g_uri_get_scheme (uri), "http") || g_str_equal (g_uri_get_scheme (uri), "https")))
    return g_steal_pointer (&uri);
  g_set_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_CONFIG, "\"%s\" is not the URL of a web server", text);
  return NULL;
}

static SoupMessage *
make_message (RmqHttpDiscovery *self, GError **error)
{
  g_autofree char *text = make_uri (self);
  g_autofree char *now = g_strdup_printf ("%" G_GINT64_FORMAT, g_get_real_time () / 1000);
  g_autoptr (GUri) uri = parse_uri (text, error);
  SoupMessage *message;

  if (uri == NULL)
    return NULL;
  message = soup_message_new_from_uri (SOUP_METHOD_GET, uri);
  soup_message_headers_append (soup_message_get_request_headers (message), "Metaq-Client-RequestTS", now);
  return message;
}

/* A session for each question: it belongs to the context of the caller, and two minutes lie between two of them. */
static SoupSession *
make_session (RmqHttpDiscovery *self)
{
  SoupSession *session = soup_session_new ();
  g_autofree char *agent = g_strdup_printf ("rmq-glib/%s", rmq_get_version ());

  soup_session_set_user_agent (session, agent);
  if (!self->enable_proxy)
    soup_session_set_proxy_resolver (session, NULL);
  return session;
}

static void
rmq_http_discovery_discover_async (RmqNameServerDiscovery *discovery,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   void *user_data)
{
  RmqHttpDiscovery *self = RMQ_HTTP_DISCOVERY (discovery);
  g_autoptr (GTask) task = g_task_new (discovery, cancellable, callback, user_data);
  g_autoptr (SoupMessage) message = NULL;
  Query *query;
  GError *error = NULL;

  g_task_set_source_tag (task, rmq_http_discovery_discover_async);
  g_task_set_check_cancellable (task, FALSE);
  if (g_cancellable_set_error_if_cancelled (cancellable, &error) || (message = make_message (self, &error)) == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  query = g_new0 (Query, 1);
  g_task_set_task_data (task, query, query_free);
  query->message = g_steal_pointer (&message);
  query->session = make_session (self);
  query->cancellable = g_cancellable_new ();
  query->timeout = g_timeout_source_new (self->timeout_ms);
  attach (task, query->timeout, on_timeout);
  if (cancellable != NULL)
    {
      query->caller = g_cancellable_source_new (cancellable);
      attach (task, query->caller, G_SOURCE_FUNC (on_caller_cancelled));
    }
  soup_session_send_async (query->session, query->message, G_PRIORITY_DEFAULT, query->cancellable, on_sent,
                           g_steal_pointer (&task));
}

static char **
rmq_http_discovery_discover_finish (RmqNameServerDiscovery *discovery, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, discovery), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
rmq_http_discovery_finalize (GObject *object)
{
  RmqHttpDiscovery *self = RMQ_HTTP_DISCOVERY (object);

  g_free (self->url);
  g_free (self->domain);
  g_free (self->subgroup);
  g_free (self->unit_name);
  G_OBJECT_CLASS (rmq_http_discovery_parent_class)->finalize (object);
}

static void
rmq_http_discovery_get_property (GObject *object, unsigned prop_id, GValue *value, GParamSpec *pspec)
{
  RmqHttpDiscovery *self = RMQ_HTTP_DISCOVERY (object);
  const char *const texts[] = { NULL, self->url, self->domain, self->subgroup, self->unit_name };

  if (prop_id == PROP_TIMEOUT)
    g_value_set_uint (value, self->timeout_ms);
  else if (prop_id == PROP_ENABLE_PROXY)
    g_value_set_boolean (value, self->enable_proxy);
  else if (prop_id < G_N_ELEMENTS (texts))
    g_value_set_string (value, texts[prop_id]);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
rmq_http_discovery_set_property (GObject *object, unsigned prop_id, const GValue *value, GParamSpec *pspec)
{
  RmqHttpDiscovery *self = RMQ_HTTP_DISCOVERY (object);
  char **const texts[] = { NULL, &self->url, &self->domain, &self->subgroup, &self->unit_name };

  if (prop_id == PROP_TIMEOUT)
    self->timeout_ms = g_value_get_uint (value);
  else if (prop_id == PROP_ENABLE_PROXY)
    self->enable_proxy = g_value_get_boolean (value);
  else if (prop_id < G_N_ELEMENTS (texts))
    {
      g_free (*texts[prop_id]);
      *texts[prop_id] = g_value_dup_string (value);
    }
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
rmq_http_discovery_class_init (RmqHttpDiscoveryClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  RmqNameServerDiscoveryClass *discovery_class = RMQ_NAME_SERVER_DISCOVERY_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS;

  object_class->finalize = rmq_http_discovery_finalize;
  object_class->get_property = rmq_http_discovery_get_property;
  object_class->set_property = rmq_http_discovery_set_property;
  discovery_class->discover_async = rmq_http_discovery_discover_async;
  discovery_class->discover_finish = rmq_http_discovery_discover_finish;

  props[PROP_URL] = g_param_spec_string ("url", "URL", "What to ask, instead of domain and subgroup", NULL, flags);
  props[PROP_DOMAIN] =
      g_param_spec_string ("domain", "Domain", "Web server, with or without port", DEFAULT_DOMAIN, flags);
  props[PROP_SUBGROUP] = g_param_spec_string ("subgroup", "Subgroup", "Last part of the path", DEFAULT_SUBGROUP, flags);
  props[PROP_UNIT_NAME] =
      g_param_spec_string ("unit-name", "Unit name", "Asks for the name servers of this unit", NULL, flags);
  props[PROP_TIMEOUT] = g_param_spec_uint ("timeout", "Timeout", "Milliseconds for the whole answer", 1, G_MAXINT,
                                           DEFAULT_TIMEOUT_MS, flags);
  props[PROP_ENABLE_PROXY] =
      g_param_spec_boolean ("enable-proxy", "Enable proxy", "Ask through the system's proxy", FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
rmq_http_discovery_init (RmqHttpDiscovery *self)
{
}

static gboolean
http_init (RmqPluginContext *context, GError **error)
{
  return rmq_plugin_context_add_feature (context, "discovery", "http", RMQ_TYPE_HTTP_DISCOVERY, 0);
}

RMQ_PLUGIN_DEFINE (http, "1.0", "Apache-2.0", http_init)
