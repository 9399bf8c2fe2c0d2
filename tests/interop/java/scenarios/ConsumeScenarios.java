// SPDX-License-Identifier: Apache-2.0
// Push consumers that pull: sharing of queues, filters, broadcasting, progress.

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.MessageSelector;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.remoting.protocol.ResponseCode;
import org.apache.rocketmq.remoting.protocol.heartbeat.MessageModel;

final class ConsumeScenarios {
    private static void sendMany(Context context, String topic, int count) throws Exception {
        for (int i = 0; i < count; i++) {
            context.send(topic, "m" + i);
        }
    }

    private static List<String> many(int count) {
        return IntStream.range(0, count).mapToObj(i -> "m" + i).sorted().collect(Collectors.toList());
    }

    @Scenario("every message of every queue is delivered once")
    void all(Context context) throws Exception {
        String topic = context.topic(4);
        sendMany(context, topic, 40);
        Inbox inbox = new Inbox();
        context.consume(context.group(), topic, "*", inbox);
        Expect.same("bodies", many(40), Inbox.sorted(inbox.take(40)));
        inbox.quiet(500);
    }

    @Scenario("a message that arrives while the consumer waits is delivered at once")
    void longPoll(Context context) throws Exception {
        String topic = context.topic(1);
        String group = context.group();
        Inbox inbox = new Inbox();
        context.consume(group, topic, "*", inbox);
        context.send(topic, "warm");
        inbox.take(1);
        for (int i = 2; i < 7; i++) {
            long sent = System.nanoTime();
            context.send(topic, "m" + i);
            inbox.take(i);
            Expect.between("ms from send to delivery", 0, 2000, (System.nanoTime() - sent) / 1_000_000);
        }
    }

    @Scenario("a group that appears by its heartbeat gets all messages and a retry topic")
    void newGroup(Context context) throws Exception {
        String topic = context.topic(2);
        String group = context.unused("group");
        sendMany(context, topic, 5);
        Inbox inbox = new Inbox();
        context.consume(group, topic, "*", inbox);
        inbox.take(5);
        context.awaitRoute("%RETRY%" + group);
    }

    @Scenario("two consumers of a group share the queues; when one leaves, the other gets them all")
    void sharing(Context context) throws Exception {
        String topic = context.topic(4);
        String group = context.group();
        Inbox first = new Inbox();
        Inbox second = new Inbox();
        DefaultMQPushConsumer leaving = context.consumer(group);
        leaving.subscribe(topic, "*");
        leaving.setMessageListener(first.concurrently());
        Set<Integer> queues = new HashSet<>();
        leaving.setMessageQueueListener((changed, all, mine) -> note(queues, changed, topic, mine.size()));
        leaving.start();
        DefaultMQPushConsumer staying = context.consumer(group);
        staying.subscribe(topic, "*");
        staying.setMessageListener(second.concurrently());
        Set<Integer> others = new HashSet<>();
        staying.setMessageQueueListener((changed, all, mine) -> note(others, changed, topic, mine.size()));
        context.start(staying);
        Expect.eventually("two queues each", () -> has(queues, 2) && has(others, 2));
        sendMany(context, topic, 20);
        Expect.eventually("20 deliveries", () -> first.size() + second.size() == 20);
        Expect.that(first.size() > 0 && second.size() > 0, "both get some");
        leaving.shutdown();
        Expect.eventually("four queues for one", () -> has(others, 4));
        int before = second.size();
        sendMany(context, topic, 20);
        Expect.eventually("20 more for the one that stays", () -> second.size() == before + 20);
        second.quiet(300);
    }

    private static void note(Set<Integer> latest, String changed, String topic, int count) {
        if (changed.equals(topic)) {
            synchronized (latest) {
                latest.clear();
                latest.add(count);
            }
        }
    }

    private static boolean has(Set<Integer> latest, int count) {
        synchronized (latest) {
            return latest.contains(count);
        }
    }

    @Scenario("two groups get all messages each")
    void twoGroups(Context context) throws Exception {
        String topic = context.topic(2);
        Inbox first = new Inbox();
        Inbox second = new Inbox();
        context.consume(context.group(), topic, "*", first);
        context.consume(context.group(), topic, "*", second);
        sendMany(context, topic, 10);
        Expect.same("bodies", Inbox.sorted(first.take(10)), Inbox.sorted(second.take(10)));
    }

    @Scenario("a consumer that comes back goes on where its group had stopped")
    void resumes(Context context) throws Exception {
        String topic = context.topic(2);
        String group = context.group();
        Inbox inbox = new Inbox();
        DefaultMQPushConsumer consumer = context.consumer(group);
        consumer.subscribe(topic, "*");
        consumer.setMessageListener(inbox.concurrently());
        consumer.start();
        sendMany(context, topic, 10);
        inbox.take(10);
        consumer.shutdown();
        context.send(topic, "later");
        Inbox again = new Inbox();
        context.consume(group, topic, "*", again);
        Expect.same("body", "later", Inbox.text(again.take()));
        again.quiet(500);
    }

