package org.freelims.sync.client;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;

/**
 * Makes an object of a row. Implementations are thread-safe.
 *
 * @param <T> what rows become
 */
@FunctionalInterface
public interface RowReader<T> {
    /**
     * Reads a row.
     *
     * @param json JSON object text, as {@link
     *     org.freelims.sync.protocol.ServerMessage.Notification#data} has it
     * @throws IOException or an unchecked exception if it does not read; the call of the handler
     *     has failed then
     */
    T read(String json) throws IOException;

    /**
     * Returns a reader that makes objects of a record or class with Jackson. A column {@code
     * expires_on} goes to {@code expiresOn} or {@code expires_on}; columns that the type has no
     * place for are left out, so a table may gain some. Jackson's annotations hold, and so do
     * modules of Jackson that are on the class path, such as the one for {@code java.time}.
     *
     * <p>For an {@code ObjectMapper} of one's own: {@code json -> mapper.readValue(json,
     * Item.class)}.
     */
    static <T> RowReader<T> of(Class<T> type) {
        ObjectReader reader =
                JsonMapper.builder()
                        .findAndAddModules()
                        .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
                        .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                        .build()
                        .readerFor(type);
        return json -> {
            T read = reader.readValue(json);
            if (read == null) {
                throw new IOException("the row reads as null");
            }
            return read;
        };
    }
}
