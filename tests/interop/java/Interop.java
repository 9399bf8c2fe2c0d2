// SPDX-License-Identifier: Apache-2.0
// The unchanged Java client behind a command line, for tests that need the other side of a conversation.
// Results go to stdout, one JSON object a line; see ../README.md. Exit status: 0, 1 failure, 2 usage.

import java.io.PrintStream;

import org.apache.rocketmq.client.ClientConfig;

public final class Interop {
    // Kept before anything else may print: only results may go to stdout.
    private static final PrintStream RESULTS = System.out;

    private Interop() {
    }

    static void print(String line) {
        synchronized (RESULTS) {
            RESULTS.println(line);
            RESULTS.flush();
        }
    }

    static <T extends ClientConfig> T configure(T client, Options options) {
        client.setNamesrvAddr(options.require("namesrv"));
        client.setUseTLS(options.has("tls"));
        return client;
    }

    private static boolean run(String mode, Options options) throws Exception {
        switch (mode) {
            case "produce":
                return new Producing(options).run();
            case "consume":
                return new Consuming(options).run();
            case "bench":
                return new Benchmark(options).run();
            case "start":
                return FirstAck.run(options);
            default:
                throw new IllegalArgumentException("unknown mode " + mode);
        }
    }

    public static void main(String[] arguments) throws Exception {
        System.setOut(System.err);
        boolean done;
        try {
            if (arguments.length == 0) {
                throw new IllegalArgumentException("produce, consume, bench or start?");
            }
            done = run(arguments[0], new Options(arguments));
        } catch (IllegalArgumentException error) {
            System.err.println("interop: " + error.getMessage());
            System.exit(2);
            return;
        }
        // The client leaves threads behind that would keep the process alive.
        System.exit(done ? 0 : 1);
    }
}
