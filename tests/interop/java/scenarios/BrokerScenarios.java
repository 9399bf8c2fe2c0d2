// SPDX-License-Identifier: Apache-2.0
// The broker's own state and settings.

import java.util.Map;
import java.util.Properties;

import org.apache.rocketmq.common.message.MessageRequestMode;
import org.apache.rocketmq.remoting.protocol.ResponseCode;

final class BrokerScenarios {
    @Scenario("the running state has what the tools print")
    void runtime(Context context) throws Exception {
        context.fill(context.topic(1), 0, "m");
        Map<String, String> state = context.admin.fetchBrokerRuntimeStats(context.cluster.address).getTable();
        for (String key : new String[] {"brokerVersionDesc", "bootTimestamp", "putTps",
            "getTransferredTps", "msgPutTotalTodayNow", "msgPutTotalTodayMorning", "msgGetTotalTodayNow",
            "commitLogMaxOffset", "commitLogMinOffset", "sendThreadPoolQueueSize", "pullThreadPoolQueueSize",
            "earliestMessageTimeStamp", "dispatchBehindBytes", "pageCacheLockTimeMills", "timerReadBehind"}) {
            Expect.that(state.containsKey(key), key + " in " + state.keySet());
        }
        Expect.that(Long.parseLong(state.get("commitLogMaxOffset")) > 0, "commitLogMaxOffset > 0");
        Expect.that(Long.parseLong(state.get("bootTimestamp")) > 0, "bootTimestamp > 0");
    }

    @Scenario("settings are readable, and a change shows")
    void configuration(Context context) throws Exception {
        Properties before = context.admin.getBrokerConfig(context.cluster.address);
        Expect.same("brokerName", context.cluster.broker, before.getProperty("brokerName"));
        Expect.same("brokerClusterName", context.cluster.name, before.getProperty("brokerClusterName"));
        String key = "transactionCheckMax";
        Properties change = new Properties();
        change.setProperty(key, "31");
        context.admin.updateBrokerConfig(context.cluster.address, change);
        Expect.same(key, "31", context.admin.getBrokerConfig(context.cluster.address).getProperty(key));
        change.setProperty(key, before.getProperty(key));
        context.admin.updateBrokerConfig(context.cluster.address, change);
    }

    @Scenario("settings that would move the store are not changed")
    void guardedSetting(Context context) throws Exception {
        Properties change = new Properties();
        change.setProperty("brokerConfigPath", "/nowhere");
        Expect.refused(ResponseCode.NO_PERMISSION, () -> {
            context.admin.updateBrokerConfig(context.cluster.address, change);
            return "changed";
        });
    }

    @Scenario("clean-ups are answered")
    void cleanUps(Context context) throws Exception {
        Expect.that(context.admin.cleanExpiredConsumerQueueByAddr(context.cluster.address), "consume queues");
        Expect.that(context.admin.cleanUnusedTopicByAddr(context.cluster.address), "topics");
    }

    @Scenario("consume statistics of all groups of the broker")
    void allConsumeStats(Context context) throws Exception {
        String topic = context.topic(1);
        String group = context.group();
        context.fill(topic, 0, "a", "b");
        context.admin.updateConsumeOffset(context.cluster.address, group, context.queue(topic, 0), 1);
        Expect.that(context.admin.fetchConsumeStatsInBroker(context.cluster.address, false, Cluster.TIMEOUT)
            .getConsumeStatsList().stream().anyMatch(one -> one.containsKey(group)), "the group among all");
    }

    @Scenario("a mode of requests can be set for a group, but not for a retry topic")
    void requestMode(Context context) throws Exception {
        String topic = context.topic(1);
        String group = context.group();
        context.admin.setMessageRequestMode(context.cluster.address, topic, group, MessageRequestMode.POP, 0,
            Cluster.TIMEOUT);
        Expect.refused(ResponseCode.NO_PERMISSION, () -> {
            context.admin.setMessageRequestMode(context.cluster.address, "%RETRY%" + group, group,
                MessageRequestMode.POP, 0, Cluster.TIMEOUT);
            return "set";
        });
    }
}
