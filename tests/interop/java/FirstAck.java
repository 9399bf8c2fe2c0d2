// SPDX-License-Identifier: Apache-2.0
// Measures the time from the start of the process to its first acknowledged message.
// Uses nothing that the measured path does not need, e.g. no JSON library.

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;

final class FirstAck {
    private static final int TICKS_PER_SECOND = 100; // of /proc/PID/stat, on every Linux

    private FirstAck() {
    }

    static boolean run(Options options) throws Exception {
        DefaultMQProducer producer = Interop.configure(new DefaultMQProducer("interop-start"), options);
        producer.start();
        producer.send(new Message(options.require("topic"), new byte[options.number("body", 128)]));
        long elapsed = millisecondsSinceProcessStart();
        producer.shutdown();
        Interop.print("{\"mode\":\"start\",\"ms\":" + elapsed + "}");
        return true;
    }

    /** The JVM's own start time begins only after the JVM is loaded; /proc knows better, to 10 ms. */
    private static long millisecondsSinceProcessStart() throws IOException {
        String uptime = Files.readString(Path.of("/proc/uptime")).split(" ")[0];
        String stat = Files.readString(Path.of("/proc/self/stat"));
        String[] afterName = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        long startTicks = Long.parseLong(afterName[19]);
        return Math.round(Double.parseDouble(uptime) * 1000 - startTicks * 1000.0 / TICKS_PER_SECOND);
    }
}
