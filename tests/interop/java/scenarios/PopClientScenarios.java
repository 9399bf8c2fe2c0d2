// SPDX-License-Identifier: Apache-2.0
// The push consumer whose queues the server assigns, in POP mode.

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueueAssignment;
import org.apache.rocketmq.common.message.MessageRequestMode;
import org.apache.rocketmq.remoting.protocol.heartbeat.MessageModel;

final class PopClientScenarios {
    private static void popMode(Context context, String topic, String group) throws Exception {
        context.admin.setMessageRequestMode(context.cluster.address, topic, group, MessageRequestMode.POP, 8,
            Cluster.TIMEOUT);
    }

    private static DefaultMQPushConsumer consumer(Context context, String topic, String group) throws Exception {
        DefaultMQPushConsumer consumer = context.consumer(group);
        consumer.setClientRebalance(false);
        consumer.setPopInvisibleTime(10_000);
        consumer.subscribe(topic, "*");
        return consumer;
    }

    @Scenario("a consumer in POP mode gets every message once")
    void all(Context context) throws Exception {
        String topic = context.topic(4);
        String group = context.group();
        popMode(context, topic, group);
        Inbox inbox = new Inbox();
        DefaultMQPushConsumer consumer = consumer(context, topic, group);
        consumer.setMessageListener(inbox.concurrently());
        context.start(consumer);
        for (int i = 0; i < 20; i++) {
            context.send(topic, "m" + i);
        }
        inbox.take(20);
        inbox.quiet(1000);
    }

    @Scenario("two consumers in POP mode share the messages, none comes twice")
    void sharing(Context context) throws Exception {
        String topic = context.topic(2);
        String group = context.group();
        popMode(context, topic, group);
        Inbox inbox = new Inbox();
        for (int i = 0; i < 2; i++) {
            DefaultMQPushConsumer consumer = consumer(context, topic, group);
            consumer.setMessageListener(inbox.concurrently());
            context.start(consumer);
        }
        context.awaitOnline(group, 2);
        for (int i = 0; i < 30; i++) {
            context.send(topic, "m" + i);
        }
        inbox.take(30);
        inbox.quiet(500);
    }

    @Scenario("a message that fails in POP mode comes again after ten seconds with its count raised")
    void again(Context context) throws Exception {
        String topic = context.topic(1);
        String group = context.group();
        popMode(context, topic, group);
        Inbox inbox = new Inbox();
        DefaultMQPushConsumer consumer = consumer(context, topic, group);
        consumer.setMessageListener((MessageListenerConcurrently) (messages, state) -> {
            inbox.add(messages);
            return messages.get(0).getReconsumeTimes() == 0
                ? ConsumeConcurrentlyStatus.RECONSUME_LATER : ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        context.start(consumer);
        context.send(topic, "again");
        List<MessageExt> got = inbox.take(2);
        Expect.same("counts", List.of(0, 1),
            got.stream().map(MessageExt::getReconsumeTimes).collect(Collectors.toList()));
        Expect.same("id", got.get(0).getMsgId(), got.get(1).getMsgId());
        Expect.same("topic", topic, got.get(1).getTopic());
    }

    @Scenario("without a mode the server assigns queues to pull; two members share them")
    void assignment(Context context) throws Exception {
        String topic = context.topic(4);
        String group = context.group();
        Inbox inbox = new Inbox();
        DefaultMQPushConsumer first = context.consume(group, topic, "*", inbox);
        context.consume(group, topic, "*", inbox);
        context.awaitOnline(group, 2);
        Set<MessageQueueAssignment> assigned = context.cluster.api().queryAssignment(context.cluster.address, topic,
            group, first.buildMQClientId(), "AVG", MessageModel.CLUSTERING, Cluster.TIMEOUT);
        Expect.same("queues", 2, assigned.size());
        for (MessageQueueAssignment one : assigned) {
            Expect.same("mode", MessageRequestMode.PULL, one.getMode());
        }
    }

    @Scenario("in POP mode a member is assigned every queue of the broker by one entry")
    void popAssignment(Context context) throws Exception {
        String topic = context.topic(4);
        String group = context.group();
        popMode(context, topic, group);
        Inbox inbox = new Inbox();
        DefaultMQPushConsumer consumer = consumer(context, topic, group);
        consumer.setMessageListener(inbox.concurrently());
        context.start(consumer);
        context.awaitOnline(group, 1);
        Set<MessageQueueAssignment> assigned = context.cluster.api().queryAssignment(context.cluster.address, topic,
            group, consumer.buildMQClientId(), "AVG", MessageModel.CLUSTERING, Cluster.TIMEOUT);
        Expect.same("entries", 1, assigned.size());
        MessageQueueAssignment one = assigned.iterator().next();
        Expect.same("mode, queue", MessageRequestMode.POP + " -1",
            one.getMode() + " " + one.getMessageQueue().getQueueId());
    }
}
