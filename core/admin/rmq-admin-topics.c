/* SPDX-License-Identifier: Apache-2.0
 *
 * What RmqAdmin does with topics: list, route, create or change, delete.
 */
#include "rmq-admin-task-private.h"
#include "rmq-topic-route-info-private.h"

#include "base/rmq-error-private.h"
#include "wire/rmq-cluster-body-private.h"
#include "wire/rmq-constants-private.h"
#include "wire/rmq-header-namesrv-private.h"
#include "wire/rmq-header-topic-private.h"
#include "wire/rmq-names-private.h"

/* --- List ------------------------------------------------------------------------------------------------------------
 */

static int
compare_names (const void *a, const void *b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

static char **
sorted_names (GPtrArray *topics)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  char **names;

  for (unsigned i = 0; i < topics->len; i++)
    if (topics->pdata[i] != NULL)
      g_strv_builder_add (builder, topics->pdata[i]);
  names = g_strv_builder_end (builder);
  qsort (names, g_strv_length (names), sizeof (char *), compare_names);
  return names;
}

static void
got_list (RmqAdminTask *self, const RmqFrame *response)
{
  GError *error = NULL;
  g_autoptr (RmqTopicListBody) body = _rmq_topic_list_body_decode (response->body, &error);

  if (body == NULL)
    _rmq_admin_task_fail (self, error);
  else
    _rmq_operation_return_pointer (self->operation, sorted_names (body->topics), (GDestroyNotify) g_strfreev);
}

static void
begin_list (RmqAdminTask *self)
{
  _rmq_admin_task_ask_name_server (self, RMQ_REQUEST_GET_ALL_TOPIC_LIST_FROM_NAMESERVER, NULL, NULL,
                                   g_strdup ("list topics"), got_list);
}

static RmqOperation *
list_operation (RmqAdmin *self, GCancellable *cancellable)
{
  return _rmq_admin_task_to_operation (_rmq_admin_task_new (self, begin_list), self, cancellable);
}

/**
 * rmq_admin_list_topics_async:
 * @self: an admin
 * @io_priority: priority of the callback
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called with the names, in the thread-default
 *   context of the caller
 * @user_data: data for @callback
 *
 * Asks a name server for the names of all topics: those of applications, of the
 * system, and the retry (`%RETRY%`) and dead-letter (`%DLQ%`) topics of groups.
 */
void
rmq_admin_list_topics_async (RmqAdmin *self,
                             int io_priority,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  g_return_if_fail (RMQ_IS_ADMIN (self));

  _rmq_operation_run_async (list_operation (self, cancellable), self, rmq_admin_list_topics_async, io_priority,
                            callback, user_data);
}

/**
 * rmq_admin_list_topics_finish:
 * @self: an admin
 * @result: the result
 * @error: return location for an error
 *
 * Ends [method@Admin.list_topics_async].
 *
 * Returns: (transfer full) (array zero-terminated=1): the names, sorted
 */
char **
rmq_admin_list_topics_finish (RmqAdmin *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (RMQ_IS_ADMIN (self), NULL);

  return _rmq_operation_finish_pointer (self, result, rmq_admin_list_topics_async, error);
}

/**
 * rmq_admin_list_topics:
 * @self: an admin
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Asks a name server for the names of all topics, and blocks until it answers.
 * See [method@Admin.list_topics_async].
 *
 * Returns: (transfer full) (array zero-terminated=1): the names, sorted
 */
char **
rmq_admin_list_topics (RmqAdmin *self, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (RMQ_IS_ADMIN (self), NULL);

  return _rmq_operation_run_sync (list_operation (self, cancellable), error);
}

/* --- Route -----------------------------------------------------------------------------------------------------------
 */

static void
got_route (RmqAdminTask *self, RmqRoute *route)
{
  _rmq_operation_return_pointer (self->operation, _rmq_topic_route_info_new (route),
                                 (GDestroyNotify) rmq_topic_route_info_unref);
}

static bool
check_topic (RmqAdminTask *self)
{
  GError *error = NULL;

  if (_rmq_topic_check (self->topic, &error))
    return true;
  _rmq_admin_task_fail (self, error);
  return false;
}

static void
begin_route (RmqAdminTask *self)
{
  if (check_topic (self))
    _rmq_admin_task_ask_route (self, self->topic, got_route);
}

static RmqOperation *
route_operation (RmqAdmin *self, const char *topic, GCancellable *cancellable)
{
  RmqAdminTask *task = _rmq_admin_task_new (self, begin_route);

  task->topic = g_strdup (topic);
  return _rmq_admin_task_to_operation (task, self, cancellable);
}

