/* SPDX-License-Identifier: Apache-2.0
 *
 * A subscription of one topic: expression, tags with their hash codes, version; built as FilterAPI does, and matched
 * against a message's tag.
 */
#pragma once

#include "rmq-body-private.h"

#define RMQ_SUBSCRIPTION_ALL "*"
#define RMQ_EXPRESSION_TAG "TAG"
#define RMQ_EXPRESSION_SQL92 "SQL92"
/* Tags are looked at one by one, so a flood of them is refused: from a peer, and in an expression. */
#define RMQ_SUBSCRIPTION_MAX_TAGS 4096

typedef struct
{
  char *topic;
  char *expression; /* subString */
  char *type;       /* expressionType: RMQ_EXPRESSION_TAG, RMQ_EXPRESSION_SQL92, or what a peer says */
  GPtrArray *tags;  /* char *; empty: every tag */
  GArray *codes;    /* int32_t, Java hash of each tag */
  int64_t version;  /* milliseconds; the broker takes a subscription only when this grows */
  bool class_filter_mode;
} RmqSubscription;

RMQ_PRIVATE_BEGIN

RMQ_DECLARE_BODY (RmqSubscription, subscription)

/* expression NULL, "" and "*" mean everything; type NULL means TAG. now_ms becomes the version.
 * RMQ_ERROR_SUBSCRIPTION: "||" alone, too many tags, or an empty expression of another type. */
RmqSubscription *_rmq_subscription_build (const char *topic,
                                          const char *expression,
                                          const char *type,
                                          int64_t now_ms,
                                          GError **error);
RmqSubscription *_rmq_subscription_copy (const RmqSubscription *self);
/* Same topic, expression, type and tags, whatever the version. */
bool _rmq_subscription_equal (const RmqSubscription *a, const RmqSubscription *b);
bool _rmq_subscription_is_tag_type (const char *type);
/* Whether a message with this tag (RMQ_SLICE_NULL: none) passes. Expressions that only a broker can judge pass. */
bool _rmq_subscription_match (const RmqSubscription *self, RmqSlice tag);
/* The broker's first look, at the code in its queue index; true may still be a collision of hashes. */
bool _rmq_subscription_match_code (const RmqSubscription *self, int64_t code);

RMQ_PRIVATE_END
