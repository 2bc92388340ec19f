package org.freelims.sync.server.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.freelims.sync.server.embedded.EmbeddedPostgresException.Problem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PlatformTest {
    @ParameterizedTest
    @CsvSource({
        "Linux, amd64, false, postgres-linux-x86_64.txz",
        "Linux, aarch64, false, postgres-linux-arm_64.txz",
        "Linux, amd64, true, postgres-linux-x86_64-alpine_linux.txz",
        "Mac OS X, aarch64, false, postgres-darwin-arm_64.txz",
        "Mac OS X, x86_64, false, postgres-darwin-x86_64.txz",
        "Windows 11, amd64, false, postgres-windows-x86_64.txz",
        "Windows 11, aarch64, false, postgres-windows-x86_64.txz"
    })
    void of_aPlatformWithBinaries_namesTheirArchive(
            String os, String arch, boolean musl, String archive) {
        assertEquals(archive, Platform.of(os, arch, musl).archives().get(0));
    }

    @Test
    void of_macOs_alsoTakesTheUniversalArchive() {
        assertTrue(
                Platform.of("Mac OS X", "aarch64", false)
                        .archives()
                        .contains("postgres-darwin-universal.txz"));
    }

    @ParameterizedTest
    @CsvSource({"SunOS, sparcv9", "Linux, s390x", "Windows 7, x86"})
    void of_anyOther_saysWhatToDoInstead(String os, String arch) {
        var e = assertThrows(EmbeddedPostgresException.class, () -> Platform.of(os, arch, false));

        assertEquals(Problem.UNSUPPORTED_PLATFORM, e.problem());
        assertTrue(e.getMessage().contains("--database-url"), e.getMessage());
    }
}
