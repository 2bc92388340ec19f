package org.freelims.sync.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class SimulationTest {
    private static final long SEEDS = Long.getLong("simulation.seeds", 2000);
    private static final long FIRST_SEED = Long.getLong("simulation.firstSeed", 1);

    private static final Logger LOGGER = Logger.getLogger("org.freelims.sync.session");

    @BeforeAll
    static void silenceWhatTheFaultsSay() {
        LOGGER.setLevel(Level.OFF);
    }

    @AfterAll
    static void unsilence() {
        LOGGER.setLevel(null);
    }

    @Test
    void rules1to8_underSeededFaults_nothingIsLostRepeatedOrReordered() {
        Simulation.Checked checked = Simulation.Checked.NOTHING;
        for (long seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
            checked = checked.plus(Simulation.run(seed));
        }
        assertTrue(
                checked.notifications() > 100 * SEEDS
                        && checked.snapshotsGoneOnWith() > SEEDS / 20
                        && checked.withdrawn() > SEEDS / 20
                        && checked.forbidden() > SEEDS / 20,
                "the runs must be worth something, but only this came up: " + checked);
    }

    @Test
    void simulation_sameSeed_isTheSameRun() {
        assertEquals(Simulation.run(FIRST_SEED), Simulation.run(FIRST_SEED));
    }
}
