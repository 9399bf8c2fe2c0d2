// SPDX-License-Identifier: Apache-2.0
// produce: sends what the JSON lines of stdin ask for, one after the other, and prints one result per message.

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import com.alibaba.fastjson2.JSON;
import com.alibaba.fastjson2.JSONObject;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.LocalTransactionState;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.TransactionListener;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.apache.rocketmq.client.producer.selector.SelectMessageQueueByHash;
import org.apache.rocketmq.common.compression.CompressionType;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageConst;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

final class Producing {
    private static final int NEVER = Integer.MAX_VALUE;

    private final Options options;
    private final int timeout;
    private final String group;
    private final Map<String, DefaultMQProducer> producers = new HashMap<>();
    private boolean failed;

    Producing(Options options) {
        this.options = options;
        this.timeout = options.number("timeout", 10) * 1000;
        this.group = options.get("group", "interop-producer");
    }

    boolean run() throws IOException {
        try (BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line = input.readLine(); line != null; line = input.readLine()) {
                if (!line.isBlank()) {
                    handle(JSON.parseObject(line));
                }
            }
        } finally {
            producers.values().forEach(DefaultMQProducer::shutdown);
        }
        return !failed;
    }

    private void handle(JSONObject line) {
        try {
            send(line);
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
        } catch (Exception error) {
            failed = true;
            Interop.print(JSONObject.of("error", error.toString()).toString());
        }
    }

    private void send(JSONObject line) throws Exception {
        String transaction = line.getString("transaction");
        if (transaction != null) {
            printResult(transactional(transaction).sendMessageInTransaction(message(line), transaction));
            return;
        }
        DefaultMQProducer producer = producer(line.getString("compress"));
        if (line.containsKey("recall")) {
            String id = producer.recallMessage(topic(line), line.getString("recall"));
            Interop.print(JSONObject.of("recalled", id).toString());
        } else if (line.containsKey("batch")) {
            printResult(producer.send(batch(line), timeout));
        } else if (line.getBooleanValue("oneway")) {
            producer.sendOneway(message(line));
            Interop.print(JSONObject.of("status", "ONEWAY").toString());
        } else if (line.getBooleanValue("request")) {
            printReply(producer.request(message(line), timeout));
        } else {
            printResult(sendPlain(producer, line));
        }
    }

    private SendResult sendPlain(DefaultMQProducer producer, JSONObject line) throws Exception {
        Message message = message(line);
        String key = message.getProperty(MessageConst.PROPERTY_SHARDING_KEY);
        Integer queueId = line.getInteger("queueId");
        if (queueId != null) {
            return producer.send(message, (queues, sent, id) -> queueById(queues, (Integer) id), queueId, timeout);
        }
        if (key != null) {
            return producer.send(message, new SelectMessageQueueByHash(), key, timeout);
        }
        return producer.send(message, timeout);
    }

    private static MessageQueue queueById(List<MessageQueue> queues, int id) {
        return queues.stream().filter(queue -> queue.getQueueId() == id).findFirst().orElseThrow();
    }

    private String topic(JSONObject line) {
        return line.containsKey("topic") ? line.getString("topic") : options.require("topic");
    }

    private Message message(JSONObject line) {
        String body = line.getString("body_base64");
        byte[] bytes = body == null ? new byte[0] : Base64.getDecoder().decode(body);
        Message message = new Message(topic(line), line.getString("tag"), line.getString("keys"), bytes);
        message.setFlag(line.getIntValue("flag"));
        if (line.containsKey("delayLevel")) {
            message.setDelayTimeLevel(line.getIntValue("delayLevel"));
        }
        if (line.containsKey("delayMs")) {
            message.setDelayTimeMs(line.getLongValue("delayMs"));
        }
        if (line.containsKey("deliverAtMs")) {
            message.setDeliverTimeMs(line.getLongValue("deliverAtMs"));
        }
        if (line.containsKey("priority")) {
            message.setPriority(line.getIntValue("priority"));
        }
        if (line.containsKey("shardingKey")) {
            message.putUserProperty(MessageConst.PROPERTY_SHARDING_KEY, line.getString("shardingKey"));
        }
        JSONObject properties = line.getJSONObject("properties");
        if (properties != null) {
            properties.forEach((name, value) -> message.putUserProperty(name, String.valueOf(value)));
        }
        return message;
    }

    private List<Message> batch(JSONObject line) {
        List<Message> messages = new ArrayList<>();
        for (Object element : line.getJSONArray("batch")) {
            messages.add(message((JSONObject) element));
        }
        return messages;
    }

    /** One producer per compression: it is a setting of the producer, not of the message. */
    private DefaultMQProducer producer(String compression) throws MQClientException {
        String kind = compression == null ? "none" : compression;
        DefaultMQProducer producer = producers.get(kind);
        if (producer == null) {
            producer = Interop.configure(new DefaultMQProducer(group + "-" + kind), options);
            producer.setCompressMsgBodyOverHowmuch(kind.equals("none") ? NEVER : 1);
            if (!kind.equals("none")) {
                producer.setCompressType(CompressionType.of(kind));
            }
            start(producer, kind);
        }
        return producer;
    }

    private TransactionMQProducer transactional(String kind) throws MQClientException {
        TransactionMQProducer producer = (TransactionMQProducer) producers.get("transaction");
        if (producer == null) {
            producer = Interop.configure(new TransactionMQProducer(group + "-transaction"), options);
            producer.setTransactionListener(new Decisions());
            start(producer, "transaction");
        }
        return producer;
    }

    private void start(DefaultMQProducer producer, String kind) throws MQClientException {
        producer.setRetryTimesWhenSendFailed(0);
        producer.start();
        producers.put(kind, producer);
    }

    private static void printResult(SendResult result) {
        JSONObject line = new JSONObject();
        line.put("msgId", result.getMsgId());
        line.put("offsetMsgId", result.getOffsetMsgId());
        line.put("queueId", result.getMessageQueue().getQueueId());
        line.put("queueOffset", result.getQueueOffset());
        line.put("status", result.getSendStatus().name());
        line.put("transactionId", result.getTransactionId());
        line.put("recallHandle", result.getRecallHandle());
        Interop.print(line.toString());
    }

    private static void printReply(Message reply) {
        JSONObject line = JSONObject.of("status", "REPLIED", "properties", reply.getProperties());
        line.put("body_base64", Base64.getEncoder().encodeToString(reply.getBody()));
        Interop.print(line.toString());
    }

    /** "commit" and "rollback" at once; "unknown", then what the broker's check is answered after a colon. */
    private static final class Decisions implements TransactionListener {
        private final Map<String, String> checks = new ConcurrentHashMap<>();

        @Override
        public LocalTransactionState executeLocalTransaction(Message message, Object decision) {
            String[] parts = decision.toString().split(":");
            checks.put(message.getTransactionId(), parts[parts.length - 1]);
            return state(parts[0]);
        }

        @Override
        public LocalTransactionState checkLocalTransaction(MessageExt message) {
            return state(checks.getOrDefault(message.getTransactionId(), "unknown"));
        }

        private static LocalTransactionState state(String name) {
            switch (name) {
                case "commit":
                    return LocalTransactionState.COMMIT_MESSAGE;
                case "rollback":
                    return LocalTransactionState.ROLLBACK_MESSAGE;
                default:
                    return LocalTransactionState.UNKNOW;
            }
        }
    }
}
