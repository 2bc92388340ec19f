package org.freelims.sync.examples.instrument;

import java.net.URI;
import java.nio.file.Path;

/** {@code Main http://localhost:8001 user password positions.txt}. */
final class Main {
    private Main() {}

    public static void main(String[] args) throws InterruptedException {
        if (args.length != 4) {
            System.err.println("usage: Main URL USER PASSWORD FILE");
            System.exit(2);
        }
        Instrument simulated = Instrument.simulated();
        Instrument instrument =
                sample -> {
                    String results = simulated.measure(sample);
                    System.out.println(sample.internalId() + ": " + results);
                    return results;
                };
        InstrumentImport running =
                new InstrumentImport(
                        URI.create(args[0]), args[1], args[2], instrument, Path.of(args[3]));
        Runtime.getRuntime().addShutdownHook(new Thread(running::close));
        System.out.println("waiting for samples, until Ctrl-C");
        Thread.currentThread().join();
    }
}
