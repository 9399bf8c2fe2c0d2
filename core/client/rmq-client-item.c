/* SPDX-License-Identifier: Apache-2.0
 *
 * An entry of a client's list models.
 */
#include "rmq-client-item-private.h"

/**
 * RmqClientItem:
 *
 * An entry of the list models of [class@ClientInstance]: a connection, named
 * by its address, or a producer or consumer, named by its group.
 *
 * Items belong to the client's main context.
 */

struct _RmqClientItem
{
  GObject parent_instance;
  char *name;
  int64_t since;
};

G_DEFINE_FINAL_TYPE (RmqClientItem, rmq_client_item, G_TYPE_OBJECT)

enum
{
  PROP_NAME = 1,
  PROP_SINCE,
  N_PROPS
};

static void
rmq_client_item_get_property (GObject *object, unsigned prop_id, GValue *value, GParamSpec *pspec)
{
  RmqClientItem *self = RMQ_CLIENT_ITEM (object);

  if (prop_id == PROP_NAME)
    g_value_set_string (value, self->name);
  else
    g_value_set_int64 (value, self->since);
}

static void
rmq_client_item_finalize (GObject *object)
{
  g_free (RMQ_CLIENT_ITEM (object)->name);
  G_OBJECT_CLASS (rmq_client_item_parent_class)->finalize (object);
}

static void
rmq_client_item_class_init (RmqClientItemClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = rmq_client_item_get_property;
  object_class->finalize = rmq_client_item_finalize;
  /**
   * RmqClientItem:name: (getter get_name)
   *
   * The address of a connection, the group of a producer or consumer.
   */
  g_object_class_install_property (object_class, PROP_NAME,
                                   g_param_spec_string ("name", "Name", "Address or group", NULL, flags));
  /**
   * RmqClientItem:since: (getter get_since)
   *
   * When it came to be, in milliseconds since the epoch.
   */
  g_object_class_install_property (
      object_class, PROP_SINCE,
      g_param_spec_int64 ("since", "Since", "Milliseconds since the epoch", 0, G_MAXINT64, 0, flags));
}

static void
rmq_client_item_init (RmqClientItem *self)
{
  self->since = g_get_real_time () / 1000;
}

RmqClientItem *
_rmq_client_item_new (const char *name)
{
  RmqClientItem *self = g_object_new (RMQ_TYPE_CLIENT_ITEM, NULL);

  self->name = g_strdup (name);
  return self;
}

/**
 * rmq_client_item_get_name:
 * @self: an item
 *
 * Gets the address of a connection, or the group of a producer or consumer.
 *
 * Returns: the name
 */
const char *
rmq_client_item_get_name (RmqClientItem *self)
{
  g_return_val_if_fail (RMQ_IS_CLIENT_ITEM (self), NULL);

  return self->name;
}

/**
 * rmq_client_item_get_since:
 * @self: an item
 *
 * Gets when it came to be.
 *
 * Returns: milliseconds since the epoch
 */
int64_t
rmq_client_item_get_since (RmqClientItem *self)
{
  g_return_val_if_fail (RMQ_IS_CLIENT_ITEM (self), 0);

  return self->since;
}
