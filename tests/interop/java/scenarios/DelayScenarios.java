// SPDX-License-Identifier: Apache-2.0
// Delay levels: 1 is a second, 2 is five.

import java.util.List;

import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageConst;
import org.apache.rocketmq.common.message.MessageExt;

final class DelayScenarios {
    private static Message delayed(String topic, String body, int level) {
        Message message = Context.message(topic, "T", body);
        message.setKeys("key-" + body);
        message.setDelayTimeLevel(level);
        return message;
    }

    @Scenario("a message of level 1 comes after about a second, into its own topic and queue, with its properties")
    void levelOne(Context context) throws Exception {
        String topic = context.topic(4);
        Inbox inbox = new Inbox();
        context.consume(context.group(), topic, "T", inbox);
        long start = System.currentTimeMillis();
        SendResult sent = context.cluster.producer.send(delayed(topic, "later", 1), context.queue(topic, 3),
            Cluster.TIMEOUT);
        MessageExt got = inbox.take();
        Expect.between("ms until it is stored", 900, 6000, got.getStoreTimestamp() - start);
        Expect.same("queue", 3, got.getQueueId());
        Expect.same("id", sent.getMsgId(), got.getMsgId());
        Expect.same("body, tag, keys", "later T key-later",
            Inbox.text(got) + " " + got.getTags() + " " + got.getKeys());
        Expect.same("topic", topic, got.getTopic());
        Expect.same("real topic", null, got.getProperty("REAL_TID"));
    }

    @Scenario("while it waits, a delayed message is in no queue of its topic")
    void hidden(Context context) throws Exception {
        String topic = context.topic(1);
        context.send(delayed(topic, "later", 2));
        Expect.same("messages", 0L, context.admin.maxOffset(context.queue(topic, 0)));
        context.fill(topic, 0, "now");
        Expect.same("first", "now", Inbox.text(PullScenarios.pullOne(context, context.queue(topic, 0), 0)));
        context.awaitMax(topic, 0, 2);
        Expect.same("second", "later", Inbox.text(PullScenarios.pullOne(context, context.queue(topic, 0), 1)));
    }

    @Scenario("a long delay does not hold up a short one, and one level keeps its order")
    void levels(Context context) throws Exception {
        String topic = context.topic(1);
        context.send(delayed(topic, "five", 2));
        for (int i = 0; i < 5; i++) {
            context.send(delayed(topic, "one" + i, 1));
        }
        Inbox inbox = new Inbox();
        context.consume(context.group(), topic, "*", inbox);
        List<MessageExt> got = inbox.take(6);
        for (int i = 0; i < 6; i++) {
            MessageExt one = PullScenarios.pullOne(context, context.queue(topic, 0), i);
            Expect.same("at offset " + i, i == 5 ? "five" : "one" + i, Inbox.text(one));
        }
        Expect.same("deliveries", 6, got.size());
    }

    @Scenario("the level stays readable as a property of what is delivered")
    void property(Context context) throws Exception {
        String topic = context.topic(1);
        context.send(delayed(topic, "later", 1));
        context.awaitMax(topic, 0, 1);
        MessageExt got = PullScenarios.pullOne(context, context.queue(topic, 0), 0);
        Expect.same("DELAY", "1", got.getProperty(MessageConst.PROPERTY_DELAY_TIME_LEVEL));
    }
}
