// SPDX-License-Identifier: Apache-2.0
// Requests that wait for a reply.

import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.exception.RequestTimeoutException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.RequestCallback;
import org.apache.rocketmq.client.utils.MessageUtil;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageAccessor;
import org.apache.rocketmq.common.message.MessageConst;
import org.apache.rocketmq.common.message.MessageExt;

final class RequestScenarios {
    private static void replier(Context context, String topic) throws Exception {
        DefaultMQPushConsumer consumer = context.consumer(context.group());
        consumer.subscribe(topic, "*");
        consumer.setMessageListener((MessageListenerConcurrently) (messages, state) -> {
            for (MessageExt message : messages) {
                try {
                    byte[] body = ("re: " + Inbox.text(message)).getBytes(StandardCharsets.UTF_8);
                    context.cluster.producer.send(MessageUtil.createReplyMessage(message, body), Cluster.TIMEOUT);
                } catch (Exception error) {
                    return ConsumeConcurrentlyStatus.RECONSUME_LATER;
                }
            }
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        context.start(consumer);
    }

    @Scenario("a request gets the reply that its consumer sends")
    void reply(Context context) throws Exception {
        String topic = context.topic(1);
        replier(context, topic);
        DefaultMQProducer producer = context.start(context.producer());
        for (int i = 0; i < 3; i++) {
            Message reply = producer.request(Context.message(topic, "ping" + i), Cluster.TIMEOUT);
            Expect.same("reply", "re: ping" + i, new String(reply.getBody(), StandardCharsets.UTF_8));
        }
    }

    @Scenario("two requesters get their own replies")
    void twoRequesters(Context context) throws Exception {
        String topic = context.topic(1);
        replier(context, topic);
        CompletableFuture<String> first = request(context, topic, "one");
        CompletableFuture<String> second = request(context, topic, "two");
        Expect.same("reply", "re: one", first.get(Expect.PATIENCE, TimeUnit.SECONDS));
        Expect.same("reply", "re: two", second.get(Expect.PATIENCE, TimeUnit.SECONDS));
    }

    private static CompletableFuture<String> request(Context context, String topic, String body) throws Exception {
        CompletableFuture<String> future = new CompletableFuture<>();
        context.start(context.producer()).request(Context.message(topic, body), new RequestCallback() {
            @Override
            public void onSuccess(Message reply) {
                future.complete(new String(reply.getBody(), StandardCharsets.UTF_8));
            }

            @Override
            public void onException(Throwable error) {
                future.completeExceptionally(error);
            }
        }, Cluster.TIMEOUT);
        return future;
    }

    @Scenario("a request that nobody answers times out, and its message stays")
    void timeout(Context context) throws Exception {
        String topic = context.topic(1);
        DefaultMQProducer producer = context.start(context.producer());
        try {
            producer.request(Context.message(topic, "ping"), 1500);
            throw new Expect.Failure("expected a timeout");
        } catch (RequestTimeoutException error) {
            context.awaitMax(topic, 0, 1);
        }
    }

    @Scenario("a reply to a client that is not there is an error")
    void nobodyWaits(Context context) throws Exception {
        String topic = context.topic(1);
        Message request = Context.message(topic, "ping");
        request.putUserProperty("x", "y");
        context.send(request);
        context.awaitMax(topic, 0, 1);
        MessageExt got = PullScenarios.pullOne(context, context.queue(topic, 0), 0);
        got.putUserProperty("unused", "1");
        MessageAccessor.putProperty(got, MessageConst.PROPERTY_CLUSTER,
            context.cluster.name);
        MessageAccessor.putProperty(got, MessageConst.PROPERTY_CORRELATION_ID,
            "nothing");
        MessageAccessor.putProperty(got,
            MessageConst.PROPERTY_MESSAGE_REPLY_TO_CLIENT, "nobody@nowhere");
        Expect.refused(1, () -> context.send(
            MessageUtil.createReplyMessage(got, "re".getBytes(StandardCharsets.UTF_8))));
    }
}
