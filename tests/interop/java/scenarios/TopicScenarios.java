// SPDX-License-Identifier: Apache-2.0
// Topics: created, changed, described, deleted.

import java.util.Map;
import java.util.Set;

import org.apache.rocketmq.common.TopicConfig;
import org.apache.rocketmq.common.attribute.TopicMessageType;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.protocol.ResponseCode;
import org.apache.rocketmq.remoting.protocol.admin.TopicOffset;

final class TopicScenarios {
    private static TopicConfig describe(Context context, String topic) throws Exception {
        return context.admin.examineTopicConfig(context.cluster.address, topic);
    }

    @Scenario("a topic is as it was created, and as it was changed")
    void createAndChange(Context context) throws Exception {
        String topic = context.topic(new TopicConfig(context.unused("topic"), 5, 3, 6));
        TopicConfig config = describe(context, topic);
        Expect.same("read, write, permission", "5 3 6",
            config.getReadQueueNums() + " " + config.getWriteQueueNums() + " " + config.getPerm());
        context.topic(new TopicConfig(topic, 6, 6, 4));
        config = describe(context, topic);
        Expect.same("read, write, permission", "6 6 4",
            config.getReadQueueNums() + " " + config.getWriteQueueNums() + " " + config.getPerm());
        Expect.eventually("the changed route",
            () -> context.admin.examineTopicRouteInfo(topic).getQueueDatas().get(0).getPerm() == 4);
    }

    @Scenario("more queues: old messages stay, new queues are usable at once")
    void moreQueues(Context context) throws Exception {
        String topic = context.topic(1);
        context.fill(topic, 0, "a");
        context.topic(new TopicConfig(topic, 3, 3, 6));
        Expect.eventually("three queues",
            () -> context.admin.examineTopicRouteInfo(topic).getQueueDatas().get(0).getWriteQueueNums() == 3);
        context.fill(topic, 2, "b");
        Inbox inbox = new Inbox();
        context.consume(context.group(), topic, "*", inbox);
        inbox.take(2);
    }

    @Scenario("the kind of messages of a topic is stored")
    void messageType(Context context) throws Exception {
        String topic = context.topic(1, Map.of("+message.type", "FIFO"));
        Expect.same("kind", TopicMessageType.FIFO, describe(context, topic).getTopicMessageType());
    }

    @Scenario("an attribute that nobody knows is refused")
    void unknownAttribute(Context context) throws Exception {
        Expect.refused(ResponseCode.SYSTEM_ERROR, () -> context.topic(1, Map.of("+no.such", "x")));
    }

    @Scenario("a name that is no name, and one of the system's, are refused")
    void badName(Context context) throws Exception {
        for (String name : new String[] {"a b", "x".repeat(128), "SCHEDULE_TOPIC_XXXX"}) {
            Expect.refused(ResponseCode.INVALID_PARAMETER, () -> {
                context.admin.createAndUpdateTopicConfig(context.cluster.address, new TopicConfig(name, 1, 1, 6));
                return "created";
            });
        }
    }

    @Scenario("an unknown topic has no description")
    void unknown(Context context) throws Exception {
        Expect.refused(ResponseCode.TOPIC_NOT_EXIST, () -> describe(context, context.unused("none")));
    }

    @Scenario("the state of a topic: first and last offset and time of each queue")
    void stats(Context context) throws Exception {
        String topic = context.topic(2);
        context.fill(topic, 1, "a", "b");
        Map<MessageQueue, TopicOffset> table = context.admin.examineTopicStats(topic).getOffsetTable();
        Expect.same("queues", 2, table.size());
        TopicOffset full = table.get(context.queue(topic, 1));
        Expect.same("offsets", "0 2", full.getMinOffset() + " " + full.getMaxOffset());
        Expect.same("last time", PullScenarios.pullOne(context, context.queue(topic, 1), 1).getStoreTimestamp(),
            full.getLastUpdateTimestamp());
        TopicOffset empty = table.get(context.queue(topic, 0));
        Expect.same("empty", "0 0 0",
            empty.getMinOffset() + " " + empty.getMaxOffset() + " " + empty.getLastUpdateTimestamp());
    }

    @Scenario("a deleted topic has neither route, description nor messages")
    void delete(Context context) throws Exception {
        String topic = context.topic(1);
        context.fill(topic, 0, "a", "b");
        context.admin.deleteTopicInBroker(Set.of(context.cluster.address), topic);
        context.admin.deleteTopicInNameServer(Set.of(context.cluster.namesrv), topic);
        Expect.refused(ResponseCode.TOPIC_NOT_EXIST, () -> describe(context, topic));
        Expect.refused(ResponseCode.TOPIC_NOT_EXIST, () -> context.admin.examineTopicRouteInfo(topic));
        Expect.refused(ResponseCode.TOPIC_NOT_EXIST,
            () -> context.cluster.puller.pull(context.queue(topic, 0), "*", 0, 1));
    }

    @Scenario("a topic that is made again starts at offset 0, without what it had")
    void again(Context context) throws Exception {
        String topic = context.topic(1);
        context.fill(topic, 0, "old", "older");
        context.admin.deleteTopicInBroker(Set.of(context.cluster.address), topic);
        context.topic(new TopicConfig(topic, 1, 1, 6));
        Expect.eventually("no messages", () -> context.admin.maxOffset(context.queue(topic, 0)) == 0);
        context.fill(topic, 0, "new");
        Expect.same("first", "new", Inbox.text(PullScenarios.pullOne(context, context.queue(topic, 0), 0)));
    }

    @Scenario("all topics of the broker with their settings")
    void list(Context context) throws Exception {
        String topic = context.topic(7);
        TopicConfig config = context.admin.getUserTopicConfig(context.cluster.address, false, Cluster.TIMEOUT)
            .getTopicConfigTable().get(topic);
        Expect.same("queues", 7, config.getReadQueueNums());
        Expect.that(context.admin.getAllTopicConfig(context.cluster.address, Cluster.TIMEOUT).getTopicConfigTable()
            .containsKey("TBW102"), "TBW102 among all");
    }

    @Scenario("who consumes a topic, and what a group consumes")
    void consumers(Context context) throws Exception {
        String topic = context.topic(1);
        String group = context.groupWithRetryTopic();
        context.consume(group, topic, "A || B", new Inbox());
        context.awaitOnline(group, 1);
        Expect.eventually("group of the topic",
            () -> context.admin.queryTopicConsumeByWho(topic).getGroupList().contains(group));
        Expect.eventually("topic of the group",
            () -> context.admin.queryTopicsByConsumer(group).getTopicList().contains(topic));
        Expect.eventually("subscription",
            () -> "A || B".equals(context.admin.querySubscription(group, topic).getSubString()));
    }
}
