/* SPDX-License-Identifier: Apache-2.0
 *
 * `rmq topic`: lists, shows, creates and deletes topics.
 */
#include "rmq-cli-json.h"
#include "rmq-cli.h"
#include <stdio.h>

typedef struct
{
  RmqCli *cli;
  RmqAdmin *admin;
  const char *topic;
  int queues;
  char *where;
} TopicCommand;

static RmqCliExit
list (TopicCommand *self)
{
  GError *error = NULL;
  g_auto (GStrv) topics = rmq_admin_list_topics (self->admin, NULL, &error);

  if (topics == NULL)
    return rmq_cli_fail (self->cli, error);
  for (unsigned i = 0; topics[i] != NULL; i++)
    {
      g_auto (RmqCliJson) json = { NULL };

      if (!self->cli->json)
        {
          puts (topics[i]);
          continue;
        }
      rmq_cli_json_init (&json);
      rmq_cli_json_begin_object (&json, NULL);
      rmq_cli_json_string (&json, "topic", topics[i]);
      rmq_cli_json_end_object (&json);
      rmq_cli_json_print (&json);
    }
  return RMQ_CLI_DONE;
}

static unsigned
count_queues (GPtrArray *queues, const char *broker)
{
  unsigned n = 0;

  for (unsigned i = 0; i < queues->len; i++)
    n += g_str_equal (rmq_message_queue_get_broker_name (queues->pdata[i]), broker);
  return n;
}

static void
show_broker (TopicCommand *self, RmqTopicRouteInfo *route, unsigned index)
{
  const char *name = rmq_topic_route_info_get_broker_name (route, index);
  g_autoptr (GPtrArray) read = rmq_topic_route_info_dup_read_queues (route);
  g_autoptr (GPtrArray) write = rmq_topic_route_info_dup_write_queues (route);
  g_auto (GStrv) addresses = rmq_topic_route_info_dup_broker_addresses (route, index);
  g_autofree char *joined = g_strjoinv (" ", addresses);
  g_auto (RmqCliJson) json = { NULL };

  if (!self->cli->json)
    {
      printf ("%s (cluster %s): %u queues to read, %u to write; %s\n", name,
              rmq_topic_route_info_get_broker_cluster (route, index), count_queues (read, name),
              count_queues (write, name), joined);
      return;
    }
  rmq_cli_json_init (&json);
  rmq_cli_json_begin_object (&json, NULL);
  rmq_cli_json_string (&json, "topic", self->topic);
  rmq_cli_json_string (&json, "broker", name);
  rmq_cli_json_string (&json, "cluster", rmq_topic_route_info_get_broker_cluster (route, index));
  rmq_cli_json_int (&json, "read_queues", count_queues (read, name));
  rmq_cli_json_int (&json, "write_queues", count_queues (write, name));
  rmq_cli_json_begin_array (&json, "addresses");
  for (unsigned i = 0; addresses[i] != NULL; i++)
    rmq_cli_json_string (&json, NULL, addresses[i]);
  rmq_cli_json_end_array (&json);
  rmq_cli_json_end_object (&json);
  rmq_cli_json_print (&json);
}

static RmqCliExit
route (TopicCommand *self)
{
  GError *error = NULL;
  g_autoptr (RmqTopicRouteInfo) info = rmq_admin_get_route (self->admin, self->topic, NULL, &error);

  if (info == NULL)
    return rmq_cli_fail (self->cli, error);
  for (unsigned i = 0; i < rmq_topic_route_info_get_n_brokers (info); i++)
    show_broker (self, info, i);
  return RMQ_CLI_DONE;
}

static RmqCliExit
create (TopicCommand *self)
{
  GError *error = NULL;

  if (!rmq_admin_create_topic (self->admin, self->topic, self->queues, self->queues,
                               RMQ_PERMISSION_READ | RMQ_PERMISSION_WRITE, self->where, NULL, &error))
    return rmq_cli_fail (self->cli, error);
  rmq_cli_say (self->cli, "created %s with %d queues on each broker", self->topic, self->queues);
  return RMQ_CLI_DONE;
}

static RmqCliExit delete (TopicCommand *self)
{
  GError *error = NULL;

  if (!rmq_admin_delete_topic (self->admin, self->topic, self->where, NULL, &error))
    return rmq_cli_fail (self->cli, error);
  rmq_cli_say (self->cli, "deleted %s", self->topic);
  return RMQ_CLI_DONE;
}

static const struct
{
  const char *name;
  bool needs_topic;
  RmqCliExit (*run) (TopicCommand *self);
} verbs[] = {
  { "list", false, list },
  { "route", true, route },
  { "create", true, create },
  { "delete", true, delete },
};

static RmqCliExit
run_verb (TopicCommand *self, int argc, char **argv)
{
  for (unsigned i = 0; argc > 1 && i < G_N_ELEMENTS (verbs); i++)
    {
      if (!g_str_equal (verbs[i].name, argv[1]))
        continue;
      if (argc != (verbs[i].needs_topic ? 3 : 2))
        return rmq_cli_fail_usage (self->cli, verbs[i].needs_topic ? "%s takes one TOPIC" : "%s takes no arguments",
                                   verbs[i].name);
      self->topic = argv[2];
      return verbs[i].run (self);
    }
  return rmq_cli_fail_usage (self->cli, "list, route, create or delete was expected");
}

RmqCliExit
rmq_cli_topic (int argc, char **argv, RmqCli *cli)
{
  TopicCommand self = { cli, NULL, NULL, 4, NULL };
  const GOptionEntry entries[] = {
    { "queues", 'q', 0, G_OPTION_ARG_INT, &self.queues, "Queues on each broker (create); default 4", "N" },
    { "where", 0, 0, G_OPTION_ARG_STRING, &self.where, "Broker or cluster; default all", "NAME" },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (RmqClientInstance) client = NULL;
  GError *error = NULL;
  RmqCliExit exit_code;

  if (!rmq_cli_parse (cli, &argc, &argv, "list | route TOPIC | create TOPIC | delete TOPIC",
                      "Lists topics, shows where one is, creates and deletes.", entries, &exit_code))
    return exit_code;
  client = rmq_cli_make_client (cli, NULL, &error);
  if (client == NULL)
    return rmq_cli_fail (cli, error);
  self.admin = rmq_admin_new (client);
  exit_code = run_verb (&self, argc, argv);
  g_object_unref (self.admin);
  g_free (self.where);
  rmq_client_instance_close (client, NULL, NULL);
  return exit_code;
}
