package org.freelims.sync.server.postgres;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One step of a schema's history. Immutable.
 *
 * @param version 1 for the first
 * @param title the resource's name without its directory
 */
record SqlScript(int version, String title, String sql) {
    private static final Pattern NAME = Pattern.compile("(\\d{1,6})-[^/]+\\.sql");

    /**
     * Reads a script from beside a class.
     *
     * @throws IllegalArgumentException if it is not there or not named like {@code 001-title.sql}
     */
    static SqlScript read(Class<?> beside, String resource) {
        String title = resource.substring(resource.lastIndexOf('/') + 1);
        Matcher name = NAME.matcher(title);
        if (!name.matches()) {
            throw new IllegalArgumentException(
                    "a migration is named like 001-title.sql, not '" + resource + "'");
        }
        try (InputStream in = beside.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalArgumentException(
                        "there is no resource '" + resource + "' beside " + beside.getName());
            }
            // a checkout with other line ends must not look like a changed migration
            String sql = new String(in.readAllBytes(), UTF_8).replace("\r\n", "\n");
            return new SqlScript(Integer.parseInt(name.group(1)), title, sql);
        } catch (IOException e) {
            throw new UncheckedIOException("can't read " + resource, e);
        }
    }

    /** Returns the SHA-256 of the text, as hex. */
    String checksum() {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(sql.getBytes(UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
