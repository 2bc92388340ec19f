package org.freelims.sync.server.lims;

import com.fasterxml.jackson.databind.node.TextNode;
import jakarta.ws.rs.core.UriInfo;
import java.util.List;
import java.util.Optional;

/** A request's query parameters, with what is wrong with them collected. Confined. */
final class Query {
    /** How many rows a list has unless the client says otherwise. */
    static final int DEFAULT_LIMIT = 100;

    /** How many rows a client can have at once. */
    static final int MAX_LIMIT = 10_000;

    private static final String PLACE = "query";

    private final UriInfo uri;
    private final Problems problems = new Problems();

    Query(UriInfo uri) {
        this.uri = uri;
    }

    /** The part of a list that a client asked for. */
    record Page(int skip, int limit) {}

    Page page() {
        return new Page(
                bounded("skip", 0, Integer.MAX_VALUE), bounded("limit", DEFAULT_LIMIT, MAX_LIMIT));
    }

    private int bounded(String name, int unlessSent, int maximum) {
        Optional<Integer> sent = integer(name);
        if (sent.isEmpty()) {
            return unlessSent;
        }
        if (sent.get() < 0) {
            add(name, "Input should be greater than or equal to 0", "greater_than_equal");
        } else if (sent.get() > maximum) {
            add(name, "Input should be less than or equal to " + maximum, "less_than_equal");
        }
        return sent.get();
    }

    Optional<Integer> integer(String name) {
        return raw(name)
                .flatMap(text -> new FieldReader(List.of(PLACE, name), problems).integer(text));
    }

    Optional<String> text(String name) {
        Optional<String> sent = raw(name).filter(text -> !text.isEmpty());
        Optional<String> unfit = sent.flatMap(FieldReader::unfit);
        if (unfit.isPresent()) {
            add(name, unfit.get(), "value_error");
            return Optional.empty();
        }
        return sent;
    }

    Optional<TimeText> time(String name) {
        // Axios and others send a + as it is, which is a space by the time it gets here.
        return raw(name)
                .filter(text -> !text.isEmpty())
                .map(text -> text.replaceFirst(" (\\d\\d:?\\d\\d)$", "+$1"))
                .flatMap(
                        text ->
                                new FieldReader(List.of(PLACE, name), problems)
                                        .read(FieldType.INSTANT, TextNode.valueOf(text)))
                .map(TimeText.class::cast);
    }

    private Optional<String> raw(String name) {
        return Optional.ofNullable(uri.getQueryParameters().getFirst(name));
    }

    private void add(String name, String message, String type) {
        problems.add(Problem.at(PLACE, name, message, type));
    }

    /**
     * @throws InvalidRequestException if any parameter asked for so far was wrong
     */
    void check() {
        problems.check();
    }
}
