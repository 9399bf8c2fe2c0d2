// SPDX-License-Identifier: Apache-2.0
// POP request by request: leases, acknowledgements, changes of the invisible time.

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import org.apache.rocketmq.client.consumer.AckCallback;
import org.apache.rocketmq.client.consumer.AckResult;
import org.apache.rocketmq.client.consumer.AckStatus;
import org.apache.rocketmq.client.consumer.PopCallback;
import org.apache.rocketmq.client.consumer.PopResult;
import org.apache.rocketmq.client.consumer.PopStatus;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.common.constant.ConsumeInitMode;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageConst;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.remoting.protocol.ResponseCode;
import org.apache.rocketmq.remoting.protocol.header.AckMessageRequestHeader;
import org.apache.rocketmq.remoting.protocol.header.ChangeInvisibleTimeRequestHeader;
import org.apache.rocketmq.remoting.protocol.header.ExtraInfoUtil;
import org.apache.rocketmq.remoting.protocol.header.PopMessageRequestHeader;

final class PopScenarios {
    private static final int LEASE = 3000;
    private static final int LONG_LEASE = 60_000;
    /** Leases that end are looked at about once a second; retries go through another topic. */
    private static final int REVIVAL = 15_000;

    private static PopMessageRequestHeader request(String topic, String group, int count, long lease, long wait) {
        PopMessageRequestHeader header = new PopMessageRequestHeader();
        header.setTopic(topic);
        header.setConsumerGroup(group);
        header.setQueueId(-1);
        header.setMaxMsgNums(count);
        header.setInvisibleTime(lease);
        header.setPollTime(wait);
        header.setBornTime(System.currentTimeMillis());
        header.setInitMode(ConsumeInitMode.MIN);
        header.setExpType("TAG");
        header.setExp("*");
        header.setOrder(false);
        return header;
    }

    private static PopResult pop(Context context, PopMessageRequestHeader header) throws Exception {
        CompletableFuture<PopResult> future = new CompletableFuture<>();
        context.cluster.api().popMessageAsync(context.cluster.broker, context.cluster.address, header,
            header.getPollTime() + Cluster.TIMEOUT, new PopCallback() {
                @Override
                public void onSuccess(PopResult result) {
                    future.complete(result);
                }

                @Override
                public void onException(Throwable error) {
                    future.completeExceptionally(error);
                }
            });
        return get(future);
    }

    /** What the server refuses comes as the client's own exception. */
    private static <T> T get(CompletableFuture<T> future) throws Exception {
        try {
            return future.get(2 * Expect.PATIENCE, TimeUnit.SECONDS);
        } catch (java.util.concurrent.ExecutionException error) {
            if (error.getCause() instanceof MQBrokerException) {
                throw (MQBrokerException) error.getCause();
            }
            throw error;
        }
    }

    /** Pops until so many have come: one answer holds what was there, not what was asked for. */
    private static List<MessageExt> popAll(Context context, String topic, String group, int count, long lease)
        throws Exception {
        List<MessageExt> messages = new ArrayList<>();
        Expect.eventually(count + " popped", () -> {
            PopResult result = pop(context, request(topic, group, 32, lease, 1000));
            if (result.getPopStatus() == PopStatus.FOUND) {
                messages.addAll(result.getMsgFoundList());
            }
            return messages.size() >= count;
        });
        Expect.same("popped", count, messages.size());
        return messages;
    }

    private static void none(Context context, String topic, String group, long wait) throws Exception {
        PopResult result = pop(context, request(topic, group, 32, LONG_LEASE, wait));
        Expect.that(result.getPopStatus() != PopStatus.FOUND,
            "nothing, not " + (result.getMsgFoundList() == null ? "" : Inbox.texts(result.getMsgFoundList())));
    }

    private static String handle(MessageExt message) {
        return message.getProperty(MessageConst.PROPERTY_POP_CK);
    }

    private static AckCallback callback(CompletableFuture<AckResult> future) {
        return new AckCallback() {
            @Override
            public void onSuccess(AckResult result) {
                future.complete(result);
            }

            @Override
            public void onException(Throwable error) {
                future.completeExceptionally(error);
            }
        };
    }

