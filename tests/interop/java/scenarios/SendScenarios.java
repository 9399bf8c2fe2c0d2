// SPDX-License-Identifier: Apache-2.0
// Sends of all kinds, and what a server must not take.

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import org.apache.rocketmq.client.impl.CommunicationMode;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.client.producer.selector.SelectMessageQueueByHash;
import org.apache.rocketmq.common.TopicConfig;
import org.apache.rocketmq.common.compression.CompressionType;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageClientIDSetter;
import org.apache.rocketmq.common.message.MessageDecoder;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageId;
import org.apache.rocketmq.remoting.protocol.ResponseCode;
import org.apache.rocketmq.remoting.protocol.header.SendMessageRequestHeader;

final class SendScenarios {
    private static final int MAX_BODY = 4 * 1024 * 1024;

    @Scenario("a message is stored with body, tag, keys, flag and properties, and the answer says where")
    void sync(Context context) throws Exception {
        String topic = context.topic(4);
        Message message = new Message(topic, "A", "k1 k2", 7, "hello".getBytes(StandardCharsets.UTF_8), true);
        message.putUserProperty("colour", "red");
        long before = System.currentTimeMillis();
        SendResult result = context.send(message);
        Expect.same("status", SendStatus.SEND_OK, result.getSendStatus());
        Expect.same("first offset", 0L, result.getQueueOffset());
        Expect.same("message id", MessageClientIDSetter.getUniqID(message), result.getMsgId());
        MessageId id = MessageDecoder.decodeMessageId(result.getOffsetMsgId());
        String port = context.cluster.address.substring(context.cluster.address.lastIndexOf(':'));
        Expect.that(id.getAddress().toString().endsWith(port), "the offset id names the broker's port " + port);
        Inbox inbox = new Inbox();
        context.consume(context.group(), topic, "*", inbox);
        MessageExt got = inbox.take();
        Expect.same("body", "hello", Inbox.text(got));
        Expect.same("tag, keys, flag", "A k1 k2 7", got.getTags() + " " + got.getKeys() + " " + got.getFlag());
        Expect.same("property", "red", got.getUserProperty("colour"));
        Expect.same("queue", result.getMessageQueue().getQueueId(), got.getQueueId());
        Expect.same("offset", 0L, got.getQueueOffset());
        Expect.same("commit log offset", id.getOffset(), got.getCommitLogOffset());
        Expect.between("store time", before - 1000, System.currentTimeMillis() + 1000, got.getStoreTimestamp());
        Expect.that(got.getBornTimestamp() >= before, "born time is the client's");
    }

