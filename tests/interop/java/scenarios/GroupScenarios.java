// SPDX-License-Identifier: Apache-2.0
// Groups and their members: settings, connections, what a running consumer says of itself.

import java.util.List;
import java.util.Map;

import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.protocol.LanguageCode;
import org.apache.rocketmq.remoting.protocol.ResponseCode;
import org.apache.rocketmq.remoting.protocol.body.CMResult;
import org.apache.rocketmq.remoting.protocol.body.Connection;
import org.apache.rocketmq.remoting.protocol.body.ConsumeMessageDirectlyResult;
import org.apache.rocketmq.remoting.protocol.body.ConsumerConnection;
import org.apache.rocketmq.remoting.protocol.body.ConsumerRunningInfo;
import org.apache.rocketmq.remoting.protocol.heartbeat.ConsumeType;
import org.apache.rocketmq.remoting.protocol.heartbeat.MessageModel;
import org.apache.rocketmq.remoting.protocol.subscription.SubscriptionGroupConfig;

final class GroupScenarios {
    private static SubscriptionGroupConfig describe(Context context, String group) throws Exception {
        return context.admin.examineSubscriptionGroupConfig(context.cluster.address, group);
    }

    @Scenario("a group is as it was created, and as it was changed")
    void createAndChange(Context context) throws Exception {
        SubscriptionGroupConfig config = new SubscriptionGroupConfig();
        config.setGroupName(context.unused("group"));
        config.setRetryMaxTimes(3);
        config.setConsumeBroadcastEnable(false);
        String group = context.group(config);
        Expect.same("retries", 3, describe(context, group).getRetryMaxTimes());
        Expect.same("broadcasting", false, describe(context, group).isConsumeBroadcastEnable());
        config.setRetryMaxTimes(5);
        context.group(config);
        Expect.same("retries", 5, describe(context, group).getRetryMaxTimes());
        Expect.same("retries in the list", 5,
            context.admin.getAllSubscriptionGroup(context.cluster.address, Cluster.TIMEOUT)
                .getSubscriptionGroupTable().get(group).getRetryMaxTimes());
    }

    @Scenario("a group that appeared by itself has the usual settings")
    void defaults(Context context) throws Exception {
        String group = context.unused("group");
        context.consume(group, context.topic(1), "*", new Inbox());
        context.awaitOnline(group, 1);
        SubscriptionGroupConfig config = describe(context, group);
        Expect.same("retries, retry queues", "16 1", config.getRetryMaxTimes() + " " + config.getRetryQueueNums());
        Expect.same("may consume, broadcast", "true true",
            config.isConsumeEnable() + " " + config.isConsumeBroadcastEnable());
    }

    @Scenario("a deleted group is gone from the list, with its offsets when that was asked for")
    void delete(Context context) throws Exception {
        String topic = context.topic(1);
        String group = context.group();
        context.fill(topic, 0, "a");
        context.admin.updateConsumeOffset(context.cluster.address, group, context.queue(topic, 0), 1);
        context.admin.deleteSubscriptionGroup(context.cluster.address, group, true);
        Expect.that(!context.admin.getAllSubscriptionGroup(context.cluster.address, Cluster.TIMEOUT)
            .getSubscriptionGroupTable().containsKey(group), "not in the list");
        Inbox inbox = new Inbox();
        context.consume(group, topic, "*", inbox);
        Expect.same("first again", "a", Inbox.text(inbox.take()));
    }

    @Scenario("a group that may not consume gets nothing until it may")
    void disabled(Context context) throws Exception {
        String topic = context.topic(1);
        SubscriptionGroupConfig config = new SubscriptionGroupConfig();
        config.setGroupName(context.unused("group"));
        config.setConsumeEnable(false);
        String group = context.group(config);
        context.fill(topic, 0, "a");
        Inbox inbox = new Inbox();
        context.consume(group, topic, "*", inbox);
        inbox.quiet(1500);
        config.setConsumeEnable(true);
        context.group(config);
        inbox.take();
    }

    @Scenario("members of a group: language, version, subscriptions, model")
    void connections(Context context) throws Exception {
        String topic = context.topic(1);
        String group = context.group();
        DefaultMQPushConsumer consumer = context.consume(group, topic, "A", new Inbox());
        context.awaitOnline(group, 1);
        ConsumerConnection connection = context.admin.examineConsumerConnectionInfo(group);
        Connection member = connection.getConnectionSet().iterator().next();
        Expect.same("client id, language", consumer.buildMQClientId() + " " + LanguageCode.JAVA,
            member.getClientId() + " " + member.getLanguage());
        Expect.that(member.getVersion() > 400, "a version, not " + member.getVersion());
        Expect.that(member.getClientAddr().startsWith("127.0.0.1:"), "an address, not " + member.getClientAddr());
        Expect.same("subscription", "A", connection.getSubscriptionTable().get(topic).getSubString());
        Expect.same("type, model", ConsumeType.CONSUME_PASSIVELY + " " + MessageModel.CLUSTERING,
            connection.getConsumeType() + " " + connection.getMessageModel());
    }

