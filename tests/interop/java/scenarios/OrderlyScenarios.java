// SPDX-License-Identifier: Apache-2.0
// Orderly consumers: order in a queue, retries in place, queue locks.

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.client.producer.selector.SelectMessageQueueByHash;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.protocol.body.LockBatchRequestBody;
import org.apache.rocketmq.remoting.protocol.body.UnlockBatchRequestBody;

final class OrderlyScenarios {
    @Scenario("messages of a key come in the order of their sends")
    void order(Context context) throws Exception {
        String topic = context.topic(4);
        for (int i = 0; i < 40; i++) {
            context.cluster.producer.send(Context.message(topic, i % 4 + ":" + i), new SelectMessageQueueByHash(),
                i % 4, Cluster.TIMEOUT);
        }
        Inbox inbox = new Inbox();
        DefaultMQPushConsumer consumer = context.consumer(context.group());
        consumer.subscribe(topic, "*");
        consumer.setMessageListener(inbox.orderly());
        context.start(consumer);
        Map<String, Integer> last = new HashMap<>();
        for (MessageExt got : inbox.take(40)) {
            String[] parts = Inbox.text(got).split(":");
            int now = Integer.parseInt(parts[1]);
            Expect.that(now > last.getOrDefault(parts[0], -1), now + " comes after " + last.get(parts[0]));
            last.put(parts[0], now);
        }
    }

    @Scenario("a message that fails holds its queue until it succeeds")
    void retryInPlace(Context context) throws Exception {
        String topic = context.topic(1);
        context.fill(topic, 0, "a", "b", "c");
        Inbox inbox = new Inbox();
        AtomicInteger failures = new AtomicInteger();
        DefaultMQPushConsumer consumer = context.consumer(context.group());
        consumer.setSuspendCurrentQueueTimeMillis(100);
        consumer.subscribe(topic, "*");
        consumer.setMessageListener((MessageListenerOrderly) (messages, state) -> {
            inbox.add(messages);
            boolean fails = Inbox.text(messages.get(0)).equals("b") && failures.incrementAndGet() <= 2;
            return fails ? ConsumeOrderlyStatus.SUSPEND_CURRENT_QUEUE_A_MOMENT : ConsumeOrderlyStatus.SUCCESS;
        });
        context.start(consumer);
        Expect.same("deliveries", List.of("a", "b", "b", "b", "c"), Inbox.texts(inbox.take(5)));
    }

    @Scenario("a message that fails too often goes to the dead letters, and the queue goes on")
    void deadLetter(Context context) throws Exception {
        String topic = context.topic(1);
        String group = context.group();
        context.fill(topic, 0, "bad", "good");
        Inbox inbox = new Inbox();
        DefaultMQPushConsumer consumer = context.consumer(group);
        consumer.setSuspendCurrentQueueTimeMillis(50);
        consumer.setMaxReconsumeTimes(1);
        consumer.subscribe(topic, "*");
        consumer.setMessageListener((MessageListenerOrderly) (messages, state) -> {
            inbox.add(messages);
            return Inbox.text(messages.get(0)).equals("bad")
                ? ConsumeOrderlyStatus.SUSPEND_CURRENT_QUEUE_A_MOMENT : ConsumeOrderlyStatus.SUCCESS;
        });
        context.start(consumer);
        Expect.same("deliveries", List.of("bad", "bad", "good"), Inbox.texts(inbox.take(3)));
        Expect.eventually("one dead letter",
            () -> context.admin.maxOffset(context.queue("%DLQ%" + group, 0)) == 1);
    }

    @Scenario("when an orderly consumer leaves, the next one goes on behind its last message")
    void handOver(Context context) throws Exception {
        String topic = context.topic(1);
        String group = context.group();
        context.fill(topic, 0, "a", "b");
        Inbox first = new Inbox();
        DefaultMQPushConsumer leaving = context.consumer(group);
        leaving.subscribe(topic, "*");
        leaving.setMessageListener(first.orderly());
        leaving.start();
        first.take(2);
        leaving.shutdown();
        context.fill(topic, 0, "c");
        Inbox second = new Inbox();
        DefaultMQPushConsumer next = context.consumer(group);
        next.subscribe(topic, "*");
        next.setMessageListener(second.orderly());
        context.start(next);
        Expect.same("deliveries", List.of("c"), Inbox.texts(second.take(1)));
        second.quiet(300);
    }

    @Scenario("a queue is locked for one client of a group until that one gives it back")
    void locks(Context context) throws Exception {
        String topic = context.topic(3);
        String group = context.group();
        MessageQueue one = context.queue(topic, 0);
        MessageQueue two = context.queue(topic, 1);
        MessageQueue three = context.queue(topic, 2);
        Expect.same("free queues", Set.of(one, two), lock(context, group, "first", Set.of(one, two)));
        Expect.same("again", Set.of(one), lock(context, group, "first", Set.of(one)));
        Expect.same("what is left", Set.of(three), lock(context, group, "second", Set.of(one, two, three)));
        Expect.same("another group", Set.of(one), lock(context, context.group(), "second", Set.of(one)));
        unlock(context, group, "second", Set.of(one));
        Expect.same("not given back by another", Set.of(), lock(context, group, "second", Set.of(one)));
        unlock(context, group, "first", Set.of(one));
        Expect.same("given back", Set.of(one), lock(context, group, "second", Set.of(one, two)));
    }

    private static Set<MessageQueue> lock(Context context, String group, String client, Set<MessageQueue> queues)
        throws Exception {
        LockBatchRequestBody body = new LockBatchRequestBody();
        body.setConsumerGroup(group);
        body.setClientId(client);
        body.setMqSet(queues);
        return context.cluster.api().lockBatchMQ(context.cluster.address, body, Cluster.TIMEOUT);
    }

    private static void unlock(Context context, String group, String client, Set<MessageQueue> queues)
        throws Exception {
        UnlockBatchRequestBody body = new UnlockBatchRequestBody();
        body.setConsumerGroup(group);
        body.setClientId(client);
        body.setMqSet(queues);
        context.cluster.api().unlockBatchMQ(context.cluster.address, body, Cluster.TIMEOUT, false);
    }
}