    @Scenario("fifty asynchronous sends are all answered, with offsets of their own")
    void async(Context context) throws Exception {
        String topic = context.topic(1);
        List<CompletableFuture<SendResult>> results = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            CompletableFuture<SendResult> result = new CompletableFuture<>();
            results.add(result);
            context.cluster.producer.send(Context.message(topic, "a" + i), callback(result), Cluster.TIMEOUT);
        }
        Set<Long> offsets = new HashSet<>();
        for (CompletableFuture<SendResult> result : results) {
            offsets.add(result.get(Expect.PATIENCE, TimeUnit.SECONDS).getQueueOffset());
        }
        Expect.same("different offsets", 50, offsets.size());
        context.awaitMax(topic, 0, 50);
    }

    private static SendCallback callback(CompletableFuture<SendResult> future) {
        return new SendCallback() {
            @Override
            public void onSuccess(SendResult result) {
                future.complete(result);
            }

            @Override
            public void onException(Throwable error) {
                future.completeExceptionally(error);
            }
        };
    }

    @Scenario("a one-way message is stored, too")
    void oneWay(Context context) throws Exception {
        String topic = context.topic(1);
        context.cluster.producer.sendOneway(Context.message(topic, "one"));
        context.awaitMax(topic, 0, 1);
    }

    @Scenario("a message goes to the queue that was named, and offsets rise one by one")
    void toQueue(Context context) throws Exception {
        String topic = context.topic(4);
        for (int i = 0; i < 5; i++) {
            SendResult result = context.fill(topic, 2, "m" + i).get(0);
            Expect.same("queue", 2, result.getMessageQueue().getQueueId());
            Expect.same("offset", (long) i, result.getQueueOffset());
        }
        Expect.same("messages of another queue", 0L, context.admin.maxOffset(context.queue(topic, 1)));
    }

    @Scenario("messages of one key go to one queue")
    void selector(Context context) throws Exception {
        String topic = context.topic(4);
        Set<Integer> queues = new HashSet<>();
        for (int i = 0; i < 8; i++) {
            queues.add(context.cluster.producer.send(Context.message(topic, "m" + i), new SelectMessageQueueByHash(),
                "order-7", Cluster.TIMEOUT).getMessageQueue().getQueueId());
        }
        Expect.same("queues used", 1, queues.size());
    }

    @Scenario("plain sends use every queue of the topic")
    void spread(Context context) throws Exception {
        String topic = context.topic(4);
        Set<Integer> queues = new HashSet<>();
        for (int i = 0; i < 8; i++) {
            queues.add(context.send(topic, "m" + i).getMessageQueue().getQueueId());
        }
        Expect.same("queues used", 4, queues.size());
    }

    @Scenario("a batch of 100 becomes 100 messages at consecutive offsets, each with its id, tag and properties")
    void batch(Context context) throws Exception {
        String topic = context.topic(1);
        List<Message> batch = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            Message message = Context.message(topic, i % 2 == 0 ? "even" : "odd", "b" + i);
            message.putUserProperty("n", String.valueOf(i));
            batch.add(message);
        }
        SendResult result = context.cluster.producer.send(batch, Cluster.TIMEOUT);
        Expect.same("offset of the first", 0L, result.getQueueOffset());
        Expect.same("offset ids", 100, result.getOffsetMsgId().split(",").length);
        Inbox inbox = new Inbox();
        context.consume(context.group(), topic, "*", inbox);
        Set<String> ids = new HashSet<>();
        for (MessageExt got : inbox.take(100)) {
            long n = got.getQueueOffset();
            Expect.same("body at " + n, "b" + n, Inbox.text(got));
            Expect.same("property at " + n, String.valueOf(n), got.getUserProperty("n"));
            Expect.same("tag at " + n, n % 2 == 0 ? "even" : "odd", got.getTags());
            ids.add(got.getMsgId());
        }
        Expect.same("different ids", 100, ids.size());
    }

    @Scenario("a body of 4 MiB is taken and delivered unchanged, a byte more is refused")
    void large(Context context) throws Exception {
        String topic = context.topic(1);
        byte[] body = new byte[MAX_BODY];
        for (int i = 0; i < body.length; i++) {
            body[i] = (byte) (i * 31 + (i >> 8));
        }
        DefaultMQProducer producer = context.producer();
        producer.setMaxMessageSize(2 * MAX_BODY);
        producer.setCompressMsgBodyOverHowmuch(Integer.MAX_VALUE);
        context.start(producer);
        producer.send(new Message(topic, body));
        Inbox inbox = new Inbox();
        context.consume(context.group(), topic, "*", inbox);
        Expect.that(Arrays.equals(body, inbox.take().getBody()), "the body comes back unchanged");
        Expect.refused(ResponseCode.MESSAGE_ILLEGAL,
            () -> producer.send(new Message(topic, Arrays.copyOf(body, MAX_BODY + 1))));
    }

    @Scenario("property names and values of any script, and line breaks, come back unchanged")
    void unicodeProperties(Context context) throws Exception {
        String topic = context.topic(1);
        Map<String, String> properties = Map.of("ключ", "значение", "键", "值 😀", "lines", "a\nb\tc", "quote", "\"{}\\");
        Message message = Context.message(topic, "日本", "тело");
        properties.forEach(message::putUserProperty);
        context.send(message);
        Inbox inbox = new Inbox();
        context.consume(context.group(), topic, "日本", inbox);
        MessageExt got = inbox.take();
        properties.forEach((name, value) -> Expect.same(name, value, got.getUserProperty(name)));
        Expect.same("body", "тело", Inbox.text(got));
    }

    @Scenario("compressed bodies are stored as sent, and any consumer reads them")
    void compressed(Context context) throws Exception {
        String topic = context.topic(1);
        byte[] body = "abc".repeat(20_000).getBytes(StandardCharsets.UTF_8);
        for (CompressionType type : CompressionType.values()) {
            DefaultMQProducer producer = context.producer();
            producer.setCompressType(type);
            context.start(producer).send(new Message(topic, body));
        }
        Inbox inbox = new Inbox();
        context.consume(context.group(), topic, "*", inbox);
        for (MessageExt got : inbox.take(CompressionType.values().length)) {
            Expect.that(Arrays.equals(body, got.getBody()), "the body of offset " + got.getQueueOffset());
            Expect.that(got.getStoreSize() < 10_000, "stored compressed, not in " + got.getStoreSize() + " bytes");
        }
    }

    @Scenario("properties of more than 32,767 bytes are refused")
    void propertiesTooLong(Context context) throws Exception {
        Message message = Context.message(context.topic(1), "m");
        message.putUserProperty("long", "x".repeat(33_000));
        Expect.refused(ResponseCode.MESSAGE_ILLEGAL, () -> context.send(message));
    }

    @Scenario("an empty body is refused")
    void empty(Context context) throws Exception {
        String topic = context.topic(1);
        Expect.refused(ResponseCode.MESSAGE_ILLEGAL, () -> context.send(new Message(topic, new byte[0])));
        Expect.same("messages", 0L, context.admin.maxOffset(context.queue(topic, 0)));
    }

    @Scenario("the first send to an unknown topic creates it with the producer's four queues")
    void unknownTopic(Context context) throws Exception {
        String topic = context.unused("auto");
        Expect.same("status", SendStatus.SEND_OK, context.send(topic, "first").getSendStatus());
        TopicConfig config = context.admin.examineTopicConfig(context.cluster.address, topic);
        Expect.same("queues", "4 4", config.getWriteQueueNums() + " " + config.getReadQueueNums());
        Expect.same("permission", 6, config.getPerm());
        Inbox inbox = new Inbox();
        context.awaitRoute(topic);
        context.consume(context.group(), topic, "*", inbox);
        inbox.take();
    }

    @Scenario("a queue that the topic does not have is refused")
    void noSuchQueue(Context context) throws Exception {
        String topic = context.topic(2);
        Expect.refused(ResponseCode.INVALID_PARAMETER,
            () -> context.cluster.producer.send(Context.message(topic, "m"), context.queue(topic, 9), Cluster.TIMEOUT));
    }

    @Scenario("queue -1 lets the server choose one")
    void serverChoosesQueue(Context context) throws Exception {
        String topic = context.topic(2);
        SendResult result = raw(context, topic, "TBW102", -1);
        Expect.between("queue", 0, 1, result.getMessageQueue().getQueueId());
    }

    @Scenario("an unknown topic without a known default topic is refused")
    void unknownDefaultTopic(Context context) throws Exception {
        String topic = context.unused("never");
        Expect.refused(ResponseCode.TOPIC_NOT_EXIST, () -> raw(context, topic, context.unused("default"), 0));
    }

    private static SendResult raw(Context context, String topic, String defaultTopic, int queue) throws Exception {
        Message message = Context.message(topic, "raw");
        MessageClientIDSetter.setUniqID(message);
        SendMessageRequestHeader header = new SendMessageRequestHeader();
        header.setProducerGroup("scenarios-producer");
        header.setTopic(topic);
        header.setDefaultTopic(defaultTopic);
        header.setDefaultTopicQueueNums(4);
        header.setQueueId(queue);
        header.setSysFlag(0);
        header.setBornTimestamp(System.currentTimeMillis());
        header.setFlag(0);
        header.setProperties(MessageDecoder.messageProperties2String(message.getProperties()));
        header.setReconsumeTimes(0);
        header.setUnitMode(false);
        header.setBatch(false);
        return context.cluster.api().sendMessage(context.cluster.address, context.cluster.broker, message, header,
            Cluster.TIMEOUT, CommunicationMode.SYNC, null, null);
    }
}
