/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of extension points, and how a type written in a scripting language is told from native code.
 */
#include "rmq-plugin-point-private.h"
#include <rmq/rmq.h>
#include <dlfcn.h>

/* The classes live in the layers that call them: a type that was never registered has no subclasses, so names do. */
static const RmqPluginPoint points[] = {
  { "transport", "RmqTransport", true, "Turns an address into a connected stream; called in the I/O context" },
  { "rpc-hook", "RmqRpcHook", true, "Sees every request and response; called in the I/O context" },
  { "compressor", "RmqCompressor", true, "Packs and unpacks message bodies; called in any thread" },
  { "store", "RmqBrokerStore", true, "Keeps the embedded broker's messages; called in the broker's context" },
  { "allocation", "RmqAllocationStrategy", false,
    "Shares queues among the members of a group; called in the I/O context, or the owner's when it asks for it" },
  { "discovery", "RmqNameServerDiscovery", false, "Finds the name servers; called in the owner's context" },
  { "interceptor", "RmqInterceptor", false, "Sees messages sent and consumed; called in the owner's context" },
  { "offset-store", "RmqOffsetStore", false, "Keeps consumer offsets; called in the owner's context" },
  { "metrics", "RmqMetrics", false, "Publishes counters and histograms; called in the owner's context" },
  { NULL, NULL, false, NULL },
};

const RmqPluginPoint *
_rmq_plugin_point_get_all (void)
{
  return points;
}

const RmqPluginPoint *
_rmq_plugin_point_find (const char *name)
{
  for (const RmqPluginPoint *point = points; point->name != NULL; point++)
    if (g_str_equal (point->name, name))
      return point;
  return NULL;
}

/* Bindings implement a virtual function by a libffi closure: code in anonymous memory, which belongs to no loaded
 * object. base's class has nothing but function pointers and reserved places after its parent's. */
static bool
class_is_native (GTypeClass *klass, GType base)
{
  GTypeQuery base_query;
  GTypeQuery parent_query;
  Dl_info info;

  if (dladdr ((void *) points, &info) == 0) /* a wholly static program: nothing can be told apart, nor scripted */
    return true;

  g_type_query (base, &base_query);
  g_type_query (g_type_parent (base), &parent_query);
  for (size_t at = parent_query.class_size; at + sizeof (void *) <= base_query.class_size; at += sizeof (void *))
    {
      void *function = G_STRUCT_MEMBER (void *, klass, at);

      if (function != NULL && dladdr (function, &info) == 0)
        return false;
    }
  return true;
}

/* A script may also subclass without a virtual function of its own, and would still be entered at construction.
 * PyGObject and GJS mark the types they make. */
static bool
type_is_marked (GType type, GType base)
{
  static const char *const marks[] = { "PyGObject::custom", "gjs::custom-type" };

  for (size_t i = 0; i < G_N_ELEMENTS (marks); i++)
    {
      GQuark mark = g_quark_try_string (marks[i]);

      if (mark == 0)
        continue;
      for (GType t = type; t != base && t != G_TYPE_INVALID; t = g_type_parent (t))
        if (g_type_get_qdata (t, mark) != NULL)
          return true;
    }
  return false;
}

bool
_rmq_plugin_type_is_native (GType type, GType base)
{
  g_autoptr (GTypeClass) klass = g_type_class_ref (type);

  return class_is_native (klass, base) && !type_is_marked (type, base);
}

bool
_rmq_plugin_point_check_type (const RmqPluginPoint *point, GType type, GError **error)
{
  GType base = g_type_from_name (point->type_name);

  if (base == G_TYPE_INVALID || type == G_TYPE_INVALID || !g_type_is_a (type, base))
    {
      g_set_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT, "%s cannot serve as %s: it is not a subclass of %s",
                   type != G_TYPE_INVALID ? g_type_name (type) : "An invalid type", point->name, point->type_name);
      return false;
    }
  if (G_TYPE_IS_ABSTRACT (type))
    {
      g_set_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT, "%s cannot serve as %s: it is abstract",
                   g_type_name (type), point->name);
      return false;
    }
  if (point->native_only && !_rmq_plugin_type_is_native (type, base))
    {
      g_set_error (
          error, RMQ_ERROR, RMQ_ERROR_NOT_SUPPORTED,
          "%s cannot serve as %s: it is written in a scripting language, and this extension point is called in "
          "threads that no interpreter can be entered from; write it in C or Vala",
          g_type_name (type), point->name);
      return false;
    }
  return true;
}
