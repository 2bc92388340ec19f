package org.freelims.sync.server.security;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One block of a PEM file (RFC 7468).
 *
 * @param label what it says it is, such as {@code CERTIFICATE}
 * @param body what stands between the lines: Base64, and headers in old files
 */
record Pem(String label, String body) {
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \\1-----", Pattern.DOTALL);

    /**
     * Returns a file's blocks.
     *
     * @throws IllegalArgumentException if it can't be read; the message names the file
     */
    static List<Pem> blocks(Path file) {
        String text = read(file);
        List<Pem> blocks = new ArrayList<>();
        Matcher matcher = BLOCK.matcher(text);
        while (matcher.find()) {
            blocks.add(new Pem(matcher.group(1), matcher.group(2)));
        }
        return List.copyOf(blocks);
    }

    /** Returns a file's text; as {@link #blocks}. */
    static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException e) {
            throw new IllegalArgumentException("There is no file " + file + ".", e);
        } catch (IOException | UncheckedIOException e) {
            throw new IllegalArgumentException(file + " can't be read: " + e.getMessage() + ".", e);
        }
    }

    /**
     * Returns the bytes that the block holds.
     *
     * @throws IllegalArgumentException if it is not Base64
     */
    byte[] bytes() {
        return Base64.getMimeDecoder().decode(body);
    }
}