    @Scenario("a group without members is told apart from one with")
    void offline(Context context) throws Exception {
        String group = context.groupWithRetryTopic();
        Expect.refused(ResponseCode.CONSUMER_NOT_ONLINE, () -> context.admin.examineConsumerConnectionInfo(group));
    }

    @Scenario("a consumer that leaves is no member any more")
    void leaves(Context context) throws Exception {
        String group = context.group();
        DefaultMQPushConsumer consumer = context.consumer(group);
        consumer.subscribe(context.topic(1), "*");
        consumer.setMessageListener(new Inbox().concurrently());
        consumer.start();
        context.awaitOnline(group, 1);
        consumer.shutdown();
        Expect.refused(ResponseCode.CONSUMER_NOT_ONLINE, () -> context.admin.examineConsumerConnectionInfo(group));
    }

    @Scenario("members of a producer group")
    void producers(Context context) throws Exception {
        String topic = context.topic(1);
        DefaultMQProducer producer = context.start(context.producer());
        producer.send(Context.message(topic, "m"));
        Expect.eventually("the producer", () -> context.admin
            .examineProducerConnectionInfo(producer.getProducerGroup(), topic).getConnectionSet().stream()
            .anyMatch(one -> one.getClientId().equals(producer.buildMQClientId())));
        Expect.eventually("in the table of all", () -> context.admin.getAllProducerInfo(context.cluster.address)
            .getData().containsKey(producer.getProducerGroup()));
    }

    @Scenario("a running consumer tells of itself through the server")
    void runningInfo(Context context) throws Exception {
        String topic = context.topic(2);
        String group = context.group();
        DefaultMQPushConsumer consumer = context.consume(group, topic, "*", new Inbox());
        context.awaitOnline(group, 1);
        Expect.eventually("two queues", () -> {
            ConsumerRunningInfo info =
                context.admin.getConsumerRunningInfo(group, consumer.buildMQClientId(), false);
            return info.getMqTable().keySet().stream().filter(one -> one.getTopic().equals(topic)).count() == 2;
        });
        Expect.that(context.admin.getConsumerRunningInfo(group, consumer.buildMQClientId(), true).getJstack() != null,
            "its threads");
        Expect.refused(ResponseCode.SYSTEM_ERROR,
            () -> context.admin.getConsumerRunningInfo(group, "nobody@nowhere", false));
    }

    @Scenario("a message is consumed by the consumer that an admin names")
    void consumeDirectly(Context context) throws Exception {
        String topic = context.topic(1);
        String group = context.group();
        Inbox inbox = new Inbox();
        DefaultMQPushConsumer consumer = context.consume(group, topic, "*", inbox);
        SendResult sent = context.send(topic, "m");
        inbox.take(1);
        ConsumeMessageDirectlyResult result = context.admin.consumeMessageDirectly(group, consumer.buildMQClientId(),
            topic, sent.getOffsetMsgId());
        Expect.same("result", CMResult.CR_SUCCESS, result.getConsumeResult());
        Expect.same("deliveries", List.of("m", "m"), Inbox.texts(inbox.take(2)));
    }

    @Scenario("where each member of a group is")
    void status(Context context) throws Exception {
        String topic = context.topic(1);
        String group = context.group();
        context.fill(topic, 0, "a", "b");
        Inbox inbox = new Inbox();
        DefaultMQPushConsumer consumer = context.consume(group, topic, "*", inbox);
        inbox.take(2);
        Expect.eventually("offset of the member", () -> {
            Map<String, Map<MessageQueue, Long>> status = context.admin.getConsumeStatus(topic, group, "");
            return Long.valueOf(2).equals(status.get(consumer.buildMQClientId()).get(context.queue(topic, 0)));
        });
    }

    @Scenario("a name that is no name is refused")
    void badName(Context context) throws Exception {
        SubscriptionGroupConfig config = new SubscriptionGroupConfig();
        config.setGroupName("a b");
        Expect.refused(ResponseCode.INVALID_PARAMETER, () -> context.group(config));
    }

    @Scenario("members of an unknown producer group")
    void unknownProducers(Context context) throws Exception {
        String topic = context.topic(1);
        Expect.refused(ResponseCode.SYSTEM_ERROR,
            () -> context.admin.examineProducerConnectionInfo(context.unused("nobody"), topic));
    }
}
