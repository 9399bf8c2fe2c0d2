// SPDX-License-Identifier: Apache-2.0
// Collects what consumers get, in the order of arrival.

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.common.message.MessageExt;

final class Inbox {
    private final List<MessageExt> messages = new ArrayList<>();

    synchronized void add(Collection<MessageExt> more) {
        messages.addAll(more);
        notifyAll();
    }

    synchronized int size() {
        return messages.size();
    }

    synchronized List<MessageExt> all() {
        return new ArrayList<>(messages);
    }

    synchronized void clear() {
        messages.clear();
    }

    /** Waits for exactly so many; more than that is a failure at once. */
    synchronized List<MessageExt> take(int count) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(Expect.PATIENCE);
        while (messages.size() < count && System.nanoTime() < end) {
            wait(100);
        }
        Expect.same("number of messages (" + texts(messages) + ")", count, messages.size());
        return all();
    }

    MessageExt take() throws InterruptedException {
        return take(1).get(0);
    }

    /** Nothing more may come in this time. */
    synchronized void quiet(long millis) throws InterruptedException {
        int before = messages.size();
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        while (messages.size() == before && System.nanoTime() < end) {
            wait(Math.max(1, TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime())));
        }
        Expect.same("messages after those (" + texts(messages) + ")", before, messages.size());
    }

    MessageListenerConcurrently concurrently() {
        return (delivered, context) -> {
            add(delivered);
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        };
    }

    MessageListenerOrderly orderly() {
        return (delivered, context) -> {
            add(delivered);
            return ConsumeOrderlyStatus.SUCCESS;
        };
    }

    static String text(MessageExt message) {
        byte[] body = message.getBody();
        return body.length > 100 ? body.length + " bytes" : new String(body, StandardCharsets.UTF_8);
    }

    static List<String> texts(List<MessageExt> messages) {
        return messages.stream().map(Inbox::text).collect(Collectors.toList());
    }

    static List<String> sorted(List<MessageExt> messages) {
        return messages.stream().map(Inbox::text).sorted().collect(Collectors.toList());
    }
}
