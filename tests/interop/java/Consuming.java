// SPDX-License-Identifier: Apache-2.0
// consume: prints every delivery of a push consumer until --count messages have succeeded or --timeout is over.

import java.math.BigInteger;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import com.alibaba.fastjson2.JSONObject;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.MessageSelector;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.utils.MessageUtil;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageClientExt;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.protocol.heartbeat.MessageModel;

final class Consuming {
    private static final int LARGEST_BODY_PRINTED = 64 * 1024;

    private final Options options;
    private final int failFirst;
    private final int timeout;
    private final CountDownLatch wanted;
    private final AtomicBoolean ready = new AtomicBoolean();
    private DefaultMQProducer replier;

    Consuming(Options options) {
        this.options = options;
        this.failFirst = options.number("fail-first", 0);
        this.timeout = options.number("timeout", 60);
        this.wanted = new CountDownLatch(options.number("count", 1));
    }

    boolean run() throws Exception {
        // A new group's first retry and a code 25 answer otherwise cost up to 50 s: seconds suit tests better.
        System.setProperty("rocketmq.client.rebalance.waitInterval", "1000");
        if (options.has("reply")) {
            replier = Interop.configure(new DefaultMQProducer("interop-replier"), options);
            replier.start();
        }
        DefaultMQPushConsumer consumer = consumer();
        consumer.start();
        boolean done = wanted.await(timeout, TimeUnit.SECONDS);
        if (done && options.has("linger")) { // for tests that must see that nothing more comes
            TimeUnit.SECONDS.sleep(options.number("linger", 1));
        }
        consumer.shutdown();
        if (replier != null) {
            replier.shutdown();
        }
        return done;
    }

    private DefaultMQPushConsumer consumer() throws MQClientException {
        DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(options.require("group"));
        Interop.configure(consumer, options);
        consumer.setPollNameServerInterval(1000);
        consumer.setHeartbeatBrokerInterval(1000);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.setAwaitTerminationMillisWhenShutdown(10_000);
        consumer.setMessageModel(options.has("broadcast") ? MessageModel.BROADCASTING : MessageModel.CLUSTERING);
        consumer.setClientRebalance(!options.has("pop"));
        consumer.setMessageQueueListener((topic, all, mine) -> queuesChanged(topic, mine));
        if (options.has("sql")) {
            consumer.subscribe(options.require("topic"), MessageSelector.bySql(options.require("sql")));
        } else {
            consumer.subscribe(options.require("topic"), options.get("tag", "*"));
        }
        if (options.has("orderly")) {
            consumer.setMessageListener((MessageListenerOrderly) (messages, context) -> deliver(messages)
                ? ConsumeOrderlyStatus.SUCCESS : ConsumeOrderlyStatus.SUSPEND_CURRENT_QUEUE_A_MOMENT);
        } else {
            consumer.setMessageListener((MessageListenerConcurrently) (messages, context) -> {
                context.setDelayLevelWhenNextConsume(options.number("delay-level", 0));
                return deliver(messages)
                    ? ConsumeConcurrentlyStatus.CONSUME_SUCCESS : ConsumeConcurrentlyStatus.RECONSUME_LATER;
            });
        }
        return consumer;
    }

    /** Says once when this consumer has queues of the topic: what is sent from then on finds it online. */
    private void queuesChanged(String topic, Set<MessageQueue> mine) {
        if (topic.equals(options.require("topic")) && !mine.isEmpty() && !ready.getAndSet(true)) {
            Interop.print("{\"event\":\"ready\"}");
        }
    }

    /** Lists have one message here: consumeMessageBatchMaxSize stays at its default. */
    private boolean deliver(List<MessageExt> messages) {
        MessageExt message = messages.get(0);
        boolean success = message.getReconsumeTimes() >= failFirst;
        try {
            Interop.print(describe(message, success).toString());
            if (replier != null) {
                replier.send(MessageUtil.createReplyMessage(message, message.getBody()));
            }
        } catch (Exception error) {
            Interop.print(JSONObject.of("error", error.toString()).toString());
        }
        if (success) {
            wanted.countDown();
        }
        return success;
    }

    private static JSONObject describe(MessageExt message, boolean success) throws NoSuchAlgorithmException {
        byte[] body = message.getBody() == null ? new byte[0] : message.getBody();
        JSONObject line = new JSONObject();
        line.put("topic", message.getTopic());
        line.put("queueId", message.getQueueId());
        line.put("queueOffset", message.getQueueOffset());
        // getMsgId() is the unique key where there is one, as in the send result.
        line.put("msgId", message.getMsgId());
        line.put("offsetMsgId", ((MessageClientExt) message).getOffsetMsgId());
        line.put("tag", message.getTags());
        line.put("keys", message.getKeys());
        line.put("properties", message.getProperties());
        line.put("body_length", body.length);
        line.put("body_sha256", sha256(body));
        if (body.length <= LARGEST_BODY_PRINTED) {
            line.put("body_base64", Base64.getEncoder().encodeToString(body));
        }
        line.put("sysFlag", message.getSysFlag());
        line.put("flag", message.getFlag());
        line.put("bornTimestamp", message.getBornTimestamp());
        line.put("storeTimestamp", message.getStoreTimestamp());
        line.put("reconsumeTimes", message.getReconsumeTimes());
        line.put("transactionId", message.getTransactionId());
        line.put("success", success);
        return line;
    }

    private static String sha256(byte[] body) throws NoSuchAlgorithmException {
        return String.format("%064x", new BigInteger(1, MessageDigest.getInstance("SHA-256").digest(body)));
    }
}
