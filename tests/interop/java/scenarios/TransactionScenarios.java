// SPDX-License-Identifier: Apache-2.0
// Half messages: decided at once, decided when the server asks, never decided.

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.Queue;
import java.util.function.Function;

import org.apache.rocketmq.client.producer.LocalTransactionState;
import org.apache.rocketmq.client.producer.TransactionListener;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.apache.rocketmq.client.producer.TransactionSendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

final class TransactionScenarios {
    /** Says one thing at once, and another when it is asked. */
    private static final class Decision implements TransactionListener {
        final LocalTransactionState atOnce;
        final LocalTransactionState whenAsked;
        final Queue<MessageExt> asked = new ConcurrentLinkedQueue<>();
        Function<Message, RuntimeException> before = message -> null;

        Decision(LocalTransactionState atOnce, LocalTransactionState whenAsked) {
            this.atOnce = atOnce;
            this.whenAsked = whenAsked;
        }

        @Override
        public LocalTransactionState executeLocalTransaction(Message message, Object argument) {
            RuntimeException failure = before.apply(message);
            if (failure != null) {
                throw failure;
            }
            return atOnce;
        }

        @Override
        public LocalTransactionState checkLocalTransaction(MessageExt message) {
            asked.add(message);
            return whenAsked;
        }
    }

    private static TransactionMQProducer producer(Context context, Decision decision) throws Exception {
        TransactionMQProducer producer = context.cluster.configure(new TransactionMQProducer(context.unused("tx")));
        producer.setSendMsgTimeout(Cluster.TIMEOUT);
        producer.setTransactionListener(decision);
        context.start(producer);
        return producer;
    }

    private static Message message(String topic, String body) {
        Message message = Context.message(topic, "T", body);
        message.setKeys("key");
        message.putUserProperty("p", "v");
        return message;
    }

    @Scenario("a half message is invisible until it is committed, and then complete")
    void commit(Context context) throws Exception {
        String topic = context.topic(1);
        Decision decision = new Decision(LocalTransactionState.COMMIT_MESSAGE, LocalTransactionState.UNKNOW);
        long[] visible = new long[] {-1};
        decision.before = message -> {
            try {
                visible[0] = context.admin.maxOffset(context.queue(topic, 0));
                return null;
            } catch (Exception error) {
                return new IllegalStateException(error);
            }
        };
        TransactionSendResult sent = producer(context, decision).sendMessageInTransaction(message(topic, "yes"), null);
        Expect.same("messages before the commit", 0L, visible[0]);
        context.awaitMax(topic, 0, 1);
        MessageExt got = PullScenarios.pullOne(context, context.queue(topic, 0), 0);
        Expect.same("body, tag, keys, property", "yes T key v",
            Inbox.text(got) + " " + got.getTags() + " " + got.getKeys() + " " + got.getUserProperty("p"));
        Expect.same("id", sent.getMsgId(), got.getMsgId());
        Expect.same("transaction id", sent.getTransactionId(), got.getTransactionId());
    }

    @Scenario("a half message that is rolled back never appears, and nobody is asked about it")
    void rollback(Context context) throws Exception {
        String topic = context.topic(1);
        Decision decision = new Decision(LocalTransactionState.ROLLBACK_MESSAGE, LocalTransactionState.COMMIT_MESSAGE);
        TransactionMQProducer producer = producer(context, decision);
        producer.sendMessageInTransaction(message(topic, "no"), null);
        Decision other = new Decision(LocalTransactionState.UNKNOW, LocalTransactionState.COMMIT_MESSAGE);
        producer(context, other).sendMessageInTransaction(message(topic, "asked"), null);
        context.awaitMax(topic, 0, 1);
        Expect.same("what appears", "asked", Inbox.text(PullScenarios.pullOne(context, context.queue(topic, 0), 0)));
        Expect.same("questions about the other", 0, decision.asked.size());
        Expect.same("messages", 1L, context.admin.maxOffset(context.queue(topic, 0)));
    }

    @Scenario("an undecided half message is asked about, and committed by the answer")
    void checkedCommit(Context context) throws Exception {
        String topic = context.topic(1);
        Decision decision = new Decision(LocalTransactionState.UNKNOW, LocalTransactionState.COMMIT_MESSAGE);
        TransactionSendResult sent = producer(context, decision).sendMessageInTransaction(message(topic, "late"), null);
        context.awaitMax(topic, 0, 1);
        MessageExt asked = decision.asked.peek();
        Expect.same("asked about", topic + " late T key v", asked.getTopic() + " " + Inbox.text(asked) + " " + asked.getTags() + " " + asked.getKeys() + " "
            + asked.getUserProperty("p"));
        Expect.same("transaction id", sent.getTransactionId(), asked.getTransactionId());
        MessageExt got = PullScenarios.pullOne(context, context.queue(topic, 0), 0);
        Expect.same("id", sent.getMsgId(), got.getMsgId());
    }

    @Scenario("an undecided half message that the answer rolls back never appears")
    void checkedRollback(Context context) throws Exception {
        String topic = context.topic(1);
        Decision decision = new Decision(LocalTransactionState.UNKNOW, LocalTransactionState.ROLLBACK_MESSAGE);
        producer(context, decision).sendMessageInTransaction(message(topic, "never"), null);
        Expect.eventually("a question", () -> !decision.asked.isEmpty());
        Expect.same("messages", 0L, context.admin.maxOffset(context.queue(topic, 0)));
    }

    @Scenario("a half message whose decision stays unknown is asked about again")
    void askedAgain(Context context) throws Exception {
        String topic = context.topic(1);
        Decision decision = new Decision(LocalTransactionState.UNKNOW, LocalTransactionState.UNKNOW);
        producer(context, decision).sendMessageInTransaction(message(topic, "unknown"), null);
        Expect.eventually("two questions", () -> decision.asked.size() >= 2);
        Expect.same("messages", 0L, context.admin.maxOffset(context.queue(topic, 0)));
    }

    @Scenario("when the local transaction throws, the server asks later")
    void localFailure(Context context) throws Exception {
        String topic = context.topic(1);
        Decision decision = new Decision(LocalTransactionState.UNKNOW, LocalTransactionState.COMMIT_MESSAGE);
        decision.before = message -> new IllegalStateException("as the scenario wants");
        producer(context, decision).sendMessageInTransaction(message(topic, "saved"), null);
        context.awaitMax(topic, 0, 1);
        Expect.same("questions", 1, decision.asked.size());
    }

    @Scenario("consumers get committed messages as any other")
    void consumed(Context context) throws Exception {
        String topic = context.topic(4);
        Inbox inbox = new Inbox();
        context.consume(context.group(), topic, "T", inbox);
        Decision decision = new Decision(LocalTransactionState.COMMIT_MESSAGE, LocalTransactionState.UNKNOW);
        TransactionMQProducer producer = producer(context, decision);
        for (int i = 0; i < 5; i++) {
            producer.sendMessageInTransaction(message(topic, "m" + i), null);
        }
        inbox.take(5);
        inbox.quiet(300);
    }
}
