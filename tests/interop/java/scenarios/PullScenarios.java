// SPDX-License-Identifier: Apache-2.0
// The classic pull consumer, where every answer of a pull can be seen.

import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.MessageSelector;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.consumer.PullStatus;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.TopicConfig;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageDecoder;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.protocol.ResponseCode;

@SuppressWarnings("deprecation") // the classic pull consumer
final class PullScenarios {
    static MessageExt pullOne(Context context, MessageQueue queue, long offset) throws Exception {
        PullResult result = context.cluster.puller.pull(queue, "*", offset, 1);
        Expect.same("pull at " + offset, PullStatus.FOUND, result.getPullStatus());
        return result.getMsgFoundList().get(0);
    }

    static long commitLogOffset(SendResult sent) throws Exception {
        return MessageDecoder.decodeMessageId(sent.getOffsetMsgId()).getOffset();
    }

    private static DefaultMQPullConsumer puller(Context context) throws Exception {
        DefaultMQPullConsumer consumer = context.cluster.configure(new DefaultMQPullConsumer(context.group()));
        consumer.setInstanceName(context.unused("instance"));
        consumer.start();
        context.later(consumer::shutdown);
        return consumer;
    }

    private static void check(PullResult result, PullStatus status, long next, long max) {
        Expect.same("status", status, result.getPullStatus());
        Expect.same("next, min, max", next + " 0 " + max,
            result.getNextBeginOffset() + " " + result.getMinOffset() + " " + result.getMaxOffset());
    }

    @Scenario("a pull says what it found, and where to go on: within, at the end, behind it, in an empty queue")
    void answers(Context context) throws Exception {
        String topic = context.topic(2);
        context.fill(topic, 0, "a", "b", "c");
        DefaultMQPullConsumer consumer = context.cluster.puller;
        MessageQueue queue = context.queue(topic, 0);
        check(consumer.pull(queue, "*", 1, 10), PullStatus.FOUND, 3, 3);
        check(consumer.pull(queue, "*", 3, 10), PullStatus.NO_NEW_MSG, 3, 3);
        check(consumer.pull(queue, "*", 9, 10), PullStatus.OFFSET_ILLEGAL, 3, 3);
        MessageQueue empty = context.queue(topic, 1);
        check(consumer.pull(empty, "*", 0, 10), PullStatus.NO_NEW_MSG, 0, 0);
        check(consumer.pull(empty, "*", 5, 10), PullStatus.OFFSET_ILLEGAL, 0, 0);
    }

    @Scenario("a pull gives as many as asked for, at most 32")
    void count(Context context) throws Exception {
        String topic = context.topic(1);
        for (int i = 0; i < 40; i++) {
            context.send(topic, "m" + i);
        }
        context.awaitMax(topic, 0, 40);
        MessageQueue queue = context.queue(topic, 0);
        PullResult five = context.cluster.puller.pull(queue, "*", 0, 5);
        Expect.same("five", List.of("m0", "m1", "m2", "m3", "m4"), Inbox.texts(five.getMsgFoundList()));
        Expect.same("next", 5L, five.getNextBeginOffset());
        Expect.same("at most", 32, context.cluster.puller.pull(queue, "*", 0, 64).getMsgFoundList().size());
    }

    @Scenario("a pull with a tag goes past what does not match")
    void tags(Context context) throws Exception {
        String topic = context.topic(1);
        for (String tag : new String[] {"A", "B", "A", "C"}) {
            context.send(Context.message(topic, tag, tag));
        }
        context.awaitMax(topic, 0, 4);
        MessageQueue queue = context.queue(topic, 0);
        PullResult result = context.cluster.puller.pull(queue, "A", 0, 10);
        Expect.same("found", List.of("A", "A"), Inbox.texts(result.getMsgFoundList()));
        PullResult none = context.cluster.puller.pull(queue, "Z", 0, 10);
        Expect.same("status", PullStatus.NO_MATCHED_MSG, none.getPullStatus());
        Expect.same("next", 4L, none.getNextBeginOffset());
    }

    @Scenario("a pull with SQL")
    void sql(Context context) throws Exception {
        String topic = context.topic(1);
        for (int i = 0; i < 4; i++) {
            Message message = Context.message(topic, "m" + i);
            message.putUserProperty("n", i + ".5");
            context.send(message);
        }
        context.awaitMax(topic, 0, 4);
        // The client asks only a broker whose version it knows from a heartbeat.
        Expect.eventually("m1 and m3", () -> Inbox.texts(context.cluster.puller.pull(context.queue(topic, 0),
            MessageSelector.bySql("n > 1.0 AND NOT (n = 2.5)"), 0, 10).getMsgFoundList()).equals(List.of("m1", "m3")));
    }

    @Scenario("a pull that may wait is answered by the next message")
    void waits(Context context) throws Exception {
        String topic = context.topic(1);
        DefaultMQPullConsumer consumer = puller(context);
        CompletableFuture<PullResult> future = CompletableFuture.supplyAsync(() -> {
            try {
                return consumer.pullBlockIfNotFound(context.queue(topic, 0), "*", 0, 10);
            } catch (Exception error) {
                throw new IllegalStateException(error);
            }
        });
        Expect.that(!isDone(future, 700), "the pull waits");
        context.send(topic, "m");
        PullResult result = future.get(10, TimeUnit.SECONDS);
        Expect.same("status", PullStatus.FOUND, result.getPullStatus());
        Expect.same("body", "m", Inbox.text(result.getMsgFoundList().get(0)));
    }

    private static boolean isDone(CompletableFuture<?> future, long millis) throws Exception {
        try {
            future.get(millis, TimeUnit.MILLISECONDS);
            return true;
        } catch (java.util.concurrent.TimeoutException error) {
            return false;
        }
    }

    @Scenario("an offset that a consumer stores is what its group reads")
    void offsets(Context context) throws Exception {
        String topic = context.topic(1);
        context.fill(topic, 0, "a", "b");
        DefaultMQPullConsumer consumer = puller(context);
        MessageQueue queue = context.queue(topic, 0);
        consumer.fetchSubscribeMessageQueues(topic);
        consumer.updateConsumeOffset(queue, 2);
        consumer.getOffsetStore().persist(queue);
        Expect.eventually("the stored offset", () -> consumer.fetchConsumeOffset(queue, true) == 2);
    }

    @Scenario("the queues of a topic")
    void queues(Context context) throws Exception {
        String topic = context.topic(3);
        Set<MessageQueue> queues = context.cluster.puller.fetchSubscribeMessageQueues(topic);
        Expect.same("queues", Set.of(context.queue(topic, 0), context.queue(topic, 1), context.queue(topic, 2)),
            queues);
    }

    @Scenario("a queue or topic that is not there is refused")
    void refused(Context context) throws Exception {
        String topic = context.topic(1);
        Expect.refused(ResponseCode.INVALID_PARAMETER,
            () -> context.cluster.puller.pull(context.queue(topic, 7), "*", 0, 1));
        Expect.refused(ResponseCode.TOPIC_NOT_EXIST,
            () -> context.cluster.puller.pull(context.queue(context.unused("none"), 0), "*", 0, 1));
        String writeOnly = context.topic(new TopicConfig(context.unused("topic"), 1, 1, 2));
        Expect.refused(ResponseCode.NO_PERMISSION,
            () -> context.cluster.puller.pull(context.queue(writeOnly, 0), "*", 0, 1));
    }
}
