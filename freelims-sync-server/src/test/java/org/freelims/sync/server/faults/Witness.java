package org.freelims.sync.server.faults;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.freelims.sync.client.Resync;
import org.freelims.sync.client.SyncHandler;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.ServerMessage;
import org.jspecify.annotations.Nullable;

/*
 * Two orders say whether a stream is the history: each record's versions rise by one, and so do each writer's numbers.
 * Whatever is missing, comes twice or comes too early breaks one of them the moment the next arrives, and what is missing
 * at the end shows in the versions that the table ends with.
 */
/** A client that checks what it is told. Thread-safe. */
final class Witness implements SyncHandler {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int TOLD = 10;

    private final String name;
    private final Map<Integer, Long> versions = new TreeMap<>();
    private final Map<Integer, Long> numbers = new HashMap<>();
    private final Set<String> seen = new HashSet<>();
    private final List<String> faults = new ArrayList<>();
    private @Nullable Position last;
    private boolean live;
    private boolean resynced;
    private long received;
    private long lost;
    private long repeated;
    private long reordered;
    private long resyncs;
    private long restarts;
    private long lastNanos;
    private long longestGapNanos;

    Witness(String name) {
        this.name = name;
    }

    @Override
    public synchronized void onSubscribed(Position position) {
        live = true;
    }

    @Override
    public synchronized void onSnapshot(ServerMessage.SnapshotPage page) {
        for (String row : page.rows()) {
            JsonNode json = parse(row);
            versions.put(json.get("id").intValue(), json.get("version").longValue());
        }
    }

    @Override
    public synchronized void onResync(Resync resync) {
        if (resync.reason() == Resync.Reason.SNAPSHOT_RESTARTED) {
            restarts++;
        } else {
            resyncs++;
        }
        // from here on it is another history, known from a snapshot
        resynced = true;
        versions.clear();
        numbers.clear();
        seen.clear();
        last = null;
    }

    @Override
    public synchronized void onNotification(ServerMessage.Notification notification) {
        received++;
        long now = System.nanoTime();
        if (lastNanos != 0) {
            longestGapNanos = Math.max(longestGapNanos, now - lastNanos);
        }
        lastNanos = now;
        JsonNode row = parse(notification.data());
        Position at = notification.position();
        if (last != null && (!at.epoch().equals(last.epoch()) || !at.isAfter(last))) {
            fault(at + " after " + last);
        }
        last = at;
        int id = row.get("id").intValue();
        long version = row.get("version").longValue();
        judge("record " + id, version, versions.put(id, version), at);
        int writer = row.get("writer").intValue();
        long number = row.get("n").longValue();
        if (number == LedgerWriters.NEVER) {
            lost++;
            fault(at + " was rolled back");
        }
        if (!resynced) {
            numbers.putIfAbsent(writer, 0L);
        }
        judge("writer " + writer, number, numbers.put(writer, number), at);
    }

    private void judge(String what, long value, @Nullable Long before, Position at) {
        boolean again = !seen.add(what + '=' + value);
        if (before == null || value == before + 1) {
            return;
        }
        if (again) {
            repeated++;
        } else if (value < before) {
            reordered++;
        } else {
            lost += value - before - 1;
        }
        fault(what + " went from " + before + " to " + value + " at " + at);
    }

    private void fault(String what) {
        if (faults.size() < TOLD) {
            faults.add(name + ": " + what);
        }
    }

    private static JsonNode parse(String json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(json, e);
        }
    }

    /** It begins amid the writing, so that it does not know the writers' numbers. */
    synchronized Witness amid() {
        resynced = true;
        return this;
    }

    /** Returns how many snapshots it was given from their start again. */
    synchronized long restarts() {
        return restarts;
    }

    /** Begins to measure gaps. */
    synchronized void measure() {
        lastNanos = System.nanoTime();
        longestGapNanos = 0;
    }

    synchronized boolean isLive() {
        return live;
    }

    synchronized boolean holds(Map<Integer, Long> rows) {
        return versions.equals(rows);
    }

    /** Counts as lost what is not there now though it should. */
    synchronized void end(Map<Integer, Long> rows) {
        rows.forEach(
                (id, version) -> {
                    long missing = version - versions.getOrDefault(id, 0L);
                    if (missing != 0) {
                        lost += Math.abs(missing);
                        fault("record " + id + " ends " + missing + " versions short");
                    }
                });
    }

    synchronized long received() {
        return received;
    }

    synchronized long lost() {
        return lost;
    }

    synchronized long repeated() {
        return repeated;
    }

    synchronized long reordered() {
        return reordered;
    }

    synchronized long resyncs() {
        return resyncs;
    }

    synchronized long longestGapMs() {
        return longestGapNanos / 1_000_000;
    }

    synchronized List<String> faults() {
        return List.copyOf(faults);
    }
}