    private static AckResult ack(Context context, String topic, String group, String handle) throws Exception {
        String[] parts = ExtraInfoUtil.split(handle);
        AckMessageRequestHeader header = new AckMessageRequestHeader();
        header.setTopic(ExtraInfoUtil.getRealTopic(parts, topic, group));
        header.setQueueId(ExtraInfoUtil.getQueueId(parts));
        header.setOffset(ExtraInfoUtil.getQueueOffset(parts));
        header.setConsumerGroup(group);
        header.setExtraInfo(handle);
        CompletableFuture<AckResult> future = new CompletableFuture<>();
        context.cluster.api().ackMessageAsync(context.cluster.address, Cluster.TIMEOUT, callback(future), header);
        return get(future);
    }

    private static AckResult change(Context context, String topic, String group, String handle, long lease)
        throws Exception {
        String[] parts = ExtraInfoUtil.split(handle);
        ChangeInvisibleTimeRequestHeader header = new ChangeInvisibleTimeRequestHeader();
        header.setTopic(ExtraInfoUtil.getRealTopic(parts, topic, group));
        header.setQueueId(ExtraInfoUtil.getQueueId(parts));
        header.setOffset(ExtraInfoUtil.getQueueOffset(parts));
        header.setConsumerGroup(group);
        header.setExtraInfo(handle);
        header.setInvisibleTime(lease);
        CompletableFuture<AckResult> future = new CompletableFuture<>();
        context.cluster.api().changeInvisibleTimeAsync(context.cluster.broker, context.cluster.address, header,
            Cluster.TIMEOUT, callback(future));
        return get(future);
    }

    private static String filled(Context context, int queues, String... bodies) throws Exception {
        String topic = context.topic(queues);
        context.fill(topic, 0, bodies);
        return topic;
    }

    @Scenario("popped messages are hidden from others of the group; acknowledged ones never come back")
    void acknowledge(Context context) throws Exception {
        String topic = filled(context, 1, "a", "b", "c");
        String group = context.group();
        List<MessageExt> got = popAll(context, topic, group, 3, LEASE);
        Expect.same("bodies", List.of("a", "b", "c"), Inbox.sorted(got));
        none(context, topic, group, 500);
        for (MessageExt one : got) {
            Expect.same("topic, count", topic + " 0", one.getTopic() + " " + one.getReconsumeTimes());
            Expect.same("acknowledged", AckStatus.OK, ack(context, topic, group, handle(one)).getStatus());
        }
        none(context, topic, group, LEASE + 4000);
    }

    @Scenario("what is not acknowledged comes back after the lease, with its count raised and all it had")
    void revival(Context context) throws Exception {
        String topic = context.topic(1);
        String group = context.group();
        Message message = Context.message(topic, "T", "back");
        message.setKeys("key");
        message.putUserProperty("p", "v");
        context.send(message);
        MessageExt first = popAll(context, topic, group, 1, LEASE).get(0);
        long start = System.currentTimeMillis();
        MessageExt again = popAll(context, topic, group, 1, LONG_LEASE).get(0);
        Expect.between("ms until it is back", 1500, REVIVAL, System.currentTimeMillis() - start);
        Expect.same("id", first.getMsgId(), again.getMsgId());
        Expect.same("count", 1, again.getReconsumeTimes());
        Expect.same("topic, body, tag, keys, property", topic + " back T key v", again.getTopic() + " "
            + Inbox.text(again) + " " + again.getTags() + " " + again.getKeys() + " " + again.getUserProperty("p"));
        Expect.same("acknowledged", AckStatus.OK, ack(context, topic, group, handle(again)).getStatus());
        none(context, topic, group, 1000);
    }

    @Scenario("of a batch only what is not acknowledged comes back")
    void some(Context context) throws Exception {
        String topic = filled(context, 1, "a", "b", "c", "d");
        String group = context.group();
        for (MessageExt one : popAll(context, topic, group, 4, LEASE)) {
            if (!Inbox.text(one).equals("c")) {
                ack(context, topic, group, handle(one));
            }
        }
        MessageExt again = popAll(context, topic, group, 1, LONG_LEASE).get(0);
        Expect.same("comes back", "c", Inbox.text(again));
    }

