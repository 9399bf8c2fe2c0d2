// SPDX-License-Identifier: Apache-2.0
// Stored messages found again: by key, unique key and offset id.

import java.util.List;

import org.apache.rocketmq.client.QueryResult;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.remoting.protocol.ResponseCode;

final class QueryScenarios {
    private static final long HOUR = 3_600_000;

    private static QueryResult query(Context context, String topic, String key, int max) throws Exception {
        long now = System.currentTimeMillis();
        return context.admin.queryMessage(topic, key, max, now - HOUR, now + HOUR);
    }

    private static SendResult sendWithKeys(Context context, String topic, String keys, String body) throws Exception {
        Message message = Context.message(topic, body);
        message.setKeys(keys);
        return context.send(message);
    }

    private static void found(Context context, String topic, String key, String... bodies) throws Exception {
        Expect.eventually(List.of(bodies) + " by " + key,
            () -> Inbox.sorted(query(context, topic, key, 32).getMessageList()).equals(List.of(bodies)));
    }

    @Scenario("each of the keys finds its messages, soon after the send")
    void byKey(Context context) throws Exception {
        String topic = context.topic(2);
        sendWithKeys(context, topic, "k1 k2", "a");
        sendWithKeys(context, topic, "k2", "b");
        found(context, topic, "k1", "a");
        found(context, topic, "k2", "a", "b");
    }

    @Scenario("a key of another topic, and one that nobody has, find nothing")
    void nothing(Context context) throws Exception {
        String topic = context.topic(1);
        String other = context.topic(1);
        sendWithKeys(context, topic, "key", "a");
        found(context, topic, "key", "a");
        for (String[] pair : new String[][] {{other, "key"}, {topic, "unknown"}}) {
            try {
                query(context, pair[0], pair[1], 32);
                throw new Expect.Failure("expected to find nothing");
            } catch (MQClientException error) {
                Expect.same("code", ResponseCode.NO_MESSAGE, error.getResponseCode());
            }
        }
    }

    @Scenario("a query finds only what was stored in its time, and no more than it asks for")
    void limits(Context context) throws Exception {
        String topic = context.topic(1);
        for (int i = 0; i < 5; i++) {
            sendWithKeys(context, topic, "key", "m" + i);
        }
        found(context, topic, "key", "m0", "m1", "m2", "m3", "m4");
        Expect.same("at most two", 2, query(context, topic, "key", 2).getMessageList().size());
        long now = System.currentTimeMillis();
        try {
            context.admin.queryMessage(topic, "key", 32, now - 2 * HOUR, now - HOUR);
            throw new Expect.Failure("expected to find nothing");
        } catch (MQClientException error) {
            Expect.same("code", ResponseCode.NO_MESSAGE, error.getResponseCode());
        }
    }

    @Scenario("the unique key finds the one message")
    void byUniqueKey(Context context) throws Exception {
        String topic = context.topic(2);
        SendResult sent = context.send(topic, "one");
        context.send(topic, "two");
        long now = System.currentTimeMillis();
        Expect.eventually("one by its id", () -> {
            QueryResult result = context.admin.queryMessageByUniqKey(context.cluster.name, topic, sent.getMsgId(), 32,
                now - HOUR, now + HOUR);
            return Inbox.texts(result.getMessageList()).equals(List.of("one"));
        });
        Expect.eventually("one by viewMessage",
            () -> Inbox.text(context.admin.viewMessage(topic, sent.getMsgId())).equals("one"));
    }

    @Scenario("the offset id finds the one message")
    void byOffsetId(Context context) throws Exception {
        String topic = context.topic(2);
        SendResult sent = context.send(topic, "one");
        MessageExt got = context.admin.viewMessage(topic, sent.getOffsetMsgId());
        Expect.same("body", "one", Inbox.text(got));
        Expect.same("queue, offset", sent.getMessageQueue().getQueueId() + " " + sent.getQueueOffset(),
            got.getQueueId() + " " + got.getQueueOffset());
        Expect.same("id", sent.getMsgId(), got.getMsgId());
    }

    @Scenario("an offset where no message begins is refused")
    void wrongOffset(Context context) throws Exception {
        String topic = context.topic(1);
        context.send(topic, "m");
        Expect.refused(ResponseCode.SYSTEM_ERROR, () -> context.cluster.api().viewMessage(context.cluster.address,
            topic, 1L << 50, Cluster.TIMEOUT));
    }

    @Scenario("messages of a batch are found by their own keys")
    void batch(Context context) throws Exception {
        String topic = context.topic(1);
        Message first = Context.message(topic, "a");
        first.setKeys("ka");
        Message second = Context.message(topic, "b");
        second.setKeys("kb");
        context.cluster.producer.send(List.of(first, second), Cluster.TIMEOUT);
        found(context, topic, "ka", "a");
        found(context, topic, "kb", "b");
    }
}
