package org.freelims.sync.server.security;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.freelims.sync.protocol.ErrorCode;

/**
 * Judges what the server says: a typed error, a close with a code that fits, a clean HTTP status,
 * and never anything of its inside. Counts them. Thread-safe.
 */
final class FuzzAnswers {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Set<Integer> CLOSE_CODES =
            Set.of(1000, 1001, 1002, 1003, 1005, 1007, 1008, 1009, 1013);
    private static final Set<String> TYPES =
            Set.of(
                    "welcome",
                    "authenticated",
                    "subscribed",
                    "snapshot",
                    "notification",
                    "left",
                    "heartbeat",
                    "resync",
                    "unsubscribed",
                    "pong",
                    "error",
                    "closing");
    private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] (\\d{3}) ");
    private static final Pattern INSIDE =
            Pattern.compile("\\tat |Exception|Error:|org\\.freelims|java\\.|SQLSTATE|syntax error");
    private static final Pattern DETAIL = Pattern.compile("\"(message|detail)\":\"[^\"]*\"");

    private final Map<String, Integer> counts = new TreeMap<>();

    /** A text message, of the sync protocol if it is an object, of Engine.IO otherwise. */
    void message(String text) {
        if (text.startsWith("{")) {
            sync(text);
        } else {
            socketIo(text);
        }
    }

    private void sync(String text) {
        JsonNode message;
        try {
            message = JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new AssertionError("not JSON: " + text, e);
        }
        String type = message.path("type").asText();
        if (!TYPES.contains(type)) {
            throw new AssertionError("no type of the protocol's: " + text);
        }
        if (type.equals("error") || type.equals("closing")) {
            ErrorCode code = ErrorCode.valueOf(message.path("code").asText());
            count(type + ' ' + code);
            require(code != ErrorCode.INTERNAL, text);
            requireNothingOfTheInside(text);
        }
    }

    private void socketIo(String packet) {
        require(!packet.isEmpty() && "012346".indexOf(packet.charAt(0)) >= 0, packet);
        require(!packet.contains("\"code\":\"INTERNAL\""), packet);
        if (packet.startsWith("44")) {
            count("Socket.IO CONNECT_ERROR");
            requireNothingOfTheInside(packet);
        } else if (packet.contains("_error\",")) {
            count("Socket.IO error event");
            requireNothingOfTheInside(packet);
        }
    }

    void closed(int code, String reason) {
        count("close " + code);
        boolean echoed = reason.isEmpty(); // this is what the client closed with
        require(echoed || CLOSE_CODES.contains(code), code + " " + reason);
    }

    /** All that came on an HTTP connection: nothing, if it was only closed. */
    void response(String all) {
        require(all.isEmpty() || all.startsWith("HTTP/1.1 "), all);
        if (all.isEmpty()) {
            count("HTTP cut");
        }
        Matcher statuses = STATUS.matcher(all);
        while (statuses.find()) {
            status(Integer.parseInt(statuses.group(1)), all);
        }
        Matcher details = DETAIL.matcher(all);
        while (details.find()) {
            requireNothingOfTheInside(details.group());
        }
    }

    void status(int status, String all) {
        count("HTTP " + status);
        require(status < 500 || status == 501 || status == 503 || status == 505, all);
    }

    private static void requireNothingOfTheInside(String text) {
        require(!INSIDE.matcher(text).find(), text);
    }

    private static void require(boolean holds, String answer) {
        if (!holds) {
            throw new AssertionError("no answer for a client: " + answer);
        }
    }

    private synchronized void count(String what) {
        counts.merge(what, 1, Integer::sum);
    }

    @Override
    public synchronized String toString() {
        return counts.toString();
    }
}
