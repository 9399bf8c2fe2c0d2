// SPDX-License-Identifier: Apache-2.0
// The name-server half: routes, cluster, lists of topics, key-value configuration.

import java.util.Set;

import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.remoting.protocol.ResponseCode;
import org.apache.rocketmq.remoting.protocol.body.ClusterInfo;
import org.apache.rocketmq.remoting.protocol.route.QueueData;
import org.apache.rocketmq.remoting.protocol.route.TopicRouteData;

final class NamesrvScenarios {
    @Scenario("the cluster knows its broker, and the broker its address")
    void cluster(Context context) throws Exception {
        ClusterInfo info = context.admin.examineBrokerClusterInfo();
        Expect.that(info.getClusterAddrTable().get(context.cluster.name).contains(context.cluster.broker),
            "the broker in its cluster");
        Expect.same("master", context.cluster.address,
            info.getBrokerAddrTable().get(context.cluster.broker).getBrokerAddrs().get(0L));
        Expect.same("cluster of the broker", context.cluster.name,
            info.getBrokerAddrTable().get(context.cluster.broker).getCluster());
    }

    @Scenario("the route of a topic names broker, queues and permission")
    void route(Context context) throws Exception {
        String topic = context.topic(3);
        TopicRouteData route = context.admin.examineTopicRouteInfo(topic);
        Expect.same("brokers", 1, route.getBrokerDatas().size());
        Expect.same("address", context.cluster.address, route.getBrokerDatas().get(0).selectBrokerAddr());
        QueueData queues = route.getQueueDatas().get(0);
        Expect.same("broker, read, write, permission", context.cluster.broker + " 3 3 6", queues.getBrokerName() + " "
            + queues.getReadQueueNums() + " " + queues.getWriteQueueNums() + " " + queues.getPerm());
    }

    @Scenario("an unknown topic has no route")
    void noRoute(Context context) throws Exception {
        Expect.refused(ResponseCode.TOPIC_NOT_EXIST,
            () -> context.admin.examineTopicRouteInfo(context.unused("none")));
    }

    @Scenario("the topic that new ones are made after has a route")
    void defaultTopic(Context context) throws Exception {
        Expect.that(!context.admin.examineTopicRouteInfo("TBW102").getQueueDatas().isEmpty(), "queues of TBW102");
    }

    @Scenario("lists of all topics, and of a cluster's")
    void topics(Context context) throws Exception {
        String topic = context.topic(1);
        Expect.that(context.admin.fetchAllTopicList().getTopicList().contains(topic), "the topic among all");
        Expect.that(context.admin.fetchTopicsByCLuster(context.cluster.name).getTopicList().contains(topic),
            "the topic in the cluster");
        Expect.same("clusters of the topic", Set.of(context.cluster.name), context.admin.getTopicClusterList(topic));
    }

    @Scenario("key-value configuration: put, get, list, delete")
    void keyValues(Context context) throws Exception {
        String namespace = context.unused("namespace");
        context.admin.createAndUpdateKvConfig(namespace, "key", "значение");
        Expect.same("value", "значение", context.admin.getKVConfig(namespace, "key"));
        Expect.same("list", "значение", context.admin.getKVListByNamespace(namespace).getTable().get("key"));
        context.admin.deleteKvConfig(namespace, "key");
        try {
            Expect.same("value after the deletion", null, context.admin.getKVConfig(namespace, "key"));
        } catch (MQClientException error) {
            Expect.same("code", ResponseCode.QUERY_NOT_FOUND, error.getResponseCode());
        }
    }

    @Scenario("a topic deleted from the name server has no route; it is not deleted from the broker")
    void deleteFromNamesrv(Context context) throws Exception {
        String topic = context.topic(1);
        context.admin.deleteTopicInNameServer(Set.of(context.cluster.namesrv), context.cluster.name, topic);
        Expect.refused(ResponseCode.TOPIC_NOT_EXIST, () -> context.admin.examineTopicRouteInfo(topic));
        Expect.same("still in the broker", topic,
            context.admin.examineTopicConfig(context.cluster.address, topic).getTopicName());
    }
}
