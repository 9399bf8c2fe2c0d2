/* SPDX-License-Identifier: Apache-2.0
 *
 * RmqBrokerFilter: the filter of tags, by their hashes as Java's broker does; other kinds come from modules.
 */
#include "rmq-broker-filter-private.h"

#include "base/rmq-error-private.h"
#include "broker/rmq-broker-core-private.h"

/* With more tags than this, codes are looked up in a table. */
#define FEW_CODES 8

typedef struct
{
  RmqBrokerFilter filter;
  GHashTable *table; /* or NULL: few codes */
  unsigned n_codes;
  int32_t codes[];
} RmqTagFilter;

void
_rmq_broker_filter_init (RmqBrokerFilter *self, const RmqBrokerFilterClass *klass)
{
  self->klass = klass;
  g_atomic_ref_count_init (&self->ref_count);
}

RmqBrokerFilter *
_rmq_broker_filter_ref (RmqBrokerFilter *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
_rmq_broker_filter_unref (RmqBrokerFilter *self)
{
  if (g_atomic_ref_count_dec (&self->ref_count))
    self->klass->free (self);
}

static bool
tag_filter_match_code (const RmqBrokerFilter *filter, int32_t tags_code)
{
  const RmqTagFilter *self = (const RmqTagFilter *) filter;

  if (self->table != NULL)
    return g_hash_table_contains (self->table, GINT_TO_POINTER (tags_code));
  for (unsigned i = 0; i < self->n_codes; i++)
    if (self->codes[i] == tags_code)
      return true;
  return false;
}

static void
tag_filter_free (RmqBrokerFilter *filter)
{
  RmqTagFilter *self = (RmqTagFilter *) filter;

  g_clear_pointer (&self->table, g_hash_table_unref);
  g_free (self);
}

static const RmqBrokerFilterClass tag_filter_class = {
  .match_code = tag_filter_match_code,
  .free = tag_filter_free,
};

static RmqBrokerFilter *
tag_filter_new (const GArray *codes)
{
  RmqTagFilter *self = g_malloc0 (sizeof (RmqTagFilter) + codes->len * sizeof (int32_t));

  _rmq_broker_filter_init (&self->filter, &tag_filter_class);
  self->n_codes = codes->len;
  memcpy (self->codes, codes->data, codes->len * sizeof (int32_t));
  if (codes->len > FEW_CODES)
    {
      self->table = g_hash_table_new (NULL, NULL);
      for (unsigned i = 0; i < codes->len; i++)
        g_hash_table_add (self->table, GINT_TO_POINTER (self->codes[i]));
    }
  return &self->filter;
}

static RmqBrokerFilter *
compile (RmqBrokerCore *core, const char *type, const char *expression, GError **error)
{
  for (unsigned i = 0; rmq_broker_modules[i] != NULL; i++)
    {
      const RmqBrokerModule *module = rmq_broker_modules[i];
      GError *local = NULL;
      RmqBrokerFilter *filter;

      if (module->compile == NULL)
        continue;
      filter = module->compile (core, type, expression, core->module_data[i], &local);
      if (local != NULL)
        g_propagate_error (error, local);
      if (local != NULL || filter != NULL)
        return filter;
    }
  _rmq_set_error (error, RMQ_ERROR_NOT_SUPPORTED, NULL, "The broker does not support consumer to filter message by %s",
                  type);
  return NULL;
}

RmqBrokerFilter *
_rmq_broker_filter_new (RmqBrokerCore *core, const RmqSubscription *subscription, GError **error)
{
  if (_rmq_subscription_is_tag_type (subscription->type))
    {
      if (subscription->codes->len == 0)
        return NULL;
      return tag_filter_new (subscription->codes);
    }
  return compile (core, subscription->type, subscription->expression != NULL ? subscription->expression : "", error);
}

RmqBrokerFilter *
_rmq_broker_filter_new_for_expression (RmqBrokerCore *core,
                                       const char *topic,
                                       const char *type,
                                       const char *expression,
                                       GError **error)
{
  g_autoptr (RmqSubscription) subscription =
      _rmq_subscription_build (topic, expression, type, rmq_broker_now_ms (core), error);

  return subscription != NULL ? _rmq_broker_filter_new (core, subscription, error) : NULL;
}
