// SPDX-License-Identifier: Apache-2.0
// The lite pull consumer: subscribed and assigned, seeking, committing.

import java.util.List;
import java.util.Map;
import java.util.Set;

import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.client.consumer.MessageSelector;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageQueue;

final class LiteScenarios {
    private static DefaultLitePullConsumer consumer(Context context, String group) {
        DefaultLitePullConsumer consumer = context.cluster.configure(new DefaultLitePullConsumer(group));
        consumer.setInstanceName(context.unused("instance"));
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.setAutoCommit(false);
        consumer.setPullThreadNums(4);
        consumer.setPollTimeoutMillis(500);
        return consumer;
    }

    private static DefaultLitePullConsumer start(Context context, DefaultLitePullConsumer consumer) throws Exception {
        consumer.start();
        context.later(consumer::shutdown);
        return consumer;
    }

    private static void poll(DefaultLitePullConsumer consumer, Inbox inbox, int count) throws Exception {
        Expect.eventually(count + " messages", () -> {
            inbox.add(consumer.poll(200));
            return inbox.size() >= count;
        });
        Expect.same("messages", count, inbox.size());
    }

    @Scenario("a subscribed consumer gets the messages of all queues")
    void subscribe(Context context) throws Exception {
        String topic = context.topic(2);
        for (int i = 0; i < 10; i++) {
            context.send(topic, "m" + i);
        }
        DefaultLitePullConsumer consumer = consumer(context, context.group());
        consumer.subscribe(topic, "*");
        start(context, consumer);
        poll(consumer, new Inbox(), 10);
        Expect.same("assigned", 2, consumer.assignment().size());
    }

    @Scenario("a subscription by tag, and one by SQL")
    void filters(Context context) throws Exception {
        String topic = context.topic(1);
        for (int i = 0; i < 6; i++) {
            Message message = Context.message(topic, i % 2 == 0 ? "even" : "odd", "m" + i);
            message.putUserProperty("n", String.valueOf(i));
            context.send(message);
        }
        DefaultLitePullConsumer byTag = consumer(context, context.group());
        byTag.subscribe(topic, "even");
        start(context, byTag);
        Inbox even = new Inbox();
        poll(byTag, even, 3);
        Expect.same("by tag", List.of("m0", "m2", "m4"), Inbox.sorted(even.all()));
        DefaultLitePullConsumer bySql = consumer(context, context.group());
        bySql.subscribe(topic, MessageSelector.bySql("n >= 4"));
        start(context, bySql);
        Inbox high = new Inbox();
        poll(bySql, high, 2);
        Expect.same("by SQL", List.of("m4", "m5"), Inbox.sorted(high.all()));
    }

    @Scenario("an assigned consumer starts where it seeks, and can go to the beginning and the end")
    void seek(Context context) throws Exception {
        String topic = context.topic(1);
        context.fill(topic, 0, "a", "b", "c", "d");
        MessageQueue queue = context.queue(topic, 0);
        DefaultLitePullConsumer consumer = start(context, consumer(context, context.group()));
        consumer.assign(Set.of(queue));
        consumer.seek(queue, 2);
        Inbox inbox = new Inbox();
        poll(consumer, inbox, 2);
        Expect.same("from 2", List.of("c", "d"), Inbox.texts(inbox.all()));
        inbox.clear();
        consumer.seekToBegin(queue);
        poll(consumer, inbox, 4);
        Expect.same("from the beginning", List.of("a", "b", "c", "d"), Inbox.texts(inbox.all()));
        inbox.clear();
        consumer.seekToEnd(queue);
        context.fill(topic, 0, "e");
        poll(consumer, inbox, 1);
        Expect.same("from the end", List.of("e"), Inbox.texts(inbox.all()));
    }

    @Scenario("a time finds the first message stored then or later")
    void offsetForTimestamp(Context context) throws Exception {
        String topic = context.topic(1);
        MessageQueue queue = context.queue(topic, 0);
        context.fill(topic, 0, "a");
        long first = PullScenarios.pullOne(context, queue, 0).getStoreTimestamp();
        Expect.eventually("another millisecond", () -> System.currentTimeMillis() > first + 5);
        context.fill(topic, 0, "b");
        long second = PullScenarios.pullOne(context, queue, 1).getStoreTimestamp();
        DefaultLitePullConsumer consumer = start(context, consumer(context, context.group()));
        consumer.assign(Set.of(queue));
        Expect.same("at the first", 0L, consumer.offsetForTimestamp(queue, first));
        Expect.same("between", 1L, consumer.offsetForTimestamp(queue, first + 1));
        Expect.same("at the second", 1L, consumer.offsetForTimestamp(queue, second));
        Expect.same("before", 0L, consumer.offsetForTimestamp(queue, first - 1000));
    }

    @Scenario("what was committed is where the group goes on")
    void commit(Context context) throws Exception {
        String topic = context.topic(1);
        String group = context.group();
        List<SendResult> sent = context.fill(topic, 0, "a", "b", "c");
        MessageQueue queue = sent.get(0).getMessageQueue();
        DefaultLitePullConsumer consumer = consumer(context, group);
        consumer.start();
        consumer.assign(Set.of(queue));
        poll(consumer, new Inbox(), 3);
        consumer.commit(Map.of(queue, 2L), true);
        Expect.eventually("committed", () -> consumer.committed(queue) == 2);
        consumer.shutdown();
        DefaultLitePullConsumer next = consumer(context, group);
        next.subscribe(topic, "*");
        start(context, next);
        Inbox inbox = new Inbox();
        poll(next, inbox, 1);
        Expect.same("goes on at", "c", Inbox.text(inbox.take()));
    }

    @Scenario("two subscribed consumers of a group share the queues")
    void sharing(Context context) throws Exception {
        String topic = context.topic(4);
        String group = context.group();
        DefaultLitePullConsumer first = consumer(context, group);
        first.subscribe(topic, "*");
        start(context, first);
        DefaultLitePullConsumer second = consumer(context, group);
        second.subscribe(topic, "*");
        start(context, second);
        Expect.eventually("two queues each",
            () -> first.assignment().size() == 2 && second.assignment().size() == 2);
    }

    @Scenario("a pull under way is answered by the next message")
    void waits(Context context) throws Exception {
        String topic = context.topic(1);
        DefaultLitePullConsumer consumer = start(context, consumer(context, context.group()));
        consumer.assign(Set.of(context.queue(topic, 0)));
        Expect.same("messages", 0, consumer.poll(500).size());
        context.send(topic, "m");
        poll(consumer, new Inbox(), 1);
    }
}