    @Scenario("a longer invisible time keeps a message away, and its new handle acknowledges it")
    void longer(Context context) throws Exception {
        String topic = filled(context, 1, "m");
        String group = context.group();
        MessageExt got = popAll(context, topic, group, 1, LEASE).get(0);
        AckResult changed = change(context, topic, group, handle(got), LONG_LEASE);
        Expect.same("changed", AckStatus.OK, changed.getStatus());
        none(context, topic, group, LEASE + 4000);
        String[] old = ExtraInfoUtil.split(handle(got));
        String fresh = changed.getExtraInfo();
        Expect.that(fresh != null && ExtraInfoUtil.getPopTime(ExtraInfoUtil.split(fresh))
            >= ExtraInfoUtil.getPopTime(old), "a new handle");
        Expect.same("acknowledged", AckStatus.OK, ack(context, topic, group, fresh).getStatus());
    }

    @Scenario("a shorter invisible time brings a message back sooner")
    void shorter(Context context) throws Exception {
        String topic = filled(context, 1, "m");
        String group = context.group();
        MessageExt got = popAll(context, topic, group, 1, LONG_LEASE).get(0);
        change(context, topic, group, handle(got), 1000);
        long start = System.currentTimeMillis();
        Expect.same("count", 1, popAll(context, topic, group, 1, LONG_LEASE).get(0).getReconsumeTimes());
        Expect.between("ms until it is back", 0, REVIVAL, System.currentTimeMillis() - start);
    }

    @Scenario("several handles are acknowledged by one request")
    void batchAck(Context context) throws Exception {
        String topic = filled(context, 1, "a", "b", "c");
        String group = context.group();
        List<String> handles = new ArrayList<>();
        for (MessageExt one : popAll(context, topic, group, 3, LEASE)) {
            handles.add(handle(one));
        }
        CompletableFuture<AckResult> future = new CompletableFuture<>();
        context.cluster.api().batchAckMessageAsync(context.cluster.address, Cluster.TIMEOUT, callback(future), topic,
            group, handles);
        Expect.same("acknowledged", AckStatus.OK, get(future).getStatus());
        none(context, topic, group, LEASE + 4000);
    }

    @Scenario("a pop that waits is answered by the next message")
    void waits(Context context) throws Exception {
        String topic = context.topic(2);
        String group = context.group();
        CompletableFuture<PopResult> future = CompletableFuture.supplyAsync(() -> {
            try {
                return pop(context, request(topic, group, 8, LONG_LEASE, 15_000));
            } catch (Exception error) {
                throw new IllegalStateException(error);
            }
        });
        try {
            Expect.that(future.get(700, TimeUnit.MILLISECONDS) == null, "the pop waits");
        } catch (java.util.concurrent.TimeoutException error) {
            context.send(topic, "m");
        }
        long sent = System.currentTimeMillis();
        Expect.same("status", PopStatus.FOUND, future.get(Expect.PATIENCE, TimeUnit.SECONDS).getPopStatus());
        Expect.between("ms from send to answer", 0, 3000, System.currentTimeMillis() - sent);
    }

    @Scenario("one pop may take from all queues, none of them twice")
    void allQueues(Context context) throws Exception {
        String topic = context.topic(4);
        for (int i = 0; i < 12; i++) {
            context.send(topic, "m" + i);
        }
        String group = context.group();
        Set<String> places = new HashSet<>();
        for (MessageExt one : popAll(context, topic, group, 12, LONG_LEASE)) {
            places.add(one.getQueueId() + ":" + one.getQueueOffset());
        }
        Expect.same("places", 12, places.size());
    }

    @Scenario("a pop of one queue takes from that one only, with its tags")
    void oneQueue(Context context) throws Exception {
        String topic = context.topic(2);
        String group = context.group();
        for (int queue = 0; queue < 2; queue++) {
            for (String tag : new String[] {"A", "B"}) {
                context.cluster.producer.send(Context.message(topic, tag, tag + queue), context.queue(topic, queue),
                    Cluster.TIMEOUT);
            }
            context.awaitMax(topic, queue, 2);
        }
        PopMessageRequestHeader header = request(topic, group, 8, LONG_LEASE, 1000);
        header.setQueueId(1);
        header.setExp("A");
        Expect.same("popped", List.of("A1"), Inbox.texts(pop(context, header).getMsgFoundList()));
    }

