package org.freelims.sync.server.security;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/**
 * What this process holds.
 *
 * @param heapBytes what is left after a collection
 */
record Footprint(long heapBytes, int threads, long descriptors) {
    private static final int SPARE_THREADS = 8;
    private static final int SPARE_DESCRIPTORS = 12;

    static Footprint now() {
        System.gc();
        var system = (UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        return new Footprint(
                ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(),
                ManagementFactory.getThreadMXBean().getThreadCount(),
                system.getOpenFileDescriptorCount());
    }

    /** Whether this is as little as that was, pools and caches apart. */
    boolean isBackAt(Footprint before, long spareBytes) {
        return heapBytes <= before.heapBytes + spareBytes
                && threads <= before.threads + SPARE_THREADS
                && descriptors <= before.descriptors + SPARE_DESCRIPTORS;
    }
}
