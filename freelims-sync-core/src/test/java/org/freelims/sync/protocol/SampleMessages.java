package org.freelims.sync.protocol;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A message of each kind that the code has, made by looking at the records: whoever adds a message
 * or a field gets it into what is compared with the description.
 */
final class SampleMessages {
    private SampleMessages() {}

    static List<Class<?>> serverMessages() {
        return List.of(ServerMessage.class.getPermittedSubclasses());
    }

    /** Those that a client can send. */
    static List<Class<?>> clientMessages() {
        return Stream.of(ClientMessage.class.getPermittedSubclasses())
                .filter(type -> type != ClientMessage.Unreadable.class)
                .<Class<?>>map(type -> type)
                .toList();
    }

    /** Returns a message with all that it can have, or with nothing that it can do without. */
    static Object sample(Class<?> message, boolean full) {
        RecordComponent[] components = message.getRecordComponents();
        Class<?>[] types =
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        Object[] values =
                Arrays.stream(components)
                        .map(component -> value(component, component.getGenericType(), full))
                        .toArray();
        try {
            return message.getDeclaredConstructor(types).newInstance(values);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("no sample of " + message, e);
        }
    }

    private static Object value(RecordComponent component, Type type, boolean full) {
        if (type instanceof ParameterizedType generic) {
            Type inner = generic.getActualTypeArguments()[0];
            if (generic.getRawType() == List.class) {
                return List.of("{\"a\":1}", "{}");
            }
            return full ? Optional.of(value(component, inner, true)) : Optional.empty();
        }
        if (type == String.class) {
            return component.getName().equals("data") ? "{\"b\":[2]}" : "a";
        } else if (type == int.class) {
            return 1;
        } else if (type == long.class) {
            boolean left = component.getName().equals("id") && !full;
            return left ? ClientMessage.NO_ID : 1L;
        } else if (type == boolean.class) {
            return full;
        } else if (type == Position.class) {
            return new Position("e1", 7, full ? "ab12" : "");
        } else if (type == Instant.class) {
            return Instant.parse("2026-02-28T22:21:58.341042Z");
        } else if (type == Action.class) {
            return Action.UPDATE;
        } else if (type == ErrorCode.class) {
            return ErrorCode.POSITION_LOST;
        } else if (type == StartFrom.class) {
            return full ? StartFrom.snapshotBehind("some place") : StartFrom.now();
        }
        throw new AssertionError("there is no sample value for " + component);
    }
}
