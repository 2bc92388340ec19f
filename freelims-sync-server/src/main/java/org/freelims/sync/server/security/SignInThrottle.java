package org.freelims.sync.server.security;

import static java.util.Objects.requireNonNull;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Slows the guessing of passwords: who failed too often within {@link #WINDOW} waits until it is
 * over. Counted are failures of one name from one address, of one name from anywhere and from one
 * address for any name; the first is low, so that whoever guesses at a name locks themselves out
 * and not its holder. Bounded in memory. Thread-safe.
 */
public final class SignInThrottle {
    /** How long failures count. */
    public static final Duration WINDOW = Duration.ofMinutes(15);

    /** Failures of one name from one address in a window. */
    static final int OF_NAME_FROM_ADDRESS = 10;

    /** Failures of one name from anywhere in a window. */
    static final int OF_NAME = 100;

    /** Failures from one address in a window; a reverse proxy is one. */
    static final int FROM_ADDRESS = 200;

    private static final int MAX_REMEMBERED = 10_000;

    private final Clock clock;

    private final Map<Key, Failures> failures =
            new LinkedHashMap<>() {
                @Override
                protected boolean removeEldestEntry(Map.Entry<Key, Failures> eldest) {
                    return size() > MAX_REMEMBERED;
                }
            };

    public SignInThrottle(Clock clock) {
        this.clock = requireNonNull(clock, "clock");
    }

    /** What is counted; a text that is empty stands for any. */
    private record Key(String name, String address, int most) {}

    private record Failures(int count, Instant since) {}

    private static List<Key> keys(String name, String address) {
        String shortened = name.substring(0, Math.min(name.length(), 256));
        return address.isEmpty()
                ? List.of(new Key(shortened, "", OF_NAME))
                : List.of(
                        new Key(shortened, address, OF_NAME_FROM_ADDRESS),
                        new Key(shortened, "", OF_NAME),
                        new Key("", address, FROM_ADDRESS));
    }

    /**
     * Returns how long to wait before this name may be tried from this address; empty if not at
     * all.
     *
     * @param address the client's, or empty text where that can't be told
     */
    public synchronized Optional<Duration> waiting(String name, String address) {
        Instant now = clock.instant();
        return keys(name, address).stream()
                .flatMap(key -> waiting(key, now).stream())
                .max(Duration::compareTo);
    }

    private Optional<Duration> waiting(Key key, Instant now) {
        return counted(key, now)
                .filter(known -> known.count() >= key.most())
                .map(known -> Duration.between(now, known.since().plus(WINDOW)));
    }

    /** What counts yet. */
    private Optional<Failures> counted(Key key, Instant now) {
        return Optional.ofNullable(failures.get(key))
                .filter(known -> now.isBefore(known.since().plus(WINDOW)));
    }

    /** Counts a failure. */
    public synchronized void failed(String name, String address) {
        Instant now = clock.instant();
        for (Key key : keys(name, address)) {
            Failures before = counted(key, now).orElse(new Failures(0, now));
            failures.put(key, new Failures(before.count() + 1, before.since()));
        }
    }

    /** Forgets the failures of this name from this address. */
    public synchronized void succeeded(String name, String address) {
        failures.remove(keys(name, address).get(0));
    }
}
