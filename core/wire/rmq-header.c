/* SPDX-License-Identifier: Apache-2.0
 *
 * What follows from the table of a header: checks, texts of fields, debug print, and finding a table.
 */
#include "base/rmq-error-private.h"
#include "rmq-header-field-private.h"
#include "rmq-header-auth-private.h"
#include "rmq-header-broker-private.h"
#include "rmq-header-consumer-private.h"
#include "rmq-header-group-private.h"
#include "rmq-header-lite-private.h"
#include "rmq-header-namesrv-private.h"
#include "rmq-header-offset-private.h"
#include "rmq-header-pop-private.h"
#include "rmq-header-pull-private.h"
#include "rmq-header-send-private.h"
#include "rmq-header-topic-private.h"
#include "rmq-header-transaction-private.h"

#define DESCRIBE_MAX 64

#define RMQ_HEADER_ADDRESS_(class, code) &_rmq_header_##class,

static const RmqHeaderTable *const tables[] = {
  RMQ_AUTH_HEADERS (RMQ_HEADER_ADDRESS_)                  /**/
      RMQ_BROKER_HEADERS (RMQ_HEADER_ADDRESS_)            /**/
      RMQ_CONSUMER_HEADERS (RMQ_HEADER_ADDRESS_)          /**/
      RMQ_CONSUMER_EMPTY_HEADERS (RMQ_HEADER_ADDRESS_)    /**/
      RMQ_GROUP_HEADERS (RMQ_HEADER_ADDRESS_)             /**/
      RMQ_GROUP_EMPTY_HEADERS (RMQ_HEADER_ADDRESS_)       /**/
      RMQ_LITE_HEADERS (RMQ_HEADER_ADDRESS_)              /**/
      RMQ_NAMESRV_HEADERS (RMQ_HEADER_ADDRESS_)           /**/
      RMQ_OFFSET_HEADERS (RMQ_HEADER_ADDRESS_)            /**/
      RMQ_OFFSET_EMPTY_HEADERS (RMQ_HEADER_ADDRESS_)      /**/
      RMQ_POP_HEADERS (RMQ_HEADER_ADDRESS_)               /**/
      RMQ_PULL_HEADERS (RMQ_HEADER_ADDRESS_)              /**/
      RMQ_PULL_EMPTY_HEADERS (RMQ_HEADER_ADDRESS_)        /**/
      RMQ_SEND_HEADERS (RMQ_HEADER_ADDRESS_)              /**/
      RMQ_TOPIC_HEADERS (RMQ_HEADER_ADDRESS_)             /**/
      RMQ_TRANSACTION_HEADERS (RMQ_HEADER_ADDRESS_)       /**/
      RMQ_TRANSACTION_EMPTY_HEADERS (RMQ_HEADER_ADDRESS_) /**/
      & _rmq_header_SendMessageRequestHeader,
};

/* Requests that share the header of another. */
static const struct
{
  int code;
  const RmqHeaderTable *table;
} sharing[] = {
  { RMQ_REQUEST_SEND_REPLY_MESSAGE, RMQ_HEADER (SendMessageRequestHeader) },
  { RMQ_REQUEST_SEND_BATCH_MESSAGE, RMQ_HEADER (SendMessageRequestHeaderV2) },
  { RMQ_REQUEST_SEND_REPLY_MESSAGE_V2, RMQ_HEADER (SendMessageRequestHeaderV2) },
  { RMQ_REQUEST_LITE_PULL_MESSAGE, RMQ_HEADER (PullMessageRequestHeader) },
  { RMQ_REQUEST_RESET_CONSUMER_CLIENT_OFFSET, RMQ_HEADER (ResetOffsetRequestHeader) },
  { RMQ_REQUEST_GET_CONSUMER_STATUS_FROM_CLIENT, RMQ_HEADER (GetConsumerStatusRequestHeader) },
};

const RmqHeaderTable *const *
_rmq_header_get_tables (size_t *n_tables)
{
  *n_tables = G_N_ELEMENTS (tables);
  return tables;
}

const RmqHeaderTable *
_rmq_header_of_request (int code)
{
  for (size_t i = 0; i < G_N_ELEMENTS (sharing); i++)
    if (sharing[i].code == code)
      return sharing[i].table;
  if (code > 0)
    for (size_t i = 0; i < G_N_ELEMENTS (tables); i++)
      if (tables[i]->code == code)
        return tables[i];
  return NULL;
}

const RmqHeaderTable *
_rmq_header_of_class (const char *class_name)
{
  for (size_t i = 0; i < G_N_ELEMENTS (tables); i++)
    if (strcmp (tables[i]->class_name, class_name) == 0)
      return tables[i];
  return NULL;
}

bool
_rmq_header_check (const RmqHeaderTable *table, const void *header, GError **error)
{
  for (const RmqHeaderField *field = table->fields; field < table->fields + table->n_fields; field++)
    {
      if (!field->required || (header != NULL && rmq_header_field_is_set (field, header)))
        continue;
      g_set_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT, "%s: required field %s (%s) is not set",
                   table->class_name, field->member, field->name);
      return false;
    }
  return true;
}

void
_rmq_header_foreach (const RmqHeaderTable *table, const void *header, RmqHeaderVisit visit, void *data)
{
  char buffer[RMQ_FIELD_TEXT_MAX];

  for (const RmqHeaderField *field = table->fields; field < table->fields + table->n_fields; field++)
    if (rmq_header_field_is_sent (field, header))
      visit (rmq_slice (field->name, field->name_len), rmq_header_field_text (field, header, buffer), data);
}

char *
_rmq_header_describe (const RmqHeaderTable *table, const void *header)
{
  GString *text = g_string_new (table->class_name);
  char buffer[RMQ_FIELD_TEXT_MAX];

  g_string_append (text, " {");
  for (const RmqHeaderField *field = table->fields; field < table->fields + table->n_fields; field++)
    {
      RmqSlice value;
      g_autofree char *escaped = NULL;
      g_autofree char *cut = NULL;

      if (header == NULL || !rmq_header_field_is_set (field, header))
        continue;
      value = rmq_header_field_text (field, header, buffer);
      cut = g_utf8_make_valid (value.data, (gssize) MIN (value.len, DESCRIBE_MAX));
      escaped = g_strescape (cut, NULL);
      g_string_append_printf (text, " %s=%s%s", field->member, escaped, value.len > DESCRIBE_MAX ? "…" : "");
    }
  g_string_append (text, " }");
  return g_string_free (text, FALSE);
}
