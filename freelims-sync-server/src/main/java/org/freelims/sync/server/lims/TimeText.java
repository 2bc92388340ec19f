package org.freelims.sync.server.lims;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.ResolverStyle;
import java.time.temporal.ChronoField;
import java.time.temporal.TemporalAccessor;
import java.util.Locale;
import java.util.Optional;

/**
 * A time as a client wrote it, in the form PostgreSQL reads.
 *
 * @param text ISO-8601, with an offset if {@code zoned}
 * @param zoned whether it is a point in time rather than a clock on some wall
 */
record TimeText(String text, boolean zoned) {
    /* A date; then, if there is more, T or a space and a time; then, if there is more, an offset. */
    private static final DateTimeFormatter ISO =
            new DateTimeFormatterBuilder()
                    .parseCaseInsensitive()
                    .append(DateTimeFormatter.ISO_LOCAL_DATE)
                    .optionalStart()
                    .appendPattern("['T'][ ]HH:mm[:ss]")
                    .optionalStart()
                    .appendFraction(ChronoField.NANO_OF_SECOND, 1, 9, true)
                    .optionalEnd()
                    .optionalStart()
                    .appendPattern("[XXX][XX][X]")
                    .optionalEnd()
                    .optionalEnd()
                    .toFormatter(Locale.ROOT)
                    .withResolverStyle(ResolverStyle.STRICT);

    private static final long LARGEST_SECONDS = 20_000_000_000L;

    /** Reads ISO-8601: a date, or a date and a time, with or without an offset. */
    static Optional<TimeText> parse(String text) {
        try {
            TemporalAccessor parsed =
                    ISO.parseBest(
                            text.strip(),
                            OffsetDateTime::from,
                            LocalDateTime::from,
                            LocalDate::from);
            if (parsed.get(ChronoField.YEAR) < 1 || parsed.get(ChronoField.YEAR) > 9999) {
                return Optional.empty();
            }
            if (parsed instanceof LocalDate date) {
                return Optional.of(new TimeText(date.atStartOfDay().toString(), false));
            }
            return Optional.of(new TimeText(parsed.toString(), parsed instanceof OffsetDateTime));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    /** Reads seconds since 1970, or milliseconds if the number is too large for seconds. */
    static Optional<TimeText> ofEpoch(double number) {
        double seconds = Math.abs(number) > LARGEST_SECONDS ? number / 1000 : number;
        if (!(Math.abs(seconds) <= LARGEST_SECONDS)) {
            return Optional.empty();
        }
        Instant instant = Instant.ofEpochMilli(Math.round(seconds * 1000));
        return Optional.of(new TimeText(instant.atOffset(ZoneOffset.UTC).toString(), true));
    }

    @Override
    public String toString() {
        return text;
    }
}