    @Scenario("a tag expression selects its tags and nothing else")
    void tags(Context context) throws Exception {
        String topic = context.topic(1);
        Inbox inbox = new Inbox();
        String group = context.groupWithRetryTopic();
        context.consume(group, topic, "A || B", inbox);
        for (String tag : new String[] {"A", "B", "C", "AB", "A"}) {
            context.send(Context.message(topic, tag, tag));
        }
        context.send(topic, "none");
        Expect.same("tags", List.of("A", "A", "B"), Inbox.sorted(inbox.take(3)));
        inbox.quiet(500);
        Expect.eventually("progress past what does not match", () -> context.admin.examineConsumeStats(group)
            .getOffsetTable().get(context.queue(topic, 0)).getConsumerOffset() == 6);
    }

    @Scenario("SQL selects by properties and tag")
    void sql(Context context) throws Exception {
        String topic = context.topic(1);
        Inbox inbox = new Inbox();
        DefaultMQPushConsumer consumer = context.consumer(context.group());
        consumer.subscribe(topic, MessageSelector.bySql(
            "(n BETWEEN 3 AND 5 AND colour IN ('red', 'blue')) OR TAGS = 'always' OR missing IS NOT NULL"));
        consumer.setMessageListener(inbox.concurrently());
        context.start(consumer);
        for (int i = 0; i < 8; i++) {
            Message message = Context.message(topic, i == 7 ? "always" : "seldom", String.valueOf(i));
            message.putUserProperty("n", String.valueOf(i));
            message.putUserProperty("colour", i == 4 ? "green" : "red");
            context.send(message);
        }
        Expect.same("selected", List.of("3", "5", "7"), Inbox.sorted(inbox.take(3)));
        inbox.quiet(500);
    }

    @Scenario("SQL that cannot be read is refused when the consumer starts")
    void sqlInvalid(Context context) throws Exception {
        String topic = context.topic(1);
        DefaultMQPushConsumer consumer = context.consumer(context.group());
        consumer.subscribe(topic, MessageSelector.bySql("a BETWEEN 10 AND"));
        consumer.setMessageListener(new Inbox().concurrently());
        context.later(consumer::shutdown);
        Expect.refused(ResponseCode.SUBSCRIPTION_PARSE_FAILED, () -> {
            consumer.start();
            return "started";
        });
    }

    @Scenario("each consumer of a broadcasting group gets every message")
    void broadcast(Context context) throws Exception {
        String topic = context.topic(2);
        String group = context.group();
        List<Inbox> inboxes = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            Inbox inbox = new Inbox();
            DefaultMQPushConsumer consumer = context.consumer(group);
            consumer.setMessageModel(MessageModel.BROADCASTING);
            consumer.subscribe(topic, "*");
            consumer.setMessageListener(inbox.concurrently());
            context.start(consumer);
            inboxes.add(inbox);
        }
        // A broadcasting consumer starts where the queue ends: what it gets tells that it is there.
        AtomicInteger probes = new AtomicInteger();
        Expect.eventually("both consume", () -> {
            context.send(topic, "probe" + probes.getAndIncrement());
            return inboxes.stream().allMatch(inbox -> queues(inbox) == 2);
        });
        inboxes.forEach(inbox -> Expect.that(inbox.size() > 0, "probes"));
        sendMany(context, topic, 10);
        for (Inbox inbox : inboxes) {
            Expect.eventually("all ten", () -> inbox.all().stream().map(Inbox::text)
                .filter(text -> text.startsWith("m")).sorted().collect(Collectors.toList()).equals(many(10)));
        }
    }

    private static long queues(Inbox inbox) {
        return inbox.all().stream().map(MessageExt::getQueueId).distinct().count();
    }

    @Scenario("a listener gets as many messages at once as it asks for")
    void batches(Context context) throws Exception {
        String topic = context.topic(1);
        sendMany(context, topic, 40);
        context.awaitMax(topic, 0, 40);
        Inbox inbox = new Inbox();
        AtomicInteger largest = new AtomicInteger();
        DefaultMQPushConsumer consumer = context.consumer(context.group());
        consumer.setConsumeMessageBatchMaxSize(16);
        consumer.subscribe(topic, "*");
        consumer.setMessageListener((MessageListenerConcurrently) (messages, state) -> {
            largest.accumulateAndGet(messages.size(), Math::max);
            inbox.add(messages);
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        context.start(consumer);
        inbox.take(40);
        Expect.same("largest batch", 16, largest.get());
    }

    @Scenario("one consumer of two topics gets both")
    void twoTopics(Context context) throws Exception {
        String first = context.topic(1);
        String second = context.topic(1);
        Inbox inbox = new Inbox();
        DefaultMQPushConsumer consumer = context.consumer(context.group());
        consumer.subscribe(first, "*");
        consumer.subscribe(second, "*");
        consumer.setMessageListener(inbox.concurrently());
        context.start(consumer);
        context.send(first, "one");
        context.send(second, "two");
        Expect.same("bodies", List.of("one", "two"), Inbox.sorted(inbox.take(2)));
    }
}
