package org.freelims.sync.server.lims;

import static java.util.Objects.requireNonNull;

import java.time.LocalDate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.freelims.sync.server.security.Account;
import org.freelims.sync.server.security.Accounts;
import org.freelims.sync.server.security.Attribution;
import org.freelims.sync.server.security.NewAccount;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.PreparedBatch;

/**
 * Test data: chemicals, locations and inventory items that look like a laboratory's, the same ones
 * for the same random seed. Nothing that is there is changed; chemicals and locations are found
 * again by name. Thread-safe; {@link #items} is one caller's for its duration.
 */
public final class LimsSeed {
    /** The demonstration account, as FreeLIMS' frontend signs in by itself. */
    public static final String DEMO_USERNAME = "admin";

    /** The demonstration account's password. Never outside of a demonstration. */
    public static final String DEMO_PASSWORD = "password";

    private static final Attribution ATTRIBUTION = new Attribution("service:seed", "Test data");
    private static final int ITEMS_PER_TRANSACTION = 100;

    private static final List<Substance> SUBSTANCES =
            List.of(
                    new Substance("Ethanol", "64-17-5", "C2H6O", 46.07, "mL"),
                    new Substance("Acetone", "67-64-1", "C3H6O", 58.08, "mL"),
                    new Substance("Sodium chloride", "7647-14-5", "NaCl", 58.44, "g"),
                    new Substance("Acetonitrile", "75-05-8", "C2H3N", 41.05, "mL"),
                    new Substance("Methanol", "67-56-1", "CH4O", 32.04, "mL"),
                    new Substance("Sulfuric acid", "7664-93-9", "H2SO4", 98.08, "mL"),
                    new Substance("Sodium hydroxide", "1310-73-2", "NaOH", 40.0, "g"),
                    new Substance("Glucose", "50-99-7", "C6H12O6", 180.16, "g"),
                    new Substance("Caffeine", "58-08-2", "C8H10N4O2", 194.19, "g"),
                    new Substance("Toluene", "108-88-3", "C7H8", 92.14, "mL"),
                    new Substance("Tris", "77-86-1", "C4H11NO3", 121.14, "g"),
                    new Substance("EDTA", "60-00-4", "C10H16N2O8", 292.24, "g"));

    private static final List<String> PLACES =
            List.of(
                    "Main Lab, shelf A1",
                    "Main Lab, shelf A2",
                    "Flammables cabinet",
                    "Cold room",
                    "Freezer -20 °C",
                    "Balance room");

    private final Jdbi jdbi;
    private final Random random;

    /**
     * @param jdbi the LIMS' database, with its tables
     * @param random where amounts and batches come from
     */
    public LimsSeed(Jdbi jdbi, Random random) {
        this.jdbi = requireNonNull(jdbi, "jdbi");
        this.random = requireNonNull(random, "random");
    }

    private record Substance(String name, String cas, String formula, double weight, String unit) {}

    /** Told of progress; called on the seeding thread, after each commit. */
    @FunctionalInterface
    public interface Progress {
        /** So many of so many items are committed. */
        void committed(int items, int ofItems);
    }

    /** The records made or found for the last item: what to show, and what to try a change on. */
    public record Seeded(int chemicalId, int locationId, int itemId) {}

    /**
     * Makes inventory items, and the chemicals and locations they need, a hundred items a
     * transaction.
     *
     * @param count how many items, at least one
     * @return the last one
     */
    public Seeded items(int count, Progress progress) {
        if (count < 1) {
            throw new IllegalArgumentException("count must be >= 1 but was " + count);
        }
        Seeded last = new Seeded(0, 0, 0);
        for (int done = 0; done < count; ) {
            int batch = Math.min(ITEMS_PER_TRANSACTION, count - done);
            int first = done;
            last = jdbi.inTransaction(handle -> batch(handle, first, batch));
            done += batch;
            progress.committed(done, count);
        }
        return last;
    }