/**
 * rmq_admin_get_route_async:
 * @self: an admin
 * @topic: a topic
 * @io_priority: priority of the callback
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called with the route, in the thread-default
 *   context of the caller
 * @user_data: data for @callback
 *
 * Asks a name server where a topic lives. What the client remembers of it does
 * not count.
 */
void
rmq_admin_get_route_async (RmqAdmin *self,
                           const char *topic,
                           int io_priority,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_return_if_fail (RMQ_IS_ADMIN (self));
  g_return_if_fail (topic != NULL);

  _rmq_operation_run_async (route_operation (self, topic, cancellable), self, rmq_admin_get_route_async, io_priority,
                            callback, user_data);
}

/**
 * rmq_admin_get_route_finish:
 * @self: an admin
 * @result: the result
 * @error: return location for an error
 *
 * Ends [method@Admin.get_route_async].
 *
 * Errors: `RMQ_ERROR_NO_ROUTE` when there is no such topic.
 *
 * Returns: (transfer full): the route
 */
RmqTopicRouteInfo *
rmq_admin_get_route_finish (RmqAdmin *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (RMQ_IS_ADMIN (self), NULL);

  return _rmq_operation_finish_pointer (self, result, rmq_admin_get_route_async, error);
}

/**
 * rmq_admin_get_route:
 * @self: an admin
 * @topic: a topic
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Asks a name server where a topic lives, and blocks until it answers. See
 * [method@Admin.get_route_async].
 *
 * Returns: (transfer full): the route
 */
RmqTopicRouteInfo *
rmq_admin_get_route (RmqAdmin *self, const char *topic, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (RMQ_IS_ADMIN (self), NULL);
  g_return_val_if_fail (topic != NULL, NULL);

  return _rmq_operation_run_sync (route_operation (self, topic, cancellable), error);
}

/* --- Create or change ------------------------------------------------------------------------------------------------
 */

static void create_next (RmqAdminTask *self);

static void
created (RmqAdminTask *self, const RmqFrame *response)
{
  create_next (self);
}

static void
create_next (RmqAdminTask *self)
{
  RmqCreateTopicRequestHeader header = { 0 };
  const char *address;

  if (self->next == self->addresses->len)
    {
      _rmq_client_core_refresh_soon (self->client, self->topic);
      _rmq_operation_return_boolean (self->operation, true);
      return;
    }
  address = self->addresses->pdata[self->next++];
  RMQ_HEADER_SET (header, topic, rmq_slice_from_string (self->topic));
  RMQ_HEADER_SET (header, default_topic, RMQ_SLICE_LITERAL (RMQ_TOPIC_AUTO_CREATE));
  RMQ_HEADER_SET (header, read_queue_nums, self->read_queues);
  RMQ_HEADER_SET (header, write_queue_nums, self->write_queues);
  RMQ_HEADER_SET (header, perm, (int32_t) self->permission);
  RMQ_HEADER_SET (header, topic_filter_type, RMQ_SLICE_LITERAL ("SINGLE_TAG"));
  RMQ_HEADER_SET (header, topic_sys_flag, 0);
  RMQ_HEADER_SET (header, order, false);
  _rmq_admin_task_ask (self, address, RMQ_REQUEST_UPDATE_AND_CREATE_TOPIC, RMQ_HEADER (CreateTopicRequestHeader),
                       &header, g_strdup_printf ("create topic %s at %s", self->topic, address), created);
}

static GError *
check_numbers (RmqAdminTask *self)
{
  const RmqPermission known = RMQ_PERMISSION_READ | RMQ_PERMISSION_WRITE;

  if (self->read_queues < 1 || self->write_queues < 1 || self->read_queues > RMQ_ROUTE_MAX_QUEUES
      || self->write_queues > RMQ_ROUTE_MAX_QUEUES)
    return _rmq_error_new (RMQ_ERROR_INVALID_ARGUMENT, NULL, "A topic has from 1 to %d queues to read and to write",
                           RMQ_ROUTE_MAX_QUEUES);
  if ((self->permission & ~known) != 0)
    return _rmq_error_new (RMQ_ERROR_INVALID_ARGUMENT, NULL, "The permission %d has unknown bits", self->permission);
  return NULL;
}

static void
begin_create (RmqAdminTask *self)
{
  GError *error = check_numbers (self);

  if (error != NULL)
    _rmq_admin_task_fail (self, error);
  else if (check_topic (self))
    _rmq_admin_task_find_targets (self, create_next);
}

static RmqOperation *
create_operation (RmqAdmin *self,
                  const char *topic,
                  int read_queues,
                  int write_queues,
                  RmqPermission permission,
                  const char *where,
                  GCancellable *cancellable)
{
  RmqAdminTask *task = _rmq_admin_task_new (self, begin_create);

  task->topic = g_strdup (topic);
  task->read_queues = read_queues;
  task->write_queues = write_queues;
  task->permission = permission;
  task->where = g_strdup (where);
  return _rmq_admin_task_to_operation (task, self, cancellable);
}

