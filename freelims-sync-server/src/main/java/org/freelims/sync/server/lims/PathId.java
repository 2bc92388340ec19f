package org.freelims.sync.server.lims;

import java.math.BigInteger;
import java.util.List;

/** Ids in paths. */
final class PathId {
    private PathId() {}

    /**
     * Reads an id.
     *
     * @param name the parameter's name, for the client
     * @param noun what it is the id of
     * @throws InvalidRequestException if it isn't a whole number
     * @throws RefusedException 404 if no record could have it
     */
    static int read(String name, String text, String noun) {
        if (!text.matches("[+-]?[0-9]{1,400}")) {
            throw new InvalidRequestException(
                    new Problem(
                            List.of("path", name),
                            "Input should be a valid integer, unable to parse string as an"
                                    + " integer",
                            "int_parsing"));
        }
        BigInteger id = new BigInteger(text);
        if (id.bitLength() > 31) {
            throw RefusedException.notFound(noun);
        }
        return id.intValue();
    }
}
