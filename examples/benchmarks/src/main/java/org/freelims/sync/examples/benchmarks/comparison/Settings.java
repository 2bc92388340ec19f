package org.freelims.sync.examples.benchmarks.comparison;

import java.util.List;

/**
 * What is measured.
 *
 * @param clients connections to each server
 * @param interested how many of them subscribe to what changes; the others to something else
 * @param rounds how often each is measured
 * @param warmUpSeconds of bursts before each; at least one burst
 */
record Settings(int clients, int interested, int rounds, int warmUpSeconds, List<Mode> modes) {}
