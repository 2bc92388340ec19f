package org.freelims.sync.examples.benchmarks.comparison;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What it was measured on.
 *
 * @param memoryGib in GiB
 */
record Machine(String processor, int cores, long memoryGib, String system, String java) {
    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    static Machine here() {
        return new Machine(
                field(Path.of("/proc/cpuinfo"), "model name\\s*:\\s*(.*)")
                        .orElse(System.getProperty("os.arch")),
                Runtime.getRuntime().availableProcessors(),
                Math.round(SYSTEM.getTotalMemorySize() / (double) (1 << 30)),
                field(Path.of("/etc/os-release"), "PRETTY_NAME=\"(.*)\"")
                        .orElse(
                                System.getProperty("os.name")
                                        + ' '
                                        + System.getProperty("os.version")),
                System.getProperty("java.version"));
    }

    /** Returns the load average of the last minute, or -1 where there is none. */
    static double load() {
        return SYSTEM.getSystemLoadAverage();
    }

    /** Returns the CPU time that this process has used. */
    static long ownCpuNanos() {
        return SYSTEM.getProcessCpuTime();
    }

    private static Optional<String> field(Path file, String pattern) {
        if (!Files.isReadable(file)) {
            return Optional.empty();
        }
        try (Stream<String> lines = Files.lines(file)) {
            return lines.filter(line -> line.matches(pattern))
                    .map(line -> line.replaceFirst(pattern, "$1").strip())
                    .findFirst();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    @Override
    public String toString() {
        return "%s, %d cores, %d GiB, %s, Java %s"
                .formatted(processor, cores, memoryGib, system, java);
    }
}
