// SPDX-License-Identifier: Apache-2.0
// Runs the scenarios of the Java client against a server that is up already, and prints a TAP line for each.
// scenarios --namesrv ADDR [--only GLOB,GLOB...] [--pending FILE] [--jobs N] [--limit SECONDS] [--list]

import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

public final class Scenarios {
    private static final PrintStream RESULTS = System.out;
    private static final Object[] FAMILIES = {
        new SendScenarios(), new ConsumeScenarios(), new OrderlyScenarios(), new RetryScenarios(),
        new DelayScenarios(), new TimerScenarios(), new TransactionScenarios(), new RequestScenarios(),
        new PullScenarios(), new LiteScenarios(), new PopScenarios(), new PopClientScenarios(), new OffsetScenarios(),
        new ResetScenarios(), new QueryScenarios(), new NamesrvScenarios(), new TopicScenarios(),
        new GroupScenarios(), new BrokerScenarios(), new MqadminScenarios(),
    };

    private final Options options;
    private final int limit;
    private final List<Pattern> pending = new ArrayList<>();

    /** One scenario: a method of a family, with a name such as send/to-queue. */
    private static final class Entry {
        final Object family;
        final Method method;
        final String name;

        Entry(Object family, Method method) {
            this.family = family;
            this.method = method;
            String kind = family.getClass().getSimpleName().replace("Scenarios", "");
            this.name = dashed(kind) + "/" + dashed(method.getName());
        }

        private static String dashed(String name) {
            return name.replaceAll("(?<=[a-z0-9])(?=[A-Z])", "-").toLowerCase();
        }
    }

    private Scenarios(Options options) throws Exception {
        this.options = options;
        this.limit = options.number("limit", 90);
        if (options.has("pending")) {
            for (String line : Files.readAllLines(Path.of(options.require("pending")))) {
                if (!line.isBlank() && !line.startsWith("#")) {
                    pending.add(glob(line.trim()));
                }
            }
        }
    }

    private static Pattern glob(String text) {
        return Pattern.compile(Pattern.quote(text).replace("*", "\\E.*\\Q"));
    }

    private static boolean matches(List<Pattern> patterns, String name) {
        return patterns.stream().anyMatch(pattern -> pattern.matcher(name).matches());
    }

    private List<Entry> entries() {
        List<Pattern> only = new ArrayList<>();
        for (String text : options.get("only", "*").split(",")) {
            only.add(glob(text));
        }
        List<Entry> entries = new ArrayList<>();
        for (Object family : FAMILIES) {
            List<Entry> own = new ArrayList<>();
            for (Method method : family.getClass().getDeclaredMethods()) {
                if (method.isAnnotationPresent(Scenario.class)) {
                    own.add(new Entry(family, method));
                }
            }
            own.sort(Comparator.comparing(entry -> entry.name));
            entries.addAll(own);
        }
        return entries.stream().filter(entry -> matches(only, entry.name)).collect(Collectors.toList());
    }

    /** Null when all went as expected. */
    private static String run(Cluster cluster, Entry entry) {
        try (Context context = new Context(cluster, entry.name)) {
            entry.method.setAccessible(true);
            entry.method.invoke(entry.family, context);
            return null;
        } catch (InvocationTargetException error) {
            return describe(error.getCause());
        } catch (Exception error) {
            return describe(error);
        }
    }

    /** What went wrong, and where in the scenario; the rest of the stack is the client's. */
    private static String describe(Throwable error) {
        StringBuilder text = new StringBuilder();
        text.append(error instanceof Expect.Failure ? error.getMessage() : error.toString());
        for (Throwable cause = error.getCause(); cause != null; cause = cause.getCause()) {
            text.append("\nbecause of ").append(cause);
        }
        for (StackTraceElement frame : error.getStackTrace()) {
            if (frame.getClassName().endsWith("Scenarios") && !frame.getClassName().equals("Scenarios")) {
                text.append("\nat ").append(frame);
            }
        }
        return text.toString();
    }

    private String result(Entry entry, Future<String> future) throws InterruptedException {
        if (future == null) {
            return "ok # SKIP not there yet";
        }
        String failure;
        try {
            failure = future.get(limit, TimeUnit.SECONDS);
        } catch (TimeoutException error) {
            failure = "not done within " + limit + " s";
            future.cancel(true);
        } catch (ExecutionException error) {
            failure = describe(error.getCause());
        }
        if (failure == null) {
            return "ok";
        }
        String promise = entry.method.getAnnotation(Scenario.class).value();
        return "not ok\n" + (promise + "\n" + failure).lines().filter(line -> !line.isBlank())
            .filter(line -> !line.contains("please visit")).limit(40).map(line -> "# " + line)
            .collect(Collectors.joining("\n"));
    }

    private boolean runAll(List<Entry> entries) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(options.number("jobs", 6), task -> {
            Thread thread = new Thread(task);
            thread.setDaemon(true);
            return thread;
        });
        int failures = 0;
        try (Cluster cluster = new Cluster(options.require("namesrv"))) {
            List<Future<String>> futures = new ArrayList<>();
            for (Entry entry : entries) {
                futures.add(matches(pending, entry.name) ? null : pool.submit(() -> timed(cluster, entry)));
            }
            for (int i = 0; i < entries.size(); i++) {
                String result = result(entries.get(i), futures.get(i));
                String[] parts = result.split("(?=[ \n]#)", 2);
                RESULTS.println(parts[0].stripTrailing() + " " + (i + 1) + " - " + entries.get(i).name
                    + (parts.length > 1 ? parts[1] : ""));
                RESULTS.flush();
                failures += result.startsWith("not ok") ? 1 : 0;
            }
        }
        return failures == 0;
    }

    private String timed(Cluster cluster, Entry entry) {
        long start = System.nanoTime();
        String failure = run(cluster, entry);
        if (options.has("times")) {
            System.err.printf("%6d ms %s%n", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start), entry.name);
        }
        return failure;
    }

    public static void main(String[] arguments) throws Exception {
        // Commands of mqadmin print to System.out; the client's own timers are too slow for tests.
        System.setOut(System.err);
        System.setProperty("rocketmq.client.rebalance.waitInterval", "1000");
        String[] all = new String[arguments.length + 1];
        all[0] = "run";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        Scenarios scenarios = new Scenarios(new Options(all));
        List<Entry> entries = scenarios.entries();
        if (scenarios.options.has("list")) {
            entries.forEach(entry -> RESULTS.println(entry.name + ": "
                + entry.method.getAnnotation(Scenario.class).value()));
            return;
        }
        RESULTS.println("1.." + entries.size());
        boolean passed;
        try {
            passed = scenarios.runAll(entries);
        } catch (Exception error) {
            RESULTS.println("Bail out! " + error);
            passed = false;
        }
        RESULTS.flush();
        // The client leaves threads behind that would keep the process alive.
        System.exit(passed ? 0 : 1);
    }
}
