// SPDX-License-Identifier: Apache-2.0
// The commands of mqadmin, run in this process: what they print is what an operator sees.

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.tools.command.MQAdminStartup;

final class MqadminScenarios {
    /** Commands print to System.out and, when they fail, to System.err, which the process has but once. */
    private static final Object OUTPUT = new Object();

    private static String mqadmin(Context context, String... arguments) {
        List<String> all = new ArrayList<>(Arrays.asList(arguments));
        all.add("-n");
        all.add(context.cluster.namesrv);
        synchronized (OUTPUT) {
            PrintStream before = System.err;
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            PrintStream stream = new PrintStream(bytes, true, StandardCharsets.UTF_8);
            System.setOut(stream);
            System.setErr(stream);
            try {
                MQAdminStartup.main0(all.toArray(new String[0]), null);
            } finally {
                System.setOut(before);
                System.setErr(before);
            }
            return bytes.toString(StandardCharsets.UTF_8);
        }
    }

    private static void prints(String output, String... texts) {
        for (String text : texts) {
            Expect.that(output.contains(text), "\"" + text + "\" in the output:\n" + output);
        }
    }

    /** Some things, such as an index, take a moment. */
    private static void eventually(Context context, String text, String... arguments) throws Exception {
        String[] last = new String[1];
        try {
            Expect.eventually(text, () -> {
                last[0] = mqadmin(context, arguments);
                return last[0].contains(text);
            });
        } catch (Expect.Failure error) {
            throw new Expect.Failure(error.getMessage() + " in the output:\n" + last[0]);
        }
    }

    @Scenario("clusterList names cluster, broker and address")
    void clusterList(Context context) {
        prints(mqadmin(context, "clusterList"), context.cluster.name, context.cluster.broker, context.cluster.address);
    }

    @Scenario("topicList names the topic")
    void topicList(Context context) throws Exception {
        String topic = context.topic(1);
        prints(mqadmin(context, "topicList"), topic);
    }

    @Scenario("topicRoute prints broker and queues")
    void topicRoute(Context context) throws Exception {
        String topic = context.topic(3);
        String output = mqadmin(context, "topicRoute", "-t", topic);
        prints(output, context.cluster.address, context.cluster.broker);
        Expect.that(output.replaceAll("\\s", "").contains("\"readQueueNums\":3"), "three queues in\n" + output);
    }

    @Scenario("topicStatus prints the offsets of each queue")
    void topicStatus(Context context) throws Exception {
        String topic = context.topic(2);
        context.fill(topic, 0, "a", "b", "c");
        String output = mqadmin(context, "topicStatus", "-t", topic);
        Expect.that(output.lines().anyMatch(line -> line.matches(context.cluster.broker + "\\s+0\\s+0\\s+3\\s+.*")),
            "queue 0 with 0 to 3 in\n" + output);
    }

    @Scenario("updateTopic creates a topic, deleteTopic takes it away")
    void updateAndDeleteTopic(Context context) throws Exception {
        String topic = context.unused("topic");
        prints(mqadmin(context, "updateTopic", "-c", context.cluster.name, "-t", topic, "-r", "3", "-w", "3"),
            "success");
        eventually(context, topic, "topicList");
        prints(mqadmin(context, "deleteTopic", "-c", context.cluster.name, "-t", topic), "success");
        Expect.that(!mqadmin(context, "topicList").contains(topic), "not in the list any more");
    }

    @Scenario("updateSubGroup creates a group")
    void updateSubGroup(Context context) throws Exception {
        String group = context.unused("group");
        prints(mqadmin(context, "updateSubGroup", "-c", context.cluster.name, "-g", group, "-r", "4"), "success");
        Expect.same("retries", 4, context.admin.examineSubscriptionGroupConfig(context.cluster.address, group)
            .getRetryMaxTimes());
        prints(mqadmin(context, "deleteSubGroup", "-c", context.cluster.name, "-g", group), "success");
    }

    @Scenario("consumerProgress prints the lag")
    void consumerProgress(Context context) throws Exception {
        String topic = context.topic(1);
        String group = context.groupWithRetryTopic();
        context.fill(topic, 0, "a", "b", "c");
        context.admin.updateConsumeOffset(context.cluster.address, group, context.queue(topic, 0), 1);
        String output = mqadmin(context, "consumerProgress", "-g", group);
        prints(output, "Consume Diff Total: 2");
        prints(mqadmin(context, "consumerProgress"), group);
    }

