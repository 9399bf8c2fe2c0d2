/* SPDX-License-Identifier: Apache-2.0
 *
 * The header of a send as the producer fills it in, for the benchmarks below the producer.
 */
#pragma once

#include "wire/rmq-header-send-private.h"

#define BENCH_PROPERTIES RMQ_SLICE_LITERAL ("UNIQ_KEY\0017F0000010001E2400000000000000001\002WAIT\001true")

static inline void
bench_fill_send_header (RmqSendMessageRequestHeaderV2 *header, RmqSlice properties)
{
  *header = (RmqSendMessageRequestHeaderV2){ 0 };
  RMQ_HEADER_SET (*header, producer_group, RMQ_SLICE_LITERAL ("bench-producer"));
  RMQ_HEADER_SET (*header, topic, RMQ_SLICE_LITERAL ("bench"));
  RMQ_HEADER_SET (*header, default_topic, RMQ_SLICE_LITERAL ("TBW102"));
  RMQ_HEADER_SET (*header, default_topic_queue_nums, 4);
  RMQ_HEADER_SET (*header, queue_id, 3);
  RMQ_HEADER_SET (*header, sys_flag, 0);
  RMQ_HEADER_SET (*header, born_timestamp, 1700000000000);
  RMQ_HEADER_SET (*header, flag, 0);
  RMQ_HEADER_SET (*header, properties, properties);
  RMQ_HEADER_SET (*header, reconsume_times, 0);
  RMQ_HEADER_SET (*header, unit_mode, false);
  RMQ_HEADER_SET (*header, batch, false);
}
