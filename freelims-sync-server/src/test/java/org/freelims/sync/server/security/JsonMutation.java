package org.freelims.sync.server.security;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Makes messages that are JSON all right and mean something odd, so that they come further than
 * {@link Mutation}'s. Stateless.
 */
final class JsonMutation {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final List<JsonNode> VALUES =
            List.of(
                    json("null"),
                    json("true"),
                    json("-1"),
                    json("0.5"),
                    json("9007199254740991"),
                    json("9007199254740992"),
                    json("123456789012345678901234567890"),
                    json("1e308"),
                    json("[]"),
                    json("{}"),
                    json("[[[[[[[[[[{\"a\":[1]}]]]]]]]]]]"),
                    json("[".repeat(80) + "]".repeat(80)),
                    text(""),
                    text("\0"),
                    text("a\0b"),
                    text("\ud83d\ude00"),
                    text("\ud800"),
                    text("x".repeat(3000)),
                    text("x".repeat(20_000)),
                    text("*"),
                    text("*?a=1"),
                    text("users"),
                    text("users?hashed_password>a"),
                    text("pg_catalog.pg_class"),
                    text("inventory'; DROP TABLE users; --"),
                    text("inventory/"),
                    text("inventory/1/2"),
                    text("inventory?"),
                    text("inventory?a"),
                    text("inventory?a=%zz"),
                    text("inventory?a=%00"),
                    text("inventory?a=%ff"),
                    text("inventory?quantity<b<c"),
                    text("inventory?quantity<1e999999999"),
                    text("inventory?quantity=" + "1,".repeat(200)),
                    text("inventory?" + "a=1&".repeat(40) + "a=1"),
                    text("inventory?quantity=null"),
                    text("inventory?id=" + "9".repeat(400)),
                    text("snapshot"),
                    text("now"),
                    text(":"),
                    text("0:0"),
                    text("x:99999999999999999999"),
                    text("0:-1"),
                    text("0:9223372036854775807"),
                    text("0:12.zz"),
                    text("2026-02-30T25:61:61Z"),
                    text("99999-01-01"),
                    text("<script>alert(1)</script>"),
                    text("\r\nX-Injected: yes"),
                    text("${jndi:ldap://127.0.0.1/x}"));

    private JsonMutation() {}

    private static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static JsonNode text(String text) {
        return JSON.getNodeFactory().textNode(text);
    }

    /**
     * Returns one of these with one or two of its values changed, whatever stands before the JSON;
     * as it is if there is none in it.
     */
    static byte[] of(List<byte[]> valid, Random random) {
        String message = new String(valid.get(random.nextInt(valid.size())), UTF_8);
        int start = start(message);
        if (start < 0) {
            return message.getBytes(UTF_8);
        }
        JsonNode tree = json(message.substring(start));
        for (int left = 1 + random.nextInt(2); left > 0; left--) {
            change(tree, random);
        }
        return (message.substring(0, start) + tree).getBytes(UTF_8);
    }

    private static int start(String message) {
        for (int i = 0; i < message.length(); i++) {
            if ("[{".indexOf(message.charAt(i)) >= 0) {
                return i;
            }
        }
        return -1;
    }

    private static void change(JsonNode tree, Random random) {
        List<JsonNode> containers = new ArrayList<>();
        collect(tree, containers);
        JsonNode container = containers.get(random.nextInt(containers.size()));
        JsonNode value = VALUES.get(random.nextInt(VALUES.size())).deepCopy();
        if (container instanceof ObjectNode object && !object.isEmpty()) {
            List<String> names = new ArrayList<>();
            object.fieldNames().forEachRemaining(names::add);
            String name = names.get(random.nextInt(names.size()));
            if (random.nextInt(6) == 0) {
                object.remove(name);
            } else {
                object.set(name, value);
            }
        } else if (container instanceof ArrayNode array && !array.isEmpty()) {
            int index = random.nextInt(array.size());
            if (random.nextInt(6) == 0) {
                array.remove(index);
            } else {
                array.set(index, value);
            }
        }
    }

    private static void collect(JsonNode node, List<JsonNode> into) {
        if (node.isContainerNode() && into.size() < 100) {
            into.add(node);
            node.forEach(child -> collect(child, into));
        }
    }
}
