/* SPDX-License-Identifier: Apache-2.0
 *
 * Which brokers an administrative operation goes to: the masters of a cluster, or one broker's, as a name server tells
 * them (106).
 */
#include "rmq-admin-task-private.h"

#include "base/rmq-error-private.h"
#include "wire/rmq-cluster-body-private.h"
#include "wire/rmq-constants-private.h"

static GPtrArray *
find_cluster (const RmqClusterInfo *info, const char *name)
{
  RmqStringsEntry *entry = info->clusters != NULL ? _rmq_body_map_find (info->clusters, name) : NULL;

  return entry != NULL ? entry->values : NULL;
}

static void
add_master (GPtrArray *addresses, const RmqClusterInfo *info, const char *broker_name)
{
  RmqBrokerEntry *entry = info->brokers != NULL ? _rmq_body_map_find (info->brokers, broker_name) : NULL;
  const char *address = NULL;

  if (entry != NULL && entry->broker != NULL)
    address = _rmq_broker_data_get_address (entry->broker, RMQ_MASTER_BROKER_ID);
  if (address != NULL)
    g_ptr_array_add (addresses, g_strdup (address));
}

static char *
list_clusters (const RmqClusterInfo *info)
{
  GString *text = g_string_new (NULL);

  for (unsigned i = 0; info->clusters != NULL && i < info->clusters->len; i++)
    {
      RmqStringsEntry *entry = info->clusters->pdata[i];

      g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", entry->key);
    }
  return g_string_free (text, FALSE);
}

/* NULL stands for the only cluster there is: with several, guessing would touch brokers that nobody meant. */
static GPtrArray *
select_brokers (const RmqClusterInfo *info, const char *where, GError **error)
{
  unsigned n_clusters = info->clusters != NULL ? info->clusters->len : 0;
  g_autofree char *names = list_clusters (info);
  GPtrArray *brokers = where != NULL ? find_cluster (info, where) : NULL;

  if (brokers != NULL)
    return g_ptr_array_ref (brokers);
  if (where == NULL && n_clusters == 1)
    return g_ptr_array_ref (((RmqStringsEntry *) info->clusters->pdata[0])->values);
  if (where != NULL && info->brokers != NULL && _rmq_body_map_find (info->brokers, where) != NULL)
    {
      brokers = g_ptr_array_new_with_free_func (g_free);
      g_ptr_array_add (brokers, g_strdup (where));
      return brokers;
    }
  if (n_clusters == 0)
    _rmq_set_error (error, RMQ_ERROR_BROKER_NOT_FOUND, NULL, "The name server knows no broker");
  else if (where != NULL)
    _rmq_set_error (error, RMQ_ERROR_NOT_FOUND, NULL, "There is no cluster and no broker \"%s\"; the clusters are: %s",
                    where, names);
  else
    _rmq_set_error (error, RMQ_ERROR_INVALID_ARGUMENT, NULL, "There are several clusters, name one of them: %s", names);
  return NULL;
}

static GPtrArray *
read_targets (const RmqFrame *response, const char *where, GError **error)
{
  g_autoptr (RmqClusterInfo) info = _rmq_cluster_info_decode (response->body, error);
  g_autoptr (GPtrArray) names = info != NULL ? select_brokers (info, where, error) : NULL;
  g_autoptr (GPtrArray) addresses = NULL;

  if (names == NULL)
    return NULL;
  addresses = g_ptr_array_new_with_free_func (g_free);
  for (unsigned i = 0; i < names->len; i++)
    add_master (addresses, info, names->pdata[i]);
  if (addresses->len == 0)
    {
      _rmq_set_error (error, RMQ_ERROR_BROKER_NOT_FOUND, NULL, "No broker of %s has a master now",
                      where != NULL ? where : "the cluster");
      return NULL;
    }
  return g_steal_pointer (&addresses);
}

static void
got_cluster_info (RmqAdminTask *self, const RmqFrame *response)
{
  GError *error = NULL;

  self->addresses = read_targets (response, self->where, &error);
  if (self->addresses == NULL)
    _rmq_admin_task_fail (self, error);
  else
    self->begin (self);
}

void
_rmq_admin_task_find_targets (RmqAdminTask *self, RmqAdminStep next)
{
  self->begin = next;
  _rmq_admin_task_ask_name_server (self, RMQ_REQUEST_GET_BROKER_CLUSTER_INFO, NULL, NULL,
                                   g_strdup ("ask for the brokers of the cluster"), got_cluster_info);
}