    /**
     * Makes a demonstration: the account {@value #DEMO_USERNAME} with the password {@value
     * #DEMO_PASSWORD} unless there is one of this name, and a few items unless there are any.
     */
    public void demo(Accounts accounts) {
        if (accounts.find(DEMO_USERNAME).isEmpty()) {
            Account made =
                    accounts.create(
                            new NewAccount(
                                    "admin@example.org",
                                    DEMO_USERNAME,
                                    "Demo Administrator",
                                    DEMO_PASSWORD,
                                    true),
                            ATTRIBUTION);
            System.getLogger(LimsSeed.class.getName())
                    .log(System.Logger.Level.INFO, "Made the account {0}", made.username());
        }
        boolean empty =
                jdbi.withHandle(
                        handle ->
                                handle.createQuery(
                                                "SELECT NOT EXISTS (SELECT 1 FROM inventory_items)")
                                        .mapTo(Boolean.class)
                                        .one());
        if (empty) {
            items(8, (done, all) -> {});
        }
    }

    private Seeded batch(Handle handle, int first, int count) {
        ATTRIBUTION.apply(handle);
        Map<Substance, Integer> chemicals = new HashMap<>();
        Map<String, Integer> locations = new HashMap<>();
        PreparedBatch items =
                handle.prepareBatch(
                        "INSERT INTO inventory_items (chemical_id, location_id, quantity, unit,"
                                + " batch_number, expiration_date) VALUES (:chemical, :location,"
                                + " :quantity, :unit, :batch, CAST(:expires AS timestamp))");
        int chemical = 0;
        int location = 0;
        for (int i = first; i < first + count; i++) {
            Substance substance = SUBSTANCES.get(i % SUBSTANCES.size());
            chemical = chemicals.computeIfAbsent(substance, wanted -> chemical(handle, wanted));
            location =
                    locations.computeIfAbsent(
                            PLACES.get(i % PLACES.size()), wanted -> location(handle, wanted));
            item(items, substance, chemical, location);
        }
        List<Integer> made = items.executePreparedBatch("id").mapTo(Integer.class).list();
        return new Seeded(chemical, location, made.get(made.size() - 1));
    }

    /* By CAS number or name: somebody may have either already. */
    private static int chemical(Handle handle, Substance substance) {
        return handle.createQuery(
                        "SELECT id FROM chemicals WHERE cas_number = :cas OR name = :name"
                                + " ORDER BY cas_number IS DISTINCT FROM :cas, id LIMIT 1")
                .bind("cas", substance.cas())
                .bind("name", substance.name())
                .mapTo(Integer.class)
                .findFirst()
                .orElseGet(
                        () ->
                                handle.createQuery(
                                                "INSERT INTO chemicals (name, cas_number, formula,"
                                                        + " molecular_weight) VALUES (:name, :cas,"
                                                        + " :formula, :weight) RETURNING id")
                                        .bind("name", substance.name())
                                        .bind("cas", substance.cas())
                                        .bind("formula", substance.formula())
                                        .bind("weight", substance.weight())
                                        .mapTo(Integer.class)
                                        .one());
    }

    private static int location(Handle handle, String name) {
        return handle.createQuery("SELECT id FROM locations WHERE name = :name LIMIT 1")
                .bind("name", name)
                .mapTo(Integer.class)
                .findFirst()
                .orElseGet(
                        () ->
                                handle.createQuery(
                                                "INSERT INTO locations (name, description) VALUES"
                                                        + " (:name, 'Test data') RETURNING id")
                                        .bind("name", name)
                                        .mapTo(Integer.class)
                                        .one());
    }

    private void item(PreparedBatch items, Substance substance, int chemical, int location) {
        items.bind("chemical", chemical)
                .bind("location", location)
                .bind("quantity", 10.0 * (1 + random.nextInt(500)))
                .bind("unit", substance.unit())
                .bind("batch", String.format("BATCH-%05d", random.nextInt(100_000)))
                .bind(
                        "expires",
                        LocalDate.of(2027, 1, 1)
                                .plusDays(random.nextInt(1500))
                                .atStartOfDay()
                                .toString())
                .add();
    }
}