/**
 * rmq_admin_create_topic_async:
 * @self: an admin
 * @topic: a topic
 * @read_queues: how many queues consumers read, of each broker
 * @write_queues: how many queues producers write, of each broker
 * @permission: what may be done with them
 * @where: (nullable): a cluster, all of whose masters get the topic, or one
 *   broker's name; `NULL` for the only cluster there is
 * @io_priority: priority of the callback
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when every broker has answered, in the
 *   thread-default context of the caller
 * @user_data: data for @callback
 *
 * Creates a topic, or changes one that exists.
 *
 * The brokers are asked one after the other; the first that refuses ends it,
 * and its error names it. It may be called again: a broker that has the topic
 * as it should be changes nothing.
 */
void
rmq_admin_create_topic_async (RmqAdmin *self,
                              const char *topic,
                              int read_queues,
                              int write_queues,
                              RmqPermission permission,
                              const char *where,
                              int io_priority,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_return_if_fail (RMQ_IS_ADMIN (self));
  g_return_if_fail (topic != NULL);

  _rmq_operation_run_async (create_operation (self, topic, read_queues, write_queues, permission, where, cancellable),
                            self, rmq_admin_create_topic_async, io_priority, callback, user_data);
}

/**
 * rmq_admin_create_topic_finish:
 * @self: an admin
 * @result: the result
 * @error: return location for an error
 *
 * Ends [method@Admin.create_topic_async].
 *
 * Errors: `RMQ_ERROR_INVALID_ARGUMENT` for a name or numbers that cannot be, or
 * when a cluster must be named; `RMQ_ERROR_NOT_FOUND` for a cluster or broker
 * that does not exist; what a broker answers.
 *
 * Returns: whether every broker has it
 */
gboolean
rmq_admin_create_topic_finish (RmqAdmin *self, GAsyncResult *result, GError **error)
{
  return _rmq_operation_finish_boolean (self, result, rmq_admin_create_topic_async, error);
}

/**
 * rmq_admin_create_topic:
 * @self: an admin
 * @topic: a topic
 * @read_queues: how many queues consumers read, of each broker
 * @write_queues: how many queues producers write, of each broker
 * @permission: what may be done with them
 * @where: (nullable): a cluster or a broker's name; `NULL` for the only cluster
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Creates a topic, or changes one, and blocks until every broker has answered.
 * See [method@Admin.create_topic_async].
 *
 * Returns: whether every broker has it
 */
gboolean
rmq_admin_create_topic (RmqAdmin *self,
                        const char *topic,
                        int read_queues,
                        int write_queues,
                        RmqPermission permission,
                        const char *where,
                        GCancellable *cancellable,
                        GError **error)
{
  g_return_val_if_fail (RMQ_IS_ADMIN (self), FALSE);
  g_return_val_if_fail (topic != NULL, FALSE);

  return _rmq_operation_run_sync_boolean (
      create_operation (self, topic, read_queues, write_queues, permission, where, cancellable), error);
}

/* --- Delete ----------------------------------------------------------------------------------------------------------
 */

static void forget_next (RmqAdminTask *self);

static void
forgotten (RmqAdminTask *self, const RmqFrame *response)
{
  forget_next (self);
}

/* Each name server keeps a table of its own, and a broker does not tell them that it dropped a topic. */
static void
forget_next (RmqAdminTask *self)
{
  RmqDeleteTopicFromNamesrvRequestHeader header = { 0 };
  const char *address;

  if (self->next == self->addresses->len)
    {
      _rmq_client_core_refresh_soon (self->client, self->topic);
      _rmq_operation_return_boolean (self->operation, true);
      return;
    }
  address = self->addresses->pdata[self->next++];
  RMQ_HEADER_SET (header, topic, rmq_slice_from_string (self->topic));
  if (self->where != NULL)
    RMQ_HEADER_SET (header, cluster_name, rmq_slice_from_string (self->where));
  _rmq_admin_task_ask (self, address, RMQ_REQUEST_DELETE_TOPIC_IN_NAMESRV,
                       RMQ_HEADER (DeleteTopicFromNamesrvRequestHeader), &header,
                       g_strdup_printf ("delete topic %s at the name server %s", self->topic, address), forgotten);
}

static void
begin_forget (RmqAdminTask *self)
{
  g_auto (GStrv) servers = _rmq_client_core_dup_shown_name_servers (self->client);

  g_ptr_array_set_size (self->addresses, 0);
  for (unsigned i = 0; servers[i] != NULL; i++)
    g_ptr_array_add (self->addresses, g_strdup (servers[i]));
  self->next = 0;
  forget_next (self);
}

