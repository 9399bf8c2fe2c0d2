// SPDX-License-Identifier: Apache-2.0
// Ends of queues, offsets of times, and what groups have stored.

import java.util.List;
import java.util.Map;

import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.exception.OffsetNotFoundException;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.protocol.header.QueryConsumerOffsetRequestHeader;

final class OffsetScenarios {
    @Scenario("ends of an empty and of a filled queue")
    void ends(Context context) throws Exception {
        String topic = context.topic(2);
        MessageQueue queue = context.queue(topic, 0);
        Expect.same("empty", "0 0", context.admin.minOffset(queue) + " " + context.admin.maxOffset(queue));
        context.fill(topic, 0, "a", "b", "c");
        Expect.same("filled", "0 3", context.admin.minOffset(queue) + " " + context.admin.maxOffset(queue));
        Expect.same("other queue", 0L, context.admin.maxOffset(context.queue(topic, 1)));
    }

    @Scenario("the store time of the first message")
    void earliest(Context context) throws Exception {
        String topic = context.topic(2);
        context.fill(topic, 0, "a", "b");
        MessageQueue queue = context.queue(topic, 0);
        Expect.same("earliest", PullScenarios.pullOne(context, queue, 0).getStoreTimestamp(),
            context.admin.earliestMsgStoreTime(queue));
        Expect.same("of an empty queue", -1L, context.admin.earliestMsgStoreTime(context.queue(topic, 1)));
    }

    @Scenario("a time is found between two messages, before the first and after the last")
    void search(Context context) throws Exception {
        String topic = context.topic(1);
        MessageQueue queue = context.queue(topic, 0);
        long[] times = new long[3];
        for (int i = 0; i < 3; i++) {
            context.fill(topic, 0, "m" + i);
            times[i] = PullScenarios.pullOne(context, queue, i).getStoreTimestamp();
            long last = times[i];
            Expect.eventually("a later time", () -> System.currentTimeMillis() > last + 20);
        }
        Expect.same("before", 0L, context.admin.searchOffset(queue, times[0] - 10_000));
        for (int i = 0; i < 3; i++) {
            Expect.same("at " + i, (long) i, context.admin.searchOffset(queue, times[i]));
            Expect.same("lower at " + i, (long) i, context.admin.searchLowerBoundaryOffset(queue, times[i]));
            Expect.same("upper at " + i, (long) i, context.admin.searchUpperBoundaryOffset(queue, times[i]));
        }
        Expect.same("lower between", 1L, context.admin.searchLowerBoundaryOffset(queue, times[0] + 5));
        Expect.same("upper between", 0L, context.admin.searchUpperBoundaryOffset(queue, times[0] + 5));
        Expect.same("after", 3L, context.admin.searchOffset(queue, System.currentTimeMillis() + 60_000));
    }

    @Scenario("an offset that an admin stores is what the group reads, a lower one, too")
    void stored(Context context) throws Exception {
        String topic = context.topic(1);
        String group = context.group();
        context.fill(topic, 0, "a", "b", "c");
        for (long offset : new long[] {2, 1, 3}) {
            context.admin.updateConsumeOffset(context.cluster.address, group, context.queue(topic, 0), offset);
            Expect.same("stored", offset, query(context, topic, group, true));
        }
    }

    @Scenario("a group without a stored offset starts at 0 of a young queue, or is told that there is none")
    void notStored(Context context) throws Exception {
        String topic = context.topic(1);
        String group = context.group();
        context.fill(topic, 0, "a");
        try {
            query(context, topic, group, false);
            throw new Expect.Failure("expected: no offset");
        } catch (OffsetNotFoundException error) {
            Expect.same("code", 22, error.getResponseCode());
        }
        Expect.same("young queue", 0L, query(context, topic, group, true));
    }

    private static long query(Context context, String topic, String group, boolean zero) throws Exception {
        QueryConsumerOffsetRequestHeader header = new QueryConsumerOffsetRequestHeader();
        header.setTopic(topic);
        header.setConsumerGroup(group);
        header.setQueueId(0);
        header.setSetZeroIfNotFound(zero);
        return context.cluster.api().queryConsumerOffset(context.cluster.address, header, Cluster.TIMEOUT);
    }

    @Scenario("progress of a group: what there is, what it has, and the difference")
    void progress(Context context) throws Exception {
        String topic = context.topic(2);
        String group = context.groupWithRetryTopic();
        context.fill(topic, 0, "a", "b", "c");
        context.fill(topic, 1, "d");
        context.admin.updateConsumeOffset(context.cluster.address, group, context.queue(topic, 0), 1);
        context.admin.updateConsumeOffset(context.cluster.address, group, context.queue(topic, 1), 1);
        Map<MessageQueue, org.apache.rocketmq.remoting.protocol.admin.OffsetWrapper> table =
            context.admin.examineConsumeStats(group, topic).getOffsetTable();
        Expect.same("queues", List.of(0, 1), queueIds(table));
        Expect.same("broker offset", 3L, table.get(context.queue(topic, 0)).getBrokerOffset());
        Expect.same("consumer offset", 1L, table.get(context.queue(topic, 0)).getConsumerOffset());
        Expect.same("lag", 2L, context.admin.examineConsumeStats(group, topic).computeTotalDiff());
    }

    private static List<Integer> queueIds(Map<MessageQueue, ?> table) {
        return table.keySet().stream().map(MessageQueue::getQueueId).sorted()
            .collect(java.util.stream.Collectors.toList());
    }

    @Scenario("progress of an unknown group is refused")
    void unknownGroup(Context context) throws Exception {
        try {
            context.admin.examineConsumeStats(context.unused("nobody"));
            throw new Expect.Failure("expected a refusal");
        } catch (MQClientException error) {
            Expect.that(error.getResponseCode() != 0, "a code, not " + error);
        }
    }
}
