// SPDX-License-Identifier: Apache-2.0
// What one scenario works with: names of its own, and clients that end with it.

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;

import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.TopicConfig;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.protocol.subscription.SubscriptionGroupConfig;
import org.apache.rocketmq.tools.admin.DefaultMQAdminExt;

final class Context implements AutoCloseable {
    private static final String RUN = Long.toString(System.currentTimeMillis(), 36);

    final Cluster cluster;
    final DefaultMQAdminExt admin;
    private final String name;
    private final Deque<Runnable> closers = new ArrayDeque<>();
    private int names;

    Context(Cluster cluster, String name) {
        this.cluster = cluster;
        this.admin = cluster.admin;
        this.name = name.replaceAll("[^A-Za-z0-9]", "-");
    }

    /** A name that nobody else uses, and that the server does not know. */
    synchronized String unused(String kind) {
        return kind + "-" + name + "-" + RUN + "-" + names++;
    }

    String topic(int queues) throws Exception {
        return topic(new TopicConfig(unused("topic"), queues, queues, 6));
    }

    String topic(int queues, Map<String, String> attributes) throws Exception {
        TopicConfig config = new TopicConfig(unused("topic"), queues, queues, 6);
        config.setAttributes(attributes);
        return topic(config);
    }

    String topic(TopicConfig config) throws Exception {
        admin.createAndUpdateTopicConfig(cluster.address, config);
        awaitRoute(config.getTopicName());
        return config.getTopicName();
    }

    void awaitRoute(String topic) throws Exception {
        Expect.eventually("route of " + topic, () -> admin.examineTopicRouteInfo(topic) != null);
    }

    /** A group that exists before its first consumer, so that its retry topic has a route, too. */
    String group() throws Exception {
        SubscriptionGroupConfig config = new SubscriptionGroupConfig();
        config.setGroupName(unused("group"));
        return group(config);
    }

    String group(SubscriptionGroupConfig config) throws Exception {
        admin.createAndUpdateSubscriptionGroupConfig(cluster.address, config);
        return config.getGroupName();
    }

    /** The commands of admins look for the retry topic, which the first member would create. */
    String groupWithRetryTopic() throws Exception {
        String group = group();
        topic(new TopicConfig("%RETRY%" + group, 1, 1, 6));
        return group;
    }

    MessageQueue queue(String topic, int id) {
        return new MessageQueue(topic, cluster.broker, id);
    }

    static Message message(String topic, String body) {
        return new Message(topic, body.getBytes(StandardCharsets.UTF_8));
    }

    static Message message(String topic, String tag, String body) {
        return new Message(topic, tag, body.getBytes(StandardCharsets.UTF_8));
    }

    SendResult send(Message message) throws Exception {
        return cluster.producer.send(message, Cluster.TIMEOUT);
    }

    SendResult send(String topic, String body) throws Exception {
        return send(message(topic, body));
    }

    /** To one queue, and waits until pulls can see the last: an answered send may be a moment ahead of them. */
    List<SendResult> fill(String topic, int queue, String... bodies) throws Exception {
        List<SendResult> results = new ArrayList<>();
        for (String body : bodies) {
            results.add(cluster.producer.send(message(topic, body), queue(topic, queue), Cluster.TIMEOUT));
        }
        awaitMax(topic, queue, results.get(results.size() - 1).getQueueOffset() + 1);
        return results;
    }

    void awaitMax(String topic, int queue, long offset) throws Exception {
        Expect.eventually("offset " + offset + " of queue " + queue,
            () -> admin.maxOffset(queue(topic, queue)) >= offset);
    }

    DefaultMQProducer producer() throws Exception {
        DefaultMQProducer producer = cluster.configure(new DefaultMQProducer(unused("producer")));
        producer.setSendMsgTimeout(Cluster.TIMEOUT);
        producer.setRetryTimesWhenSendFailed(0);
        return producer;
    }

    /** Shuts a started client down with the scenario. */
    void later(Runnable closer) {
        closers.push(closer);
    }

    DefaultMQProducer start(DefaultMQProducer producer) throws Exception {
        producer.start();
        later(producer::shutdown);
        return producer;
    }

    DefaultMQPushConsumer consumer(String group) {
        DefaultMQPushConsumer consumer = cluster.configure(new DefaultMQPushConsumer(group));
        consumer.setInstanceName(unused("instance"));
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.setConsumeThreadMin(4);
        consumer.setConsumeThreadMax(4);
        consumer.setAwaitTerminationMillisWhenShutdown(5000); // or it forgets what is being consumed
        return consumer;
    }

    DefaultMQPushConsumer start(DefaultMQPushConsumer consumer) throws Exception {
        consumer.start();
        later(consumer::shutdown);
        return consumer;
    }

    /** The usual one: concurrent, in a cluster, of this topic. */
    DefaultMQPushConsumer consume(String group, String topic, String expression, Inbox inbox) throws Exception {
        DefaultMQPushConsumer consumer = consumer(group);
        consumer.subscribe(topic, expression);
        consumer.setMessageListener(inbox.concurrently());
        return start(consumer);
    }

    /** Waits until so many consumers of the group are known to the server. */
    void awaitOnline(String group, int consumers) throws Exception {
        Expect.eventually(consumers + " consumers of " + group,
            () -> admin.examineConsumerConnectionInfo(group).getConnectionSet().size() == consumers);
    }

    @Override
    public void close() {
        while (!closers.isEmpty()) {
            closers.pop().run();
        }
    }
}