static void delete_next (RmqAdminTask *self);

static void
deleted (RmqAdminTask *self, const RmqFrame *response)
{
  delete_next (self);
}

static void
delete_next (RmqAdminTask *self)
{
  RmqDeleteTopicRequestHeader header = { 0 };
  const char *address;

  if (self->next == self->addresses->len)
    {
      begin_forget (self);
      return;
    }
  address = self->addresses->pdata[self->next++];
  RMQ_HEADER_SET (header, topic, rmq_slice_from_string (self->topic));
  _rmq_admin_task_ask (self, address, RMQ_REQUEST_DELETE_TOPIC_IN_BROKER, RMQ_HEADER (DeleteTopicRequestHeader),
                       &header, g_strdup_printf ("delete topic %s at %s", self->topic, address), deleted);
}

/* Only brokers of the cluster, when one is given. */
static void
got_route_to_delete (RmqAdminTask *self, RmqRoute *route)
{
  GPtrArray *brokers = route->data->brokers;

  self->addresses = g_ptr_array_new_with_free_func (g_free);
  for (unsigned i = 0; i < brokers->len; i++)
    {
      const RmqBrokerData *broker = brokers->pdata[i];
      const char *address = _rmq_broker_data_get_address (broker, RMQ_MASTER_BROKER_ID);

      if (address != NULL && (self->where == NULL || g_strcmp0 (broker->cluster, self->where) == 0))
        g_ptr_array_add (self->addresses, g_strdup (address));
    }
  if (self->addresses->len > 0)
    delete_next (self);
  else
    _rmq_admin_task_fail (self,
                          _rmq_error_new (RMQ_ERROR_BROKER_NOT_FOUND, NULL, "No master%s%s that has topic %s is known",
                                          self->where != NULL ? " of cluster " : "",
                                          self->where != NULL ? self->where : "", self->topic));
}

static void
begin_delete (RmqAdminTask *self)
{
  if (check_topic (self))
    _rmq_admin_task_ask_route (self, self->topic, got_route_to_delete);
}

static RmqOperation *
delete_operation (RmqAdmin *self, const char *topic, const char *cluster, GCancellable *cancellable)
{
  RmqAdminTask *task = _rmq_admin_task_new (self, begin_delete);

  task->topic = g_strdup (topic);
  task->where = g_strdup (cluster);
  return _rmq_admin_task_to_operation (task, self, cancellable);
}

/**
 * rmq_admin_delete_topic_async:
 * @self: an admin
 * @topic: a topic
 * @cluster: (nullable): the cluster that loses it; `NULL` for every one
 * @io_priority: priority of the callback
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is gone, in the thread-default
 *   context of the caller
 * @user_data: data for @callback
 *
 * Deletes a topic with all its messages: at every broker that has it, then at
 * every name server. The first that refuses ends it, and its error names it.
 */
void
rmq_admin_delete_topic_async (RmqAdmin *self,
                              const char *topic,
                              const char *cluster,
                              int io_priority,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_return_if_fail (RMQ_IS_ADMIN (self));
  g_return_if_fail (topic != NULL);

  _rmq_operation_run_async (delete_operation (self, topic, cluster, cancellable), self, rmq_admin_delete_topic_async,
                            io_priority, callback, user_data);
}

/**
 * rmq_admin_delete_topic_finish:
 * @self: an admin
 * @result: the result
 * @error: return location for an error
 *
 * Ends [method@Admin.delete_topic_async].
 *
 * Errors: `RMQ_ERROR_NO_ROUTE` when there is no such topic; what a broker or
 * name server answers.
 *
 * Returns: whether it is gone everywhere
 */
gboolean
rmq_admin_delete_topic_finish (RmqAdmin *self, GAsyncResult *result, GError **error)
{
  return _rmq_operation_finish_boolean (self, result, rmq_admin_delete_topic_async, error);
}

/**
 * rmq_admin_delete_topic:
 * @self: an admin
 * @topic: a topic
 * @cluster: (nullable): the cluster that loses it; `NULL` for every one
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Deletes a topic with all its messages, and blocks until it is gone. See
 * [method@Admin.delete_topic_async].
 *
 * Returns: whether it is gone everywhere
 */
gboolean
rmq_admin_delete_topic (RmqAdmin *self,
                        const char *topic,
                        const char *cluster,
                        GCancellable *cancellable,
                        GError **error)
{
  g_return_val_if_fail (RMQ_IS_ADMIN (self), FALSE);
  g_return_val_if_fail (topic != NULL, FALSE);

  return _rmq_operation_run_sync_boolean (delete_operation (self, topic, cluster, cancellable), error);
}
