package org.freelims.sync.examples.instrument;

import java.util.Locale;

/** The driver of an instrument: put yours here. */
@FunctionalInterface
interface Instrument {
    /** Measures a sample, and returns what is to stand in the test's results. */
    String measure(Sample sample);

    /** Returns an instrument that makes its results up, the same for the same sample. */
    static Instrument simulated() {
        return sample ->
                String.format(
                        Locale.ROOT,
                        "purity %.2f %%",
                        98 + (sample.internalId().hashCode() & 0xff) / 256.0);
    }
}
