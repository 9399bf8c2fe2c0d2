/* SPDX-License-Identifier: Apache-2.0
 *
 * Which entries a page has, and the answer with it.
 */
#include "rmq-broker-paging-private.h"

#define DEFAULT_PAGE 2000

static bool
is_current (RmqSlice text, const RmqDataVersion *version)
{
  g_autoptr (RmqDataVersion) known = text.len > 0 ? _rmq_data_version_decode (text, NULL) : NULL;

  return known != NULL && known->counter == version->counter && known->timestamp == version->timestamp
         && known->state_version == version->state_version;
}

RmqBrokerPage
_rmq_broker_page (int32_t sequence, RmqSlice version_text, int32_t max, const RmqDataVersion *version, unsigned n)
{
  RmqBrokerPage page = { .end = n };

  if (sequence < 0)
    return page;
  if (is_current (version_text, version))
    page.begin = MIN ((unsigned) sequence, n);
  page.end = page.begin + MIN (n - page.begin, max > 0 ? (unsigned) max : DEFAULT_PAGE);
  return page;
}

void
_rmq_broker_page_answer (RmqBrokerCore *core,
                         const RmqBrokerTicket *ticket,
                         const RmqHeaderTable *table,
                         const void *header,
                         const RmqBodyType *type,
                         const void *body)
{
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (SIZE_MAX);
  g_autoptr (GBytes) bytes = NULL;
  RmqBrokerAnswer answer = { .code = RMQ_RESPONSE_SUCCESS, .table = table, .header = header };

  _rmq_body_encode (type, body, &out);
  bytes = _rmq_byte_writer_steal (&out);
  answer.body = bytes;
  _rmq_broker_answer (core, ticket, &answer);
}
