package org.freelims.sync.examples.boot;

import org.freelims.sync.protocol.Action;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** What is done with samples. */
@Service
public class SampleService {
    private final SampleRepository samples;
    private final TransactionEvents events;

    SampleService(SampleRepository samples, TransactionEvents events) {
        this.samples = samples;
        this.events = events;
    }

    /** A change of a captured table: nothing is to be said. */
    @Transactional
    public void receive(long id, String name) {
        samples.save(new Sample(id, name));
    }

    /**
     * A change of a table, and an event that is no row of any: a run began. Clients are told of
     * both in one transaction, or of neither.
     */
    @Transactional
    public void run(long id, String instrument) {
        Sample sample = samples.findById(id).orElseThrow();
        sample.setStatus("running");
        events.publish(
                "runs",
                instrument,
                Action.CREATE,
                "{\"instrument\":\"" + instrument + "\",\"sample\":" + id + "}");
        if (instrument.equals("broken")) {
            throw new IllegalStateException("the instrument is broken");
        }
    }
}
