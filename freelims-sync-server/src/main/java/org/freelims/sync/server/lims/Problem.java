package org.freelims.sync.server.lims;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * One thing wrong with a request, as FastAPI's clients read it.
 *
 * @param location where: {@code ["body", "quantity"]}; numbers are places in a list
 * @param message what, for people
 * @param type what, for programs
 */
record Problem(List<Object> location, String message, String type) {
    Problem {
        location = List.copyOf(location);
    }

    static Problem at(String place, String name, String message, String type) {
        return new Problem(List.of(place, name), message, type);
    }

    static Problem missing(String place, String name) {
        return at(place, name, "Field required", "missing");
    }

    ObjectNode toJson() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("type", type);
        ArrayNode loc = json.putArray("loc");
        for (Object step : location) {
            if (step instanceof Integer index) {
                loc.add(index);
            } else {
                loc.add(step.toString());
            }
        }
        json.put("msg", message);
        return json;
    }
}
