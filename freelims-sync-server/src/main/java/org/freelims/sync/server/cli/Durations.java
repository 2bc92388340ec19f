package org.freelims.sync.server.cli;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.TypeConversionException;

/** Reads and writes durations as people do: 500ms, 10s, 30m, 12h, 7d. */
final class Durations {
    private static final Pattern TEXT = Pattern.compile("([0-9]{1,9})\\s*(ms|s|m|h|d)");

    private Durations() {}

    static Duration parse(String text) {
        Matcher matcher = TEXT.matcher(text.strip().toLowerCase(Locale.ROOT));
        if (matcher.matches()) {
            long amount = Long.parseLong(matcher.group(1));
            return switch (matcher.group(2)) {
                case "ms" -> Duration.ofMillis(amount);
                case "s" -> Duration.ofSeconds(amount);
                case "m" -> Duration.ofMinutes(amount);
                case "h" -> Duration.ofHours(amount);
                default -> Duration.ofDays(amount);
            };
        }
        try {
            return Duration.parse(text.strip());
        } catch (DateTimeParseException e) {
            throw new TypeConversionException(
                    "'" + text + "' is no duration: write it as 500ms, 10s, 30m, 12h or 7d");
        }
    }

    static String text(Duration duration) {
        if (duration.toMillis() < 10_000) {
            return duration.toMillis() % 1000 == 0 && !duration.isZero()
                    ? duration.toSeconds() + " s"
                    : duration.toMillis() + " ms";
        }
        if (duration.toMinutes() < 10) {
            return duration.toSeconds() + " s";
        }
        return duration.toHours() < 10 ? duration.toMinutes() + " min" : duration.toHours() + " h";
    }
}