    @Scenario("consumerConnection, consumerStatus and producerConnection print the members")
    void connections(Context context) throws Exception {
        String topic = context.topic(1);
        String group = context.group();
        String client = context.consume(group, topic, "*", new Inbox()).buildMQClientId();
        context.awaitOnline(group, 1);
        prints(mqadmin(context, "consumerConnection", "-g", group), client, topic, "JAVA");
        prints(mqadmin(context, "consumerStatus", "-g", group), client);
        context.send(topic, "m");
        eventually(context, context.cluster.producer.buildMQClientId(), "producerConnection", "-g",
            context.cluster.producer.getProducerGroup(), "-t", topic);
    }

    @Scenario("brokerStatus prints the running state")
    void brokerStatus(Context context) {
        prints(mqadmin(context, "brokerStatus", "-b", context.cluster.address), "bootTimestamp", "putTps",
            "commitLogMaxOffset");
    }

    @Scenario("getBrokerConfig and updateBrokerConfig")
    void brokerConfig(Context context) {
        prints(mqadmin(context, "updateBrokerConfig", "-b", context.cluster.address, "-k", "litePullMessageEnable",
            "-v", "true"), "success");
        prints(mqadmin(context, "getBrokerConfig", "-b", context.cluster.address), "litePullMessageEnable");
    }

    @Scenario("queryMsgByKey, queryMsgByUniqueKey, queryMsgById and queryMsgByOffset find the message")
    void queries(Context context) throws Exception {
        String topic = context.topic(1);
        Message message = Context.message(topic, "T", "body");
        message.setKeys("the-key");
        SendResult sent = context.send(message);
        context.awaitMax(topic, 0, 1);
        eventually(context, sent.getMsgId(), "queryMsgByKey", "-t", topic, "-k", "the-key");
        eventually(context, "the-key", "queryMsgByUniqueKey", "-t", topic, "-i", sent.getMsgId());
        prints(mqadmin(context, "queryMsgById", "-t", topic, "-i", sent.getOffsetMsgId()), "the-key",
            sent.getMsgId());
        prints(mqadmin(context, "queryMsgByOffset", "-t", topic, "-b", context.cluster.broker, "-i", "0", "-o", "0"),
            "the-key", sent.getMsgId());
    }

    @Scenario("printMsg prints the bodies of a topic")
    void printMsg(Context context) throws Exception {
        String topic = context.topic(2);
        context.fill(topic, 0, "first body");
        context.fill(topic, 1, "second body");
        prints(mqadmin(context, "printMsg", "-t", topic, "-d", "true"), "first body", "second body");
    }

    @Scenario("sendMessage stores, consumeMessage shows")
    void sendAndConsume(Context context) throws Exception {
        String topic = context.topic(1);
        prints(mqadmin(context, "sendMessage", "-t", topic, "-p", "some body"), "SEND_OK");
        context.awaitMax(topic, 0, 1);
        prints(mqadmin(context, "consumeMessage", "-t", topic, "-b", context.cluster.broker, "-i", "0", "-o", "0",
            "-c", "1"), "some body");
    }

    @Scenario("resetOffsetByTime sets an offline group back")
    void resetOffsetByTime(Context context) throws Exception {
        String topic = context.topic(1);
        String group = context.groupWithRetryTopic();
        context.fill(topic, 0, "a", "b");
        context.admin.updateConsumeOffset(context.cluster.address, group, context.queue(topic, 0), 2);
        String output = mqadmin(context, "resetOffsetByTime", "-g", group, "-t", topic, "-s",
            String.valueOf(System.currentTimeMillis() - 3_600_000));
        Expect.that(!output.contains("Exception"), "no error in\n" + output);
        Inbox inbox = new Inbox();
        context.consume(group, topic, "*", inbox);
        inbox.take(2);
    }

    @Scenario("updateKvConfig and deleteKvConfig")
    void kvConfig(Context context) throws Exception {
        String namespace = context.unused("namespace");
        prints(mqadmin(context, "updateKvConfig", "-s", namespace, "-k", "key", "-v", "value"), "success");
        Expect.same("value", "value", context.admin.getKVConfig(namespace, "key"));
        prints(mqadmin(context, "deleteKvConfig", "-s", namespace, "-k", "key"), "success");
    }

    @Scenario("topicClusterList names the cluster of a topic")
    void topicClusterList(Context context) throws Exception {
        String topic = context.topic(1);
        context.send(topic, "m");
        prints(mqadmin(context, "topicClusterList", "-t", topic), context.cluster.name);
    }
}
