// SPDX-License-Identifier: Apache-2.0
// What scenarios say of their server, and how they wait for it to become true.

import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;

final class Expect {
    private static final int POLL_MILLIS = 25;
    /** Longer than any server that works needs, on a busy machine too. */
    static final int PATIENCE = 30;

    private Expect() {
    }

    /** Something that did not go as expected. */
    static final class Failure extends RuntimeException {
        private static final long serialVersionUID = 1;

        Failure(String text) {
            super(text);
        }
    }

    static void that(boolean truth, String what) {
        if (!truth) {
            throw new Failure("expected: " + what);
        }
    }

    static void same(String what, Object expected, Object got) {
        if (!Objects.equals(expected, got)) {
            throw new Failure(what + ": expected " + expected + ", got " + got);
        }
    }

    static void between(String what, long low, long high, long got) {
        if (got < low || got > high) {
            throw new Failure(what + ": expected " + low + " to " + high + ", got " + got);
        }
    }

    /** The server must refuse a call with this code; returns what it said about it. */
    static String refused(int code, Callable<?> call) throws Exception {
        Object answer;
        try {
            answer = call.call();
        } catch (MQBrokerException error) {
            same("code of \"" + error.getErrorMessage() + "\"", code, error.getResponseCode());
            return String.valueOf(error.getErrorMessage());
        } catch (MQClientException error) {
            if (error.getResponseCode() != code && error.getCause() instanceof MQBrokerException) {
                MQBrokerException cause = (MQBrokerException) error.getCause();
                same("code of \"" + cause.getErrorMessage() + "\"", code, cause.getResponseCode());
                return String.valueOf(cause.getErrorMessage());
            }
            same("code of \"" + error.getErrorMessage() + "\"", code, error.getResponseCode());
            return String.valueOf(error.getErrorMessage());
        }
        throw new Failure("expected a refusal with code " + code + ", got " + answer);
    }

    /** Waits until the condition holds. A call that throws has not come true yet; the last error is told. */
    static void eventually(String what, Callable<Boolean> condition) throws Exception {
        eventually(what, PATIENCE, condition);
    }

    static void eventually(String what, int seconds, Callable<Boolean> condition) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        Exception last = null;
        do {
            try {
                if (condition.call()) {
                    return;
                }
                last = null;
            } catch (InterruptedException error) {
                throw error;
            } catch (Exception error) {
                last = error;
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        } while (System.nanoTime() < end);
        throw new Failure("not within " + seconds + " s: " + what + (last == null ? "" : " (" + last + ")"));
    }
}
