// SPDX-License-Identifier: Apache-2.0
// Messages for a time, and their recall.

import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.producer.RecallMessageHandle;
import org.apache.rocketmq.remoting.protocol.ResponseCode;

final class TimerScenarios {
    private static final long TOO_FAR = 4L * 24 * 3600 * 1000;

    private static MessageExt arrival(Context context, String topic) throws Exception {
        context.awaitMax(topic, 0, 1);
        return PullScenarios.pullOne(context, context.queue(topic, 0), 0);
    }

    private static void due(MessageExt got, long at) {
        Expect.between("ms after the time asked for", -1100, 4000, got.getStoreTimestamp() - at);
    }

    @Scenario("a message for a time of day comes then, not before, with its id")
    void deliverTime(Context context) throws Exception {
        String topic = context.topic(1);
        long at = System.currentTimeMillis() + 3000;
        Message message = Context.message(topic, "T", "at");
        message.setDeliverTimeMs(at);
        SendResult sent = context.send(message);
        Expect.same("messages before", 0L, context.admin.maxOffset(context.queue(topic, 0)));
        MessageExt got = arrival(context, topic);
        due(got, at);
        Expect.same("id, tag, body", sent.getMsgId() + " T at",
            got.getMsgId() + " " + got.getTags() + " " + Inbox.text(got));
    }

    @Scenario("a delay in seconds")
    void delaySeconds(Context context) throws Exception {
        String topic = context.topic(1);
        long at = System.currentTimeMillis() + 2000;
        Message message = Context.message(topic, "in");
        message.setDelayTimeSec(2);
        context.send(message);
        due(arrival(context, topic), at);
    }

    @Scenario("a delay in milliseconds")
    void delayMillis(Context context) throws Exception {
        String topic = context.topic(1);
        long at = System.currentTimeMillis() + 2500;
        Message message = Context.message(topic, "in");
        message.setDelayTimeMs(2500);
        context.send(message);
        due(arrival(context, topic), at);
    }

    @Scenario("a waiting consumer gets a timer message when it is due")
    void wakesConsumer(Context context) throws Exception {
        String topic = context.topic(2);
        Inbox inbox = new Inbox();
        context.consume(context.group(), topic, "*", inbox);
        Message message = Context.message(topic, "in");
        message.setDelayTimeMs(2000);
        context.send(message);
        Expect.same("body", "in", Inbox.text(inbox.take()));
    }

    @Scenario("a time in the past is now")
    void past(Context context) throws Exception {
        String topic = context.topic(1);
        Message message = Context.message(topic, "now");
        message.setDeliverTimeMs(System.currentTimeMillis() - 5000);
        context.send(message);
        Expect.same("body", "now", Inbox.text(arrival(context, topic)));
    }

    @Scenario("a time further away than three days is refused")
    void tooFar(Context context) throws Exception {
        Message message = Context.message(context.topic(1), "m");
        message.setDeliverTimeMs(System.currentTimeMillis() + TOO_FAR);
        Expect.refused(ResponseCode.MESSAGE_ILLEGAL, () -> context.send(message));
    }

    @Scenario("a recalled message never comes")
    void recall(Context context) throws Exception {
        String topic = context.topic(1);
        Message message = Context.message(topic, "never");
        message.setDelayTimeMs(5000);
        SendResult sent = context.send(message);
        RecallMessageHandle.HandleV1 handle =
            (RecallMessageHandle.HandleV1) RecallMessageHandle.decodeHandle(sent.getRecallHandle());
        Expect.same("topic, broker, id", topic + " " + context.cluster.broker + " " + sent.getMsgId(),
            handle.getTopic() + " " + handle.getBrokerName() + " " + handle.getMessageId());
        Expect.same("recalled", sent.getMsgId(),
            context.cluster.producer.recallMessage(topic, sent.getRecallHandle()));
        Message other = Context.message(topic, "marker");
        other.setDelayTimeMs(6000);
        context.send(other);
        Expect.same("what comes", "marker", Inbox.text(arrival(context, topic)));
    }

    @Scenario("a handle of another topic, or of a time past, is refused")
    void recallRefused(Context context) throws Exception {
        String topic = context.topic(1);
        String other = context.topic(1);
        String past = RecallMessageHandle.HandleV1.buildHandle(topic, context.cluster.broker,
            String.valueOf(System.currentTimeMillis() - 1000), "0102030405060708090A0B0C0D0E0F10");
        Expect.refused(ResponseCode.ILLEGAL_OPERATION, () -> context.cluster.producer.recallMessage(topic, past));
        String foreign = RecallMessageHandle.HandleV1.buildHandle(other, context.cluster.broker,
            String.valueOf(System.currentTimeMillis() + 60_000), "0102030405060708090A0B0C0D0E0F10");
        Expect.refused(ResponseCode.ILLEGAL_OPERATION, () -> context.cluster.producer.recallMessage(topic, foreign));
    }
}
