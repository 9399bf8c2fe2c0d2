// SPDX-License-Identifier: Apache-2.0
// bench: rounds of sync, async, batch or consume against a name server, one result line per round.
// Round 0 warms up. CPU is that of the whole process (user + system) per message. idle: what waiting costs.

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

import com.sun.management.OperatingSystemMXBean;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;

final class Benchmark {
    /** What one mode does until a point in time; it returns when everything it has started is done. */
    private interface Round {
        void runUntil(long end) throws Exception;
    }

    private static final OperatingSystemMXBean SYSTEM =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private final Options options;
    private final String mode;
    private final String topic;
    private final byte[] body;
    private final LongAdder done = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final Latencies latencies = new Latencies();

    Benchmark(Options options) {
        this.options = options;
        this.mode = options.require("mode");
        this.topic = options.require("topic");
        this.body = new byte[options.number("body", 128)];
    }

    boolean run() throws Exception {
        if (mode.equals("consume")) {
            DefaultMQPushConsumer consumer = startConsumer();
            awaitMessages(1); // the first pull may take a while: no round must
            runRounds(options.has("count") ? end -> awaitMessages(options.number("count", 1)) : Benchmark::sleepUntil);
            consumer.shutdown();
            return true;
        }
        if (mode.equals("idle")) {
            idle();
            return true;
        }
        DefaultMQProducer producer = Interop.configure(new DefaultMQProducer("interop-bench"), options);
        producer.start();
        runRounds(sending(producer));
        producer.shutdown();
        return failures.sum() == 0;
    }

    private Round sending(DefaultMQProducer producer) {
        switch (mode) {
            case "sync":
                return end -> sendSync(producer, end);
            case "async":
                return end -> sendAsync(producer, end);
            case "batch":
                return end -> sendBatches(producer, end);
            default:
                throw new IllegalArgumentException("--mode is none of sync, async, batch, consume, idle");
        }
    }

    private void runRounds(Round round) throws Exception {
        long length = TimeUnit.SECONDS.toNanos(options.number("seconds", 2));
        int rounds = options.number("rounds", 3);
        for (int i = 0; i <= rounds; i++) {
            latencies.reset();
            done.reset();
            failures.reset();
            long cpu = SYSTEM.getProcessCpuTime();
            long start = System.nanoTime();
            round.runUntil(start + length);
            report(i, System.nanoTime() - start, SYSTEM.getProcessCpuTime() - cpu);
        }
    }

    private void report(int round, long elapsed, long cpu) {
        long count = done.sum();
        String line = String.format(Locale.ROOT,
            "{\"mode\":\"%s\",\"round\":%d,\"body\":%d,\"count\":%d,\"failures\":%d,\"rate\":%.0f,\"cpu_us\":%.2f",
            mode, round, body.length, count, failures.sum(), count * 1e9 / elapsed, cpu / 1e3 / Math.max(count, 1));
        if (latencies.count() > 0) {
            line += String.format(Locale.ROOT, ",\"p50\":%d,\"p99\":%d,\"p999\":%d",
                latencies.percentile(50), latencies.percentile(99), latencies.percentile(99.9));
        }
        Interop.print(line + "}");
    }

    private void sendSync(DefaultMQProducer producer, long end) throws Exception {
        for (long start = System.nanoTime(); start < end; start = System.nanoTime()) {
            producer.send(new Message(topic, body));
            latencies.add(System.nanoTime() - start);
            done.increment();
        }
    }

    private void sendBatches(DefaultMQProducer producer, long end) throws Exception {
        int size = options.number("batch", 32);
        for (long start = System.nanoTime(); start < end; start = System.nanoTime()) {
            List<Message> batch = new ArrayList<>(size);
            for (int i = 0; i < size; i++) {
                batch.add(new Message(topic, body));
            }
            producer.send(batch);
            latencies.add(System.nanoTime() - start);
            done.add(size);
        }
    }

    private void sendAsync(DefaultMQProducer producer, long end) throws Exception {
        int inFlight = options.number("inflight", 1000);
        Semaphore free = new Semaphore(inFlight);
        while (System.nanoTime() < end) {
            free.acquire();
            producer.send(new Message(topic, body), new Acknowledged(free));
        }
        free.acquire(inFlight);
    }

    private final class Acknowledged implements SendCallback {
        private final Semaphore free;
        private final long start = System.nanoTime();

        Acknowledged(Semaphore free) {
            this.free = free;
        }

        @Override
        public void onSuccess(SendResult result) {
            latencies.add(System.nanoTime() - start);
            done.increment();
            free.release();
        }

        @Override
        public void onException(Throwable error) {
            failures.increment();
            free.release();
        }
    }

    /** Threads, pull sizes and everything else stay at the client's defaults. */
    private DefaultMQPushConsumer startConsumer() throws Exception {
        String group = options.get("group", "interop-bench-" + System.currentTimeMillis());
        DefaultMQPushConsumer consumer = Interop.configure(new DefaultMQPushConsumer(group), options);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.subscribe(topic, "*");
        consumer.setMessageListener((MessageListenerConcurrently) (messages, context) -> {
            done.add(messages.size());
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        consumer.start();
        return consumer;
    }

    private void awaitMessages(int count) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (done.sum() < count && System.nanoTime() < end) {
            TimeUnit.MILLISECONDS.sleep(2);
        }
    }

    /** One producer that has sent one message, one consumer; their start is not idle yet. */
    private void idle() throws Exception {
        DefaultMQProducer producer = Interop.configure(new DefaultMQProducer("interop-bench"), options);
        producer.start();
        producer.send(new Message(topic, body));
        DefaultMQPushConsumer consumer = startConsumer();
        TimeUnit.SECONDS.sleep(3);
        long seconds = options.number("seconds", 20);
        long cpu = SYSTEM.getProcessCpuTime();
        long switches = voluntarySwitches();
        TimeUnit.SECONDS.sleep(seconds);
        cpu = SYSTEM.getProcessCpuTime() - cpu;
        switches = voluntarySwitches() - switches;
        Interop.print(String.format(Locale.ROOT, "{\"mode\":\"idle\",\"cpu_percent\":%.3f,\"switches\":%.2f}",
            cpu / 1e7 / seconds, switches / (double) seconds));
        consumer.shutdown();
        producer.shutdown();
    }

    /** Of all threads that live. */
    private static long voluntarySwitches() throws IOException {
        long sum = 0;
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
            for (Path thread : threads) {
                sum += voluntarySwitches(thread.resolve("status"));
            }
        }
        return sum;
    }

    private static long voluntarySwitches(Path status) throws IOException {
        try {
            return Files.readAllLines(status).stream().filter(line -> line.startsWith("voluntary_ctxt_switches:"))
                .mapToLong(line -> Long.parseLong(line.split("\\s+")[1])).sum();
        } catch (NoSuchFileException ended) {
            return 0;
        }
    }

    private static void sleepUntil(long end) throws InterruptedException {
        TimeUnit.NANOSECONDS.sleep(end - System.nanoTime());
    }
}
