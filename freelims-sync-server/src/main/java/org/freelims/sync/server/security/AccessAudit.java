package org.freelims.sync.server.security;

import static java.util.Objects.requireNonNull;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.session.HubListener;
import org.freelims.sync.subscription.Expression;

/**
 * Writes down who connected, subscribed to what, was refused what, was cut and why: one line each
 * to the log {@code org.freelims.sync.audit}, and to further places if given. It holds neither
 * records nor tokens; of a filter the fields, not the values.
 *
 * <p>Writing is done by a thread of its own, so that a slow disk or database slows nobody. Should
 * more than {@link #MAX_WAITING} entries wait, further ones are dropped, and the log says how many.
 * Thread-safe.
 */
public final class AccessAudit implements HubListener, SignInListener, AutoCloseable {
    /** How many entries may wait to be written. */
    static final int MAX_WAITING = 20_000;

    private static final Logger LOG = System.getLogger("org.freelims.sync.audit");
    private static final int MAX_BATCH = 1_000;
    private static final int MAX_TEXT = 200;
    private static final Duration CLOSING = Duration.ofSeconds(5);

    private final BlockingQueue<Entry> waiting = new LinkedBlockingQueue<>(MAX_WAITING);
    private final AtomicLong dropped = new AtomicLong();
    private final Clock clock;
    private final Optional<Place> place;
    private final Thread writer;
    private volatile boolean closing;

    /**
     * One thing that happened; a text is empty if there is nothing to say.
     *
     * @param event {@code sign-in}, {@code sign-in-failed}, {@code handshake-refused}, {@code
     *     connected}, {@code subscribed}, {@code denied} or {@code closed}
     * @param subject the subscription
     * @param outcome an error's code, an HTTP status or why a connection ended
     */
    public record Entry(
            Instant at,
            String event,
            String remoteAddress,
            String session,
            String principal,
            String subject,
            String outcome) {
        @Override
        public String toString() {
            StringBuilder line = new StringBuilder(event);
            add(line, "address", remoteAddress);
            add(line, "session", session);
            add(line, "principal", principal);
            add(line, "subject", subject);
            add(line, "outcome", outcome);
            return line.toString();
        }

        private static void add(StringBuilder line, String name, String value) {
            if (!value.isEmpty()) {
                line.append(' ').append(name).append("=\"").append(value).append('"');
            }
        }
    }

    /** Where entries go besides the log; may block and throw. */
    @FunctionalInterface
    public interface Place {
        void write(List<Entry> entries);
    }

    private AccessAudit(Clock clock, Optional<Place> place) {
        this.clock = requireNonNull(clock, "clock");
        this.place = requireNonNull(place, "place");
        this.writer = new Thread(this::writeAll, "freelims-sync-audit");
        writer.setDaemon(true);
    }

    /**
     * Starts an audit.
     *
     * @param place where entries go besides the log
     */
    public static AccessAudit start(Clock clock, Optional<Place> place) {
        AccessAudit audit = new AccessAudit(clock, place);
        audit.writer.start();
        return audit;
    }

    @Override
    public void signedIn(String remoteAddress, Account account) {
        add("sign-in", remoteAddress, "", account.principalName(), "", "");
    }

    @Override
    public void signInFailed(String remoteAddress, Optional<Account> account) {
        add(
                "sign-in-failed",
                remoteAddress,
                "",
                account.map(Account::principalName).orElse(""),
                "",
                account.isPresent() ? "password" : "no such account");
    }

    /** A handshake was refused with an HTTP status. */
    public void handshakeRefused(String remoteAddress, int status) {
        add("handshake-refused", remoteAddress, "", "", "", String.valueOf(status));
    }

    @Override
    public void signedIn(Client client) {
        add("connected", client, "", "");
    }

    @Override
    public void subscribed(Client client, Expression to) {
        add("subscribed", client, described(to), "");
    }

    @Override
    public void denied(Client client, ErrorCode code, Optional<Expression> to) {
        add("denied", client, to.map(AccessAudit::described).orElse(""), code.name());
    }

    @Override
    public void closed(Closed closed) {
        add(
                "closed",
                closed.remoteAddress(),
                closed.session(),
                closed.principal().orElse(""),
                "",
                closed.code().map(Enum::name).orElse("by the client"));
    }

    /** What a client asked for, with a filter's fields and without its values. */
    private static String described(Expression to) {
        String fields = String.join(",", new TreeSet<>(to.filterFields()));
        return to.resource()
                + to.id().map(id -> '/' + id).orElse("")
                + (fields.isEmpty() ? "" : '?' + fields);
    }

    private void add(String event, Client client, String subject, String outcome) {
        add(
                event,
                client.remoteAddress(),
                client.session(),
                client.principal().orElse(""),
                subject,
                outcome);
    }

    private void add(
            String event,
            String remoteAddress,
            String session,
            String principal,
            String subject,
            String outcome) {
        Entry entry =
                new Entry(
                        clock.instant(),
                        event,
                        remoteAddress,
                        plain(session),
                        plain(principal),
                        plain(subject),
                        outcome);
        if (!waiting.offer(entry)) {
            dropped.incrementAndGet();
        }
    }

    /** One line, whatever somebody has typed: no line break, no quote, no end. */
    private static String plain(String text) {
        StringBuilder plain = new StringBuilder();
        text.codePoints()
                .limit(MAX_TEXT)
                .map(c -> Character.isLetterOrDigit(c) || isHarmless(c) ? c : '_')
                .forEach(plain::appendCodePoint);
        return text.length() > MAX_TEXT ? plain.append("...").toString() : plain.toString();
    }

    private static boolean isHarmless(int c) {
        return "-_.:,;/?*@+#()<>!=&%~ ".indexOf(c) >= 0;
    }

    private void writeAll() {
        List<Entry> batch = new ArrayList<>();
        try {
            while (!closing || !waiting.isEmpty()) {
                Entry first = waiting.poll(200, TimeUnit.MILLISECONDS);
                if (first != null) {
                    batch.add(first);
                    waiting.drainTo(batch, MAX_BATCH);
                    write(batch);
                    batch.clear();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void write(List<Entry> batch) {
        batch.forEach(entry -> LOG.log(Level.INFO, entry.toString()));
        long lost = dropped.getAndSet(0);
        if (lost > 0) {
            LOG.log(Level.ERROR, "{0} entries of the audit could not be kept", lost);
        }
        if (place.isPresent()) {
            try {
                place.get().write(List.copyOf(batch));
            } catch (RuntimeException e) {
                LOG.log(
                        Level.ERROR,
                        batch.size() + " entries of the audit are in this log only",
                        e);
            }
        }
    }

    /** Writes what waits, for a few seconds at most. */
    @Override
    public void close() {
        closing = true;
        try {
            writer.join(CLOSING.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
