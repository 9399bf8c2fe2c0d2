/* SPDX-License-Identifier: Apache-2.0
 *
 * RmqAdmin: topics, offsets and messages of a cluster.
 */
#pragma once

#if !defined(RMQ_INSIDE) && !defined(RMQ_COMPILATION)
#error "Only <rmq/rmq.h> can be included directly."
#endif

#include <rmq/rmq-client-instance.h>
#include <rmq/rmq-message.h>
#include <rmq/rmq-message-queue.h>
#include <rmq/rmq-topic-route-info.h>

G_BEGIN_DECLS

/**
 * RmqPermission:
 * @RMQ_PERMISSION_NONE: neither
 * @RMQ_PERMISSION_WRITE: producers may write
 * @RMQ_PERMISSION_READ: consumers may read
 *
 * What may be done with the queues of a topic.
 */
typedef enum /*< flags >*/
{
  RMQ_PERMISSION_NONE = 0,
  RMQ_PERMISSION_WRITE = 1 << 1,
  RMQ_PERMISSION_READ = 1 << 2,
} RmqPermission;

#define RMQ_TYPE_PERMISSION (rmq_permission_get_type ())
#define RMQ_TYPE_ADMIN (rmq_admin_get_type ())

RMQ_AVAILABLE_IN_ALL
GType rmq_permission_get_type (void) G_GNUC_CONST;
RMQ_AVAILABLE_IN_ALL
G_DECLARE_FINAL_TYPE (RmqAdmin, rmq_admin, RMQ, ADMIN, GObject)

RMQ_AVAILABLE_IN_ALL
RmqAdmin *rmq_admin_new (RmqClientInstance *client);
RMQ_AVAILABLE_IN_ALL
RmqClientInstance *rmq_admin_get_client (RmqAdmin *self);
RMQ_AVAILABLE_IN_ALL
unsigned rmq_admin_get_timeout (RmqAdmin *self);
RMQ_AVAILABLE_IN_ALL
void rmq_admin_set_timeout (RmqAdmin *self, unsigned milliseconds);
RMQ_AVAILABLE_IN_ALL
RmqErrorDetails *rmq_admin_dup_details (RmqAdmin *self, GAsyncResult *result);

/* Topics. */
RMQ_AVAILABLE_IN_ALL
void rmq_admin_list_topics_async (RmqAdmin *self,
                                  int io_priority,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
RMQ_AVAILABLE_IN_ALL
char **rmq_admin_list_topics_finish (RmqAdmin *self, GAsyncResult *result, GError **error);
RMQ_AVAILABLE_IN_ALL
char **rmq_admin_list_topics (RmqAdmin *self, GCancellable *cancellable, GError **error);
RMQ_AVAILABLE_IN_ALL
void rmq_admin_get_route_async (RmqAdmin *self,
                                const char *topic,
                                int io_priority,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
RMQ_AVAILABLE_IN_ALL
RmqTopicRouteInfo *rmq_admin_get_route_finish (RmqAdmin *self, GAsyncResult *result, GError **error);
RMQ_AVAILABLE_IN_ALL
RmqTopicRouteInfo *rmq_admin_get_route (RmqAdmin *self, const char *topic, GCancellable *cancellable, GError **error);
RMQ_AVAILABLE_IN_ALL
void rmq_admin_create_topic_async (RmqAdmin *self,
                                   const char *topic,
                                   int read_queues,
                                   int write_queues,
                                   RmqPermission permission,
                                   const char *where,
                                   int io_priority,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_admin_create_topic_finish (RmqAdmin *self, GAsyncResult *result, GError **error);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_admin_create_topic (RmqAdmin *self,
                                 const char *topic,
                                 int read_queues,
                                 int write_queues,
                                 RmqPermission permission,
                                 const char *where,
                                 GCancellable *cancellable,
                                 GError **error);
RMQ_AVAILABLE_IN_ALL
void rmq_admin_delete_topic_async (RmqAdmin *self,
                                   const char *topic,
                                   const char *cluster,
                                   int io_priority,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_admin_delete_topic_finish (RmqAdmin *self, GAsyncResult *result, GError **error);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_admin_delete_topic (RmqAdmin *self,
                                 const char *topic,
                                 const char *cluster,
                                 GCancellable *cancellable,
                                 GError **error);

/* Offsets of a queue. */
RMQ_AVAILABLE_IN_ALL
void rmq_admin_get_min_offset_async (RmqAdmin *self,
                                     RmqMessageQueue *queue,
                                     int io_priority,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);
RMQ_AVAILABLE_IN_ALL
int64_t rmq_admin_get_min_offset_finish (RmqAdmin *self, GAsyncResult *result, GError **error);
RMQ_AVAILABLE_IN_ALL
int64_t rmq_admin_get_min_offset (RmqAdmin *self, RmqMessageQueue *queue, GCancellable *cancellable, GError **error);
RMQ_AVAILABLE_IN_ALL
void rmq_admin_get_max_offset_async (RmqAdmin *self,
                                     RmqMessageQueue *queue,
                                     int io_priority,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);
RMQ_AVAILABLE_IN_ALL
int64_t rmq_admin_get_max_offset_finish (RmqAdmin *self, GAsyncResult *result, GError **error);
RMQ_AVAILABLE_IN_ALL
int64_t rmq_admin_get_max_offset (RmqAdmin *self, RmqMessageQueue *queue, GCancellable *cancellable, GError **error);
RMQ_AVAILABLE_IN_ALL
void rmq_admin_get_committed_offset_async (RmqAdmin *self,
                                           const char *group,
                                           RmqMessageQueue *queue,
                                           int io_priority,
                                           GCancellable *cancellable,
                                           GAsyncReadyCallback callback,
                                           gpointer user_data);
RMQ_AVAILABLE_IN_ALL
int64_t rmq_admin_get_committed_offset_finish (RmqAdmin *self, GAsyncResult *result, GError **error);
RMQ_AVAILABLE_IN_ALL
int64_t rmq_admin_get_committed_offset (RmqAdmin *self,
                                        const char *group,
                                        RmqMessageQueue *queue,
                                        GCancellable *cancellable,
                                        GError **error);
RMQ_AVAILABLE_IN_ALL
void rmq_admin_search_offset_async (RmqAdmin *self,
                                    RmqMessageQueue *queue,
                                    int64_t unix_ms,
                                    int io_priority,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);
RMQ_AVAILABLE_IN_ALL
int64_t rmq_admin_search_offset_finish (RmqAdmin *self, GAsyncResult *result, GError **error);
RMQ_AVAILABLE_IN_ALL
int64_t rmq_admin_search_offset (RmqAdmin *self,
                                 RmqMessageQueue *queue,
                                 int64_t unix_ms,
                                 GCancellable *cancellable,
                                 GError **error);

/* Messages of a queue. */
RMQ_AVAILABLE_IN_ALL
void rmq_admin_browse_async (RmqAdmin *self,
                             const char *group,
                             RmqMessageQueue *queue,
                             int64_t offset,
                             unsigned max_messages,
                             unsigned wait_ms,
                             int io_priority,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data);
RMQ_AVAILABLE_IN_ALL
GPtrArray *rmq_admin_browse_finish (RmqAdmin *self, GAsyncResult *result, int64_t *next_offset, GError **error);
RMQ_AVAILABLE_IN_ALL
GPtrArray *rmq_admin_browse (RmqAdmin *self,
                             const char *group,
                             RmqMessageQueue *queue,
                             int64_t offset,
                             unsigned max_messages,
                             unsigned wait_ms,
                             int64_t *next_offset,
                             GCancellable *cancellable,
                             GError **error);

G_END_DECLS
