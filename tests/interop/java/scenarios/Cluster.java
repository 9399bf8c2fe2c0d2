// SPDX-License-Identifier: Apache-2.0
// The server under test: what it calls itself, and the clients that all scenarios share.

import java.util.Map;
import java.util.Set;

import org.apache.rocketmq.client.ClientConfig;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.impl.MQClientAPIImpl;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.remoting.protocol.body.ClusterInfo;
import org.apache.rocketmq.remoting.protocol.route.BrokerData;
import org.apache.rocketmq.tools.admin.DefaultMQAdminExt;

@SuppressWarnings("deprecation") // the classic pull consumer
final class Cluster implements AutoCloseable {
    static final int TIMEOUT = 15_000;

    final String namesrv;
    final String name;
    final String broker;
    final String address;
    final DefaultMQAdminExt admin;
    final DefaultMQProducer producer;
    final DefaultMQPullConsumer puller;

    Cluster(String namesrv) throws Exception {
        this.namesrv = namesrv;
        admin = new DefaultMQAdminExt((long) TIMEOUT);
        admin.setInstanceName("scenarios-admin");
        configure(admin);
        admin.start();
        ClusterInfo info = admin.examineBrokerClusterInfo();
        Map.Entry<String, Set<String>> cluster = info.getClusterAddrTable().entrySet().iterator().next();
        name = cluster.getKey();
        broker = cluster.getValue().iterator().next();
        BrokerData data = info.getBrokerAddrTable().get(broker);
        address = data.selectBrokerAddr();
        producer = configure(new DefaultMQProducer("scenarios-producer"));
        producer.setSendMsgTimeout(TIMEOUT);
        producer.setRetryTimesWhenSendFailed(0);
        producer.start();
        puller = configure(new DefaultMQPullConsumer("scenarios-puller"));
        puller.setInstanceName("scenarios-puller");
        puller.setConsumerPullTimeoutMillis(TIMEOUT);
        puller.start();
    }

    /** Seconds instead of the client's half minutes: what a scenario changes must be seen soon. */
    <T extends ClientConfig> T configure(T client) {
        client.setNamesrvAddr(namesrv);
        client.setPollNameServerInterval(1000);
        client.setHeartbeatBrokerInterval(1000);
        client.setPersistConsumerOffsetInterval(1000);
        client.setMqClientApiTimeout(TIMEOUT);
        return client;
    }

    /** The requests themselves, for what no public class of the client sends alone. */
    MQClientAPIImpl api() {
        return admin.getDefaultMQAdminExtImpl().getMqClientInstance().getMQClientAPIImpl();
    }

    @Override
    public void close() {
        puller.shutdown();
        producer.shutdown();
        admin.shutdown();
    }
}
