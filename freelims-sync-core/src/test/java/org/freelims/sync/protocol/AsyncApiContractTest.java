package org.freelims.sync.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The protocol is what asyncapi.json says, no more and no less. */
class AsyncApiContractTest {
    private static final AsyncApi API = AsyncApi.read();

    static List<Class<?>> serverMessages() {
        return SampleMessages.serverMessages();
    }

    static List<Class<?>> clientMessages() {
        return SampleMessages.clientMessages();
    }

    private static String json(Class<?> message, boolean full) {
        Object sample = SampleMessages.sample(message, full);
        return sample instanceof ServerMessage server
                ? MessageCodec.encode(server)
                : MessageCodec.encode((ClientMessage) sample);
    }

    private static Set<String> typesOf(List<Class<?>> messages) {
        Set<String> types = new TreeSet<>();
        messages.forEach(message -> types.add(type(json(message, true))));
        return types;
    }

    private static String type(String json) {
        return AsyncApi.parse(json).path("type").asText();
    }

    private static Set<String> fields(String json) {
        Set<String> fields = new TreeSet<>();
        AsyncApi.parse(json).fieldNames().forEachRemaining(fields::add);
        return fields;
    }

    @Test
    void messages_described_areThoseOfTheCode() {
        Set<String> sent = API.types("send", "/messages");
        sent.addAll(API.types("receive", "/reply/messages"));

        assertEquals(typesOf(serverMessages()), sent);
        assertEquals(typesOf(clientMessages()), API.types("receive", "/messages"));
        Set<String> all = typesOf(serverMessages());
        all.addAll(typesOf(clientMessages()));
        assertEquals(all, API.types());
        Set<String> onTheChannel = new TreeSet<>();
        API.document()
                .at("/channels/sync/messages")
                .fieldNames()
                .forEachRemaining(onTheChannel::add);
        assertEquals(all, onTheChannel);
    }

    @ParameterizedTest
    @MethodSource("serverMessages")
    void serverMessage_written_hasTheFieldsDescribed(Class<?> message) {
        String full = json(message, true);
        String least = json(message, false);

        assertEquals(API.fields(type(full)), fields(full));
        assertEquals(API.required(type(least)), fields(least));
        assertEquals(List.of(), API.violations(full));
        assertEquals(List.of(), API.violations(least));
    }

    @ParameterizedTest
    @MethodSource("serverMessages")
    void serverMessage_read_isAllThatWasWritten(Class<?> message) {
        assertEquals(
                Optional.of(SampleMessages.sample(message, true)),
                MessageCodec.decodeServer(json(message, true)));
    }

    @ParameterizedTest
    @MethodSource("clientMessages")
    void clientMessage_written_hasTheFieldsDescribed(Class<?> message) {
        String full = json(message, true);

        assertEquals(API.fields(type(full)), fields(full));
        assertEquals(List.of(), API.violations(full));
        assertEquals(List.of(), API.violations(json(message, false)));
        assertEquals(SampleMessages.sample(message, true), MessageCodec.decodeClient(full));
    }

    @ParameterizedTest
    @MethodSource("clientMessages")
    void clientMessage_withoutAField_isAcceptedIfItIsNotRequired(Class<?> message) {
        String full = json(message, true);
        for (String field : fields(full)) {
            ObjectNode less = (ObjectNode) AsyncApi.parse(full);
            less.remove(field);

            assertEquals(
                    API.required(type(full)).contains(field),
                    isRefused(less),
                    "without " + field + ": " + less);
        }
    }

    @ParameterizedTest
    @MethodSource("clientMessages")
    void clientMessage_withAFieldOfAnotherKind_isRefusedAsDescribed(Class<?> message) {
        String full = json(message, true);
        for (String field : fields(full)) {
            for (String value : List.of("[]", "{}", "true", "-1", "1.5")) {
                ObjectNode wrong = (ObjectNode) AsyncApi.parse(full);
                wrong.set(field, AsyncApi.parse(value));

                assertTrue(isRefused(wrong), wrong::toString);
                assertFalse(API.violations(wrong.toString()).isEmpty(), wrong::toString);
            }
        }
    }

    private static boolean isRefused(JsonNode message) {
        return MessageCodec.decodeClient(message.toString()) instanceof ClientMessage.Unreadable;
    }

    static Stream<JsonNode> examples() {
        return API.types().stream()
                .flatMap(
                        type ->
                                API
                                        .document()
                                        .path("components")
                                        .path("messages")
                                        .path(type)
                                        .path("examples")
                                        .findValues("payload")
                                        .stream());
    }

    @ParameterizedTest
    @MethodSource("examples")
    void example_read_isAMessage(JsonNode example) {
        assertEquals(List.of(), API.violations(example.toString()));
        if (typesOf(clientMessages()).contains(example.path("type").asText())) {
            assertFalse(isRefused(example), example::toString);
        } else {
            ServerMessage read = MessageCodec.decodeServer(example.toString()).orElseThrow();
            assertEquals(example, AsyncApi.parse(MessageCodec.encode(read)));
        }
    }

    @Test
    void examples_ofEveryMessage_areThere() {
        Set<String> types = new TreeSet<>();
        examples().forEach(example -> types.add(example.path("type").asText()));
        assertEquals(API.types(), types);
    }

    @Test
    void words_described_areThoseOfTheCode() {
        assertEquals(
                Stream.of(ErrorCode.values()).map(Enum::name).toList(),
                texts(API.document().at("/components/schemas/ErrorCode/enum")));
        assertEquals(
                Stream.of(ErrorCode.values())
                        .filter(code -> code.advice() == ErrorCode.Advice.RESYNC)
                        .map(Enum::name)
                        .toList(),
                texts(API.payload("resync").at("/properties/code/enum")));
        assertEquals(
                Stream.of(Action.values())
                        .filter(action -> action != Action.TRUNCATE)
                        .map(Action::wire)
                        .toList(),
                texts(API.payload("notification").at("/properties/action/enum")));
        assertEquals(
                ClientMessage.MAX_ID,
                API.document().at("/components/schemas/MessageId/maximum").asLong());
        assertEquals(
                MessageCodec.VERSION,
                API.payload("welcome").at("/properties/version/const").asInt());
        assertEquals(
                Integer.toString(MessageCodec.VERSION),
                API.document().at("/info/version").asText());
        assertTrue(
                API.document()
                        .at("/info/description")
                        .asText()
                        .contains("subprotocol " + MessageCodec.SUBPROTOCOL));
    }

    private static List<String> texts(JsonNode values) {
        return Stream.iterate(0, i -> i < values.size(), i -> i + 1)
                .map(i -> values.get(i).asText())
                .toList();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "e1:0",
                "a-b_C9:9223372036854775807.ab12",
                "e1:1.",
                "e1",
                "e1:",
                ":1",
                "e1:x",
                "e1:-1",
                "e 1:1",
                "e1:1.ä",
                "e1:1.a.b",
                "now ",
                ""
            })
    void position_anyText_isOneByBoth(String text) {
        String message = "{\"type\":\"subscribe\",\"to\":\"a\",\"from\":\"" + text + "\"}";

        assertEquals(isRefused(AsyncApi.parse(message)), !API.violations(message).isEmpty());
        if (!isRefused(AsyncApi.parse(message))) {
            assertInstanceOf(ClientMessage.Subscribe.class, MessageCodec.decodeClient(message));
        }
    }
}
