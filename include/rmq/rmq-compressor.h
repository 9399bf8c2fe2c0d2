/* SPDX-License-Identifier: Apache-2.0
 *
 * Extension point `compressor`: packs and unpacks message bodies.
 */
#pragma once

#if !defined(RMQ_INSIDE) && !defined(RMQ_COMPILATION)
#error "Only <rmq/rmq.h> can be included directly."
#endif

#include <glib-object.h>
#include <rmq/rmq-version-macros.h>

G_BEGIN_DECLS

#define RMQ_TYPE_COMPRESSOR (rmq_compressor_get_type ())

RMQ_AVAILABLE_IN_ALL
G_DECLARE_DERIVABLE_TYPE (RmqCompressor, rmq_compressor, RMQ, COMPRESSOR, GObject)

/**
 * RmqCompressorClass:
 * @parent_class: the parent
 * @get_type_id: the number of the algorithm in a message's system flag
 * @compress: packs a body
 * @decompress: unpacks a body
 *
 * What a compressor implements; all must be. They are called in any thread, by
 * several threads at once, and keep no state.
 */
struct _RmqCompressorClass
{
  GObjectClass parent_class;

  int (*get_type_id) (RmqCompressor *self);
  GBytes *(*compress) (RmqCompressor *self, GBytes *data, int level, GError **error);
  GBytes *(*decompress) (RmqCompressor *self, GBytes *data, size_t limit, GError **error);

  /*< private >*/
  void *_reserved[13];
};

RMQ_AVAILABLE_IN_ALL
int rmq_compressor_get_type_id (RmqCompressor *self);
RMQ_AVAILABLE_IN_ALL
GBytes *rmq_compressor_compress (RmqCompressor *self, GBytes *data, int level, GError **error);
RMQ_AVAILABLE_IN_ALL
GBytes *rmq_compressor_decompress (RmqCompressor *self, GBytes *data, size_t limit, GError **error);

G_END_DECLS
