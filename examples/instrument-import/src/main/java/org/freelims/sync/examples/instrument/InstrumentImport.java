package org.freelims.sync.examples.instrument;

import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.freelims.sync.client.CursorStore;
import org.freelims.sync.client.HandlerFailures;
import org.freelims.sync.client.HandlerFailures.Decision;
import org.freelims.sync.client.RowChange;
import org.freelims.sync.client.RowHandler;
import org.freelims.sync.client.RowReader;
import org.freelims.sync.client.SubscriptionOptions;
import org.freelims.sync.client.SyncClient;
import org.freelims.sync.protocol.Action;
import org.freelims.sync.protocol.StartFrom;

/**
 * Measures each sample that is received and writes its result to the LIMS.
 *
 * <p>A sample is handled at least once: the position is saved after its result is stored, so after
 * a crash the last ones come again. What is written is the same then, and the LIMS refuses a second
 * test with the same internal id; so each has one result. A LIMS that does not answer is asked
 * again until it does, and meanwhile nothing is passed over.
 */
final class InstrumentImport implements AutoCloseable, RowHandler<Sample> {
    private static final int BAD_REQUEST = 400;

    private final LimsRest lims;
    private final Instrument instrument;
    private final SyncClient client;

    /**
     * Starts it.
     *
     * @param positions a file that says, after a restart, where it was
     */
    InstrumentImport(
            URI server, String user, String password, Instrument instrument, Path positions) {
        this.lims = new LimsRest(server, user, password);
        this.instrument = instrument;
        this.client =
                SyncClient.builder()
                        .uri(server)
                        .token(lims::signIn)
                        .cursorStore(CursorStore.file(positions))
                        .build();
        HandlerFailures forEver = (failure, attempt) -> Decision.RETRY;
        client.subscribe(
                "samples?status=received",
                RowReader.of(Sample.class),
                StartFrom.snapshot(),
                SubscriptionOptions.DEFAULT.withHandlerFailures(forEver),
                this);
        client.connect().join();
    }

    /** Those that were there before this program ran first. */
    @Override
    public void onRows(List<Sample> rows, boolean last) {
        rows.forEach(this::process);
    }

    @Override
    public void onChange(RowChange<Sample> change) {
        if (change.action() != Action.DELETE) {
            process(change.row());
        }
    }

    private void process(Sample sample) {
        Instant started = Instant.now();
        String results = instrument.measure(sample);
        HttpResponse<String> stored =
                lims.post(
                        "/api/tests/",
                        Map.of(
                                "internal_id",
                                "HPLC-" + sample.internalId(),
                                "test_id",
                                "HPLC-" + sample.internalId(),
                                "sample_id",
                                sample.internalId(),
                                "test_type",
                                "HPLC",
                                "method",
                                "HPLC-7",
                                "status",
                                "Completed",
                                "start_date",
                                started.toString(),
                                "test_date",
                                started.toString(),
                                "results",
                                results));
        if (stored.statusCode() != 201 && !isThereAlready(stored, sample)) {
            throw new IllegalStateException("the LIMS took no result: " + stored.body());
        }
        HttpResponse<String> moved =
                lims.put("/api/samples/" + sample.id(), Map.of("status", "in-testing"));
        if (moved.statusCode() != 200 && moved.statusCode() != 404) {
            throw new IllegalStateException("the LIMS left the sample: " + moved.body());
        }
    }

    /** An earlier run got this far. */
    private boolean isThereAlready(HttpResponse<String> refused, Sample sample) {
        if (refused.statusCode() != BAD_REQUEST) {
            return false;
        }
        for (var test : lims.get("/api/tests/?limit=100&search=HPLC-" + sample.internalId())) {
            if (test.path("internal_id").asText().equals("HPLC-" + sample.internalId())) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void close() {
        client.close();
    }
}
