package org.freelims.sync.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine.TypeConversionException;

final class DurationsTest {
    @ParameterizedTest
    @CsvSource({
        "500ms,PT0.5S",
        "10s,PT10S",
        "30m,PT30M",
        "12h,PT12H",
        "7d,PT168H",
        "PT5S,PT5S",
        "' 1 S ',PT1S"
    })
    void parse_whatPeopleWrite_isThatLong(String text, Duration duration) {
        assertEquals(duration, Durations.parse(text));
    }

    @Test
    void parse_anythingElse_isRefused() {
        for (String text : new String[] {"", "10", "-1s", "s", "1y", "9999999999s"}) {
            assertThrows(TypeConversionException.class, () -> Durations.parse(text), text);
        }
    }
}
