package org.freelims.sync.protocol;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;

/** How JSON is read and written here. */
final class Json {
    private static final int MAX_DEPTH = 64;

    /** Reads what a client sent, which is no longer than a message may be, into a shallow tree. */
    static final JsonMapper CLIENT =
            JsonMapper.builder(
                            JsonFactory.builder()
                                    .streamReadConstraints(
                                            StreamReadConstraints.builder()
                                                    .maxNestingDepth(MAX_DEPTH)
                                                    .build())
                                    .build())
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .build();

    /**
     * Reads rows, and the messages that carry them, one token after another: whatever a database
     * holds must be read, so there are no bounds, and no recursion that depth could exhaust.
     */
    static final JsonFactory ROWS =
            JsonFactory.builder()
                    .streamReadConstraints(
                            StreamReadConstraints.builder()
                                    .maxNestingDepth(Integer.MAX_VALUE)
                                    .maxStringLength(Integer.MAX_VALUE)
                                    .maxNumberLength(Integer.MAX_VALUE)
                                    .maxNameLength(Integer.MAX_VALUE)
                                    .build())
                    .build();

    private Json() {}

    /** Returns the text of the value that the parser, which reads {@code text}, is at; skips it. */
    static String slice(JsonParser json, String text) throws IOException {
        int start = (int) json.currentTokenLocation().getCharOffset();
        json.skipChildren();
        json.finishToken();
        return text.substring(start, (int) json.currentLocation().getCharOffset());
    }

    static StringBuilder quote(StringBuilder to, String text) {
        to.append('"');
        if (isPlain(text)) {
            to.append(text);
        } else {
            JsonStringEncoder.getInstance().quoteAsString(text, to);
        }
        return to.append('"');
    }

    /** Returns whether the text stands in JSON as it is: nearly all names, ids and positions do. */
    private static boolean isPlain(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ' || c == '"' || c == '\\') {
                return false;
            }
        }
        return true;
    }
}
