// SPDX-License-Identifier: Apache-2.0
// Messages that fail: later deliveries with the shortest levels, and dead letters.

import java.util.List;
import java.util.stream.Collectors;

import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageConst;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.remoting.protocol.ResponseCode;
import org.apache.rocketmq.remoting.protocol.subscription.SubscriptionGroupConfig;

final class RetryScenarios {
    /** Fails the first so many deliveries of each message, and asks for them again at this level. */
    private static DefaultMQPushConsumer failing(Context context, String group, String topic, Inbox inbox, int failures,
        int level) throws Exception {
        DefaultMQPushConsumer consumer = context.consumer(group);
        consumer.subscribe(topic, "*");
        consumer.setMessageListener((MessageListenerConcurrently) (messages, state) -> {
            inbox.add(messages);
            state.setDelayLevelWhenNextConsume(level);
            return messages.get(0).getReconsumeTimes() < failures
                ? ConsumeConcurrentlyStatus.RECONSUME_LATER : ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        return consumer;
    }

    private static List<Integer> times(List<MessageExt> messages) {
        return messages.stream().map(MessageExt::getReconsumeTimes).collect(Collectors.toList());
    }

    @Scenario("a failed message comes again after its delay, with the same id and topic and its count raised")
    void again(Context context) throws Exception {
        String topic = context.topic(1);
        Inbox inbox = new Inbox();
        context.start(failing(context, context.group(), topic, inbox, 2, 1));
        Message message = Context.message(topic, "T", "again");
        message.setKeys("key");
        message.putUserProperty("p", "v");
        SendResult sent = context.send(message);
        List<MessageExt> got = inbox.take(3);
        Expect.same("counts", List.of(0, 1, 2), times(got));
        for (MessageExt one : got) {
            Expect.same("id", sent.getMsgId(), one.getMsgId());
            Expect.same("topic", topic, one.getTopic());
            Expect.same("body, tag, keys, property", "again T key v",
                Inbox.text(one) + " " + one.getTags() + " " + one.getKeys() + " " + one.getUserProperty("p"));
        }
        String origin = got.get(0).getProperty(MessageConst.PROPERTY_UNIQ_CLIENT_MESSAGE_ID_KEYIDX);
        Expect.same("unique key", origin,
            got.get(2).getProperty(MessageConst.PROPERTY_UNIQ_CLIENT_MESSAGE_ID_KEYIDX));
        Expect.same("first offset id", sent.getOffsetMsgId(),
            got.get(2).getProperty(MessageConst.PROPERTY_ORIGIN_MESSAGE_ID));
        Expect.that(got.get(1).getStoreTimestamp() - got.get(0).getStoreTimestamp() >= 500, "after the delay");
    }

    @Scenario("without a level the first retry is due after ten seconds (level 3)")
    void firstLevel(Context context) throws Exception {
        String topic = context.topic(1);
        Inbox inbox = new Inbox();
        context.start(failing(context, context.group(), topic, inbox, 1, 0));
        context.send(topic, "again");
        List<MessageExt> got = inbox.take(2);
        Expect.same("counts", List.of(0, 1), times(got));
        Expect.between("ms between", 8_500, 20_000,
            got.get(1).getStoreTimestamp() - got.get(0).getStoreTimestamp());
    }

    @Scenario("a listener that throws has failed")
    void exception(Context context) throws Exception {
        String topic = context.topic(1);
        Inbox inbox = new Inbox();
        DefaultMQPushConsumer consumer = context.consumer(context.group());
        consumer.subscribe(topic, "*");
        consumer.setMessageListener((MessageListenerConcurrently) (messages, state) -> {
            inbox.add(messages);
            state.setDelayLevelWhenNextConsume(1);
            if (messages.get(0).getReconsumeTimes() == 0) {
                throw new IllegalStateException("as the scenario wants");
            }
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        context.start(consumer);
        context.send(topic, "again");
        Expect.same("counts", List.of(0, 1), times(inbox.take(2)));
    }

    @Scenario("a message that has failed as often as the consumer allows becomes a dead letter")
    void deadLetter(Context context) throws Exception {
        String topic = context.topic(1);
        String group = context.group();
        Inbox inbox = new Inbox();
        DefaultMQPushConsumer consumer = failing(context, group, topic, inbox, 99, 1);
        consumer.setMaxReconsumeTimes(1);
        context.start(consumer);
        SendResult sent = context.send(topic, "dead");
        Expect.same("counts", List.of(0, 1), times(inbox.take(2)));
        String letters = "%DLQ%" + group;
        Expect.eventually("a dead letter", () -> context.admin.maxOffset(context.queue(letters, 0)) == 1);
        MessageExt letter = PullScenarios.pullOne(context, context.queue(letters, 0), 0);
        Expect.same("body", "dead", Inbox.text(letter));
        Expect.same("id", sent.getMsgId(), letter.getMsgId());
        Expect.same("topic it came from", topic, letter.getProperty(MessageConst.PROPERTY_RETRY_TOPIC));
        inbox.quiet(1500);
    }

    @Scenario("level -1 sends a message to the dead letters at once")
    void deadLetterAtOnce(Context context) throws Exception {
        String topic = context.topic(1);
        String group = context.group();
        Inbox inbox = new Inbox();
        context.start(failing(context, group, topic, inbox, 1, -1));
        context.send(topic, "dead");
        inbox.take(1);
        Expect.eventually("a dead letter",
            () -> context.admin.maxOffset(context.queue("%DLQ%" + group, 0)) == 1);
        inbox.quiet(500);
    }

    @Scenario("the group's own limit counts when the consumer names none")
    void limitOfGroup(Context context) throws Exception {
        String topic = context.topic(1);
        SubscriptionGroupConfig config = new SubscriptionGroupConfig();
        config.setGroupName(context.unused("group"));
        config.setRetryMaxTimes(0);
        String group = context.group(config);
        SendResult sent = context.fill(topic, 0, "dead").get(0);
        context.cluster.api().consumerSendMessageBack(context.cluster.address, context.cluster.broker,
            view(context, topic, sent), group, 1, Cluster.TIMEOUT, 0);
        Expect.eventually("a dead letter",
            () -> context.admin.maxOffset(context.queue("%DLQ%" + group, 0)) == 1);
    }

    @Scenario("a message that is not where it is said to be is not taken back")
    void wrongOffset(Context context) throws Exception {
        String topic = context.topic(1);
        String group = context.group();
        SendResult sent = context.fill(topic, 0, "m").get(0);
        MessageExt message = view(context, topic, sent);
        message.setCommitLogOffset(1L << 50);
        Expect.refused(ResponseCode.SYSTEM_ERROR, () -> {
            context.cluster.api().consumerSendMessageBack(context.cluster.address, context.cluster.broker, message,
                group, 1, Cluster.TIMEOUT, 16);
            return "taken";
        });
    }

    private static MessageExt view(Context context, String topic, SendResult sent) throws Exception {
        return context.cluster.api().viewMessage(context.cluster.address, topic,
            PullScenarios.commitLogOffset(sent), Cluster.TIMEOUT);
    }
}