    @Scenario("a new group gets all of a young queue, even when it asks for the end")
    void youngQueue(Context context) throws Exception {
        String topic = filled(context, 1, "old");
        PopMessageRequestHeader header = request(topic, context.group(), 8, LONG_LEASE, 1000);
        header.setInitMode(ConsumeInitMode.MAX);
        Expect.same("popped", List.of("old"), Inbox.texts(pop(context, header).getMsgFoundList()));
    }

    @Scenario("an ordered pop gives nothing more of a queue until all of it is acknowledged")
    void ordered(Context context) throws Exception {
        String topic = filled(context, 1, "a", "b", "c");
        String group = context.group();
        PopMessageRequestHeader first = request(topic, group, 2, LONG_LEASE, 1000);
        first.setOrder(true);
        List<MessageExt> got = pop(context, first).getMsgFoundList();
        Expect.same("first", List.of("a", "b"), Inbox.texts(got));
        PopMessageRequestHeader second = request(topic, group, 2, LONG_LEASE, 300);
        second.setOrder(true);
        Expect.that(pop(context, second).getPopStatus() != PopStatus.FOUND, "nothing before the first are done");
        for (MessageExt one : got) {
            Expect.same("acknowledged", AckStatus.OK, ack(context, topic, group, handle(one)).getStatus());
        }
        PopMessageRequestHeader third = request(topic, group, 2, LONG_LEASE, 3000);
        third.setOrder(true);
        Expect.same("then", List.of("c"), Inbox.texts(pop(context, third).getMsgFoundList()));
    }

    @Scenario("an ordered pop that is not acknowledged comes back whole and in order")
    void orderedAgain(Context context) throws Exception {
        String topic = filled(context, 1, "a", "b");
        String group = context.group();
        PopMessageRequestHeader header = request(topic, group, 2, LEASE, 1000);
        header.setOrder(true);
        Expect.same("first", List.of("a", "b"), Inbox.texts(pop(context, header).getMsgFoundList()));
        List<MessageExt> again = new ArrayList<>();
        Expect.eventually("again", () -> {
            PopMessageRequestHeader next = request(topic, group, 2, LONG_LEASE, 1000);
            next.setOrder(true);
            PopResult result = pop(context, next);
            if (result.getPopStatus() == PopStatus.FOUND) {
                again.addAll(result.getMsgFoundList());
            }
            return !again.isEmpty();
        });
        Expect.same("again", List.of("a", "b"), Inbox.texts(again));
        Expect.same("count", 1, again.get(0).getReconsumeTimes());
    }

    @Scenario("a pop of too many messages, of an unknown topic or queue is refused")
    void refused(Context context) throws Exception {
        String topic = context.topic(1);
        String group = context.group();
        Expect.refused(ResponseCode.INVALID_PARAMETER,
            () -> pop(context, request(topic, group, 33, LEASE, 100)));
        Expect.refused(ResponseCode.TOPIC_NOT_EXIST,
            () -> pop(context, request(context.unused("none"), group, 8, LEASE, 100)));
        PopMessageRequestHeader header = request(topic, group, 8, LEASE, 100);
        header.setQueueId(7);
        Expect.refused(ResponseCode.INVALID_PARAMETER, () -> pop(context, header));
    }

    @Scenario("POP and pull groups read one topic without disturbing each other")
    void besidePull(Context context) throws Exception {
        String topic = filled(context, 1, "a", "b");
        String group = context.groupWithRetryTopic();
        Inbox inbox = new Inbox();
        context.consume(context.group(), topic, "*", inbox);
        for (MessageExt one : popAll(context, topic, group, 2, LEASE)) {
            ack(context, topic, group, handle(one));
        }
        inbox.take(2);
        Map<?, ?> progress = context.admin.examineConsumeStats(group).getOffsetTable();
        Expect.that(!progress.isEmpty(), "progress of the POP group is known");
    }
}
