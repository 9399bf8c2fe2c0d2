// SPDX-License-Identifier: Apache-2.0
// Groups that are set back or forward, online and offline.

import java.util.List;
import java.util.Map;

import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.common.message.MessageQueue;

final class ResetScenarios {
    private static void consumeAndStop(Context context, String group, String topic, int count) throws Exception {
        Inbox inbox = new Inbox();
        DefaultMQPushConsumer consumer = context.consumer(group);
        consumer.subscribe(topic, "*");
        consumer.setMessageListener(inbox.concurrently());
        consumer.start();
        inbox.take(count);
        consumer.shutdown();
    }

    @Scenario("a running consumer that is set back by time gets its messages again")
    void online(Context context) throws Exception {
        String topic = context.topic(2);
        String group = context.groupWithRetryTopic();
        long start = System.currentTimeMillis() - 1000;
        context.fill(topic, 0, "a", "b");
        context.fill(topic, 1, "c");
        Inbox inbox = new Inbox();
        context.consume(group, topic, "*", inbox);
        inbox.take(3);
        Expect.eventually("progress", () -> context.admin.examineConsumeStats(group, topic).computeTotalDiff() == 0);
        inbox.clear();
        Map<MessageQueue, Long> targets = context.admin.resetOffsetByTimestamp(topic, group, start, true);
        Expect.same("targets", Map.of(context.queue(topic, 0), 0L, context.queue(topic, 1), 0L), targets);
        Expect.eventually("all again",
            () -> Inbox.sorted(inbox.all()).stream().distinct().count() == 3);
    }

    @Scenario("a group without consumers starts where it was set, in the middle by time")
    void offline(Context context) throws Exception {
        String topic = context.topic(1);
        String group = context.groupWithRetryTopic();
        context.fill(topic, 0, "a");
        MessageQueue queue = context.queue(topic, 0);
        long first = PullScenarios.pullOne(context, queue, 0).getStoreTimestamp();
        Expect.eventually("a later time", () -> System.currentTimeMillis() > first + 5);
        context.fill(topic, 0, "b", "c");
        consumeAndStop(context, group, topic, 3);
        Expect.eventually("offline", () -> context.admin.examineConsumeStats(group, topic).computeTotalDiff() == 0);
        context.admin.resetOffsetByTimestamp(topic, group, first + 1, true);
        Inbox inbox = new Inbox();
        context.consume(group, topic, "*", inbox);
        Expect.same("deliveries", List.of("b", "c"), Inbox.sorted(inbox.take(2)));
        inbox.quiet(300);
    }

    @Scenario("one queue is set to an offset, the other stays")
    void oneQueue(Context context) throws Exception {
        String topic = context.topic(2);
        String group = context.group();
        context.fill(topic, 0, "a", "b");
        context.fill(topic, 1, "c");
        consumeAndStop(context, group, topic, 3);
        context.admin.resetOffsetByQueueId(context.cluster.address, group, topic, 0, 1);
        Inbox inbox = new Inbox();
        context.consume(group, topic, "*", inbox);
        Expect.same("deliveries", List.of("b"), Inbox.texts(inbox.take(1)));
        inbox.quiet(500);
    }

    @Scenario("a group that skips what has gathered gets only what comes later")
    void skip(Context context) throws Exception {
        String topic = context.topic(1);
        String group = context.group();
        context.fill(topic, 0, "old", "older");
        context.admin.updateConsumeOffset(context.cluster.address, group, context.queue(topic, 0), 0);
        context.admin.resetOffsetByTimestamp(topic, group, -1, true);
        Inbox inbox = new Inbox();
        context.consume(group, topic, "*", inbox);
        context.awaitOnline(group, 1);
        context.fill(topic, 0, "new");
        Expect.same("deliveries", List.of("new"), Inbox.texts(inbox.take(1)));
        inbox.quiet(300);
    }

    @Scenario("offsets of one group become another's")
    void clone(Context context) throws Exception {
        String topic = context.topic(1);
        String from = context.groupWithRetryTopic();
        String to = context.group();
        context.fill(topic, 0, "a", "b");
        context.admin.updateConsumeOffset(context.cluster.address, from, context.queue(topic, 0), 1);
        context.admin.cloneGroupOffset(from, to, topic, true);
        Inbox inbox = new Inbox();
        context.consume(to, topic, "*", inbox);
        Expect.same("deliveries", List.of("b"), Inbox.texts(inbox.take(1)));
    }
}
