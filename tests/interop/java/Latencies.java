// SPDX-License-Identifier: Apache-2.0
// Counts latencies by microsecond, from any thread, without allocation.

import java.util.concurrent.atomic.AtomicIntegerArray;

final class Latencies {
    private static final int SLOWEST = 200_000; // everything slower counts as this

    private final AtomicIntegerArray counts = new AtomicIntegerArray(SLOWEST + 1);

    void add(long nanoseconds) {
        counts.incrementAndGet((int) Math.min(nanoseconds / 1000, SLOWEST));
    }

    void reset() {
        for (int i = 0; i < counts.length(); i++) {
            counts.set(i, 0);
        }
    }

    long count() {
        long sum = 0;
        for (int i = 0; i < counts.length(); i++) {
            sum += counts.get(i);
        }
        return sum;
    }

    int percentile(double percent) {
        double wanted = count() * percent / 100;
        long seen = 0;
        for (int i = 0; i < counts.length(); i++) {
            seen += counts.get(i);
            if (seen >= wanted) {
                return i;
            }
        }
        return SLOWEST;
    }
}
