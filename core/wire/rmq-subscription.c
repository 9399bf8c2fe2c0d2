/* SPDX-License-Identifier: Apache-2.0
 *
 * Builds subscriptions as RocketMQ's FilterAPI does and matches tags against them.
 */
#include "rmq-subscription-private.h"
#include "rmq-java-private.h"
#include "base/rmq-error-private.h"

static const RmqBodyField subscription_rows[] = {
  RMQ_ROW (RmqSubscription, class_filter_mode, "classFilterMode", BOOLEAN),
  RMQ_ROW (RmqSubscription, codes, "codeSet", INT32S),
  RMQ_ROW (RmqSubscription, type, "expressionType", STRING, .initial_text = RMQ_EXPRESSION_TAG),
  RMQ_ROW (RmqSubscription, expression, "subString", STRING),
  RMQ_ROW (RmqSubscription, version, "subVersion", INT64),
  RMQ_ROW (RmqSubscription, tags, "tagsSet", STRINGS),
  RMQ_ROW (RmqSubscription, topic, "topic", STRING),
};

static bool
check_subscription (void *body, GError **error)
{
  const RmqSubscription *self = body;

  if (self->tags->len <= RMQ_SUBSCRIPTION_MAX_TAGS && self->codes->len <= RMQ_SUBSCRIPTION_MAX_TAGS)
    return true;
  _rmq_set_error (error, RMQ_ERROR_PROTOCOL, NULL, "subscription with more than %d tags", RMQ_SUBSCRIPTION_MAX_TAGS);
  return false;
}

RMQ_DEFINE_BODY (RmqSubscription, subscription, "SubscriptionData", subscription_rows, .finish = check_subscription)

bool
_rmq_subscription_is_tag_type (const char *type)
{
  return type == NULL || strcmp (type, RMQ_EXPRESSION_TAG) == 0;
}

static bool
has_tag (const RmqSubscription *self, RmqSlice tag)
{
  for (unsigned i = 0; i < self->tags->len; i++)
    {
      const char *own = g_ptr_array_index (self->tags, i);

      /* Most tags already differ here; this is asked for every message. */
      if (tag.len > 0 && own[0] == tag.data[0] && rmq_slice_equal_string (tag, own))
        return true;
    }
  return false;
}

/* Both are sets. */
static void
add_tag (RmqSubscription *self, RmqSlice tag)
{
  int32_t code = _rmq_java_string_hash (tag);

  if (has_tag (self, tag))
    return;
  g_ptr_array_add (self->tags, rmq_slice_dup (tag));
  for (unsigned i = 0; i < self->codes->len; i++)
    if (g_array_index (self->codes, int32_t, i) == code)
      return;
  g_array_append_val (self->codes, code);
}

/* Java's split: trailing empty pieces do not count, so that "||" has none at all. False then, or with too many. */
static bool
add_tags (RmqSubscription *self, const char *expression)
{
  const char *at = expression;
  size_t n_pieces = 0;
  size_t n_counted = 0;

  for (;;)
    {
      const char *bar = strstr (at, "||");
      RmqSlice piece = rmq_slice (at, bar != NULL ? (size_t) (bar - at) : strlen (at));
      RmqSlice tag = _rmq_java_trim (piece);

      n_pieces++;
      if (piece.len > 0)
        n_counted = n_pieces;
      if (tag.len > 0)
        add_tag (self, tag);
      if (bar == NULL || self->tags->len > RMQ_SUBSCRIPTION_MAX_TAGS)
        return n_counted > 0 && self->tags->len <= RMQ_SUBSCRIPTION_MAX_TAGS;
      at = bar + 2;
    }
}

RmqSubscription *
_rmq_subscription_build (const char *topic, const char *expression, const char *type, int64_t now_ms, GError **error)
{
  g_autoptr (RmqSubscription) self = _rmq_subscription_new ();
  bool empty = expression == NULL || *expression == '\0';

  self->topic = g_strdup (topic);
  self->version = now_ms;
  if (!_rmq_subscription_is_tag_type (type))
    {
      if (empty)
        {
          _rmq_set_error (error, RMQ_ERROR_SUBSCRIPTION, NULL, "subscription of %s: an expression of type %s is needed",
                          topic, type);
          return NULL;
        }
      g_free (self->type);
      self->type = g_strdup (type);
      self->expression = g_strdup (expression);
      return g_steal_pointer (&self);
    }

  self->expression = g_strdup (empty ? RMQ_SUBSCRIPTION_ALL : expression);
  if (strcmp (self->expression, RMQ_SUBSCRIPTION_ALL) != 0 && !add_tags (self, self->expression))
    {
      _rmq_set_error (error, RMQ_ERROR_SUBSCRIPTION, NULL, "subscription of %s: \"%s\" names no tag", topic,
                      expression);
      return NULL;
    }
  return g_steal_pointer (&self);
}

RmqSubscription *
_rmq_subscription_copy (const RmqSubscription *self)
{
  RmqSubscription *copy = _rmq_subscription_new ();

  copy->topic = g_strdup (self->topic);
  copy->expression = g_strdup (self->expression);
  g_free (copy->type);
  copy->type = g_strdup (self->type);
  copy->version = self->version;
  copy->class_filter_mode = self->class_filter_mode;
  for (unsigned i = 0; i < self->tags->len; i++)
    g_ptr_array_add (copy->tags, g_strdup (g_ptr_array_index (self->tags, i)));
  g_array_append_vals (copy->codes, self->codes->data, self->codes->len);
  return copy;
}

bool
_rmq_subscription_equal (const RmqSubscription *a, const RmqSubscription *b)
{
  if (g_strcmp0 (a->topic, b->topic) != 0 || g_strcmp0 (a->expression, b->expression) != 0
      || g_strcmp0 (a->type, b->type) != 0 || a->class_filter_mode != b->class_filter_mode
      || a->tags->len != b->tags->len)
    return false;
  for (unsigned i = 0; i < a->tags->len; i++)
    if (!has_tag (b, rmq_slice_from_string (g_ptr_array_index (a->tags, i))))
      return false;
  return true;
}

bool
_rmq_subscription_match (const RmqSubscription *self, RmqSlice tag)
{
  if (self->tags->len == 0 || self->class_filter_mode || !_rmq_subscription_is_tag_type (self->type))
    return true;
  return tag.data != NULL && has_tag (self, tag);
}

bool
_rmq_subscription_match_code (const RmqSubscription *self, int64_t code)
{
  if (self->class_filter_mode || !_rmq_subscription_is_tag_type (self->type)
      || g_strcmp0 (self->expression, RMQ_SUBSCRIPTION_ALL) == 0)
    return true;
  for (unsigned i = 0; i < self->codes->len; i++)
    if (g_array_index (self->codes, int32_t, i) == (int32_t) code)
      return true;
  return false;
}
