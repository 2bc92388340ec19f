package org.freelims.sync.server.socketio;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.util.ArrayList;
import java.util.List;

/** Writes Socket.IO packets, each as the Engine.IO message and the attachments it takes. */
final class SocketPackets {
    private SocketPackets() {}

    /** What precedes the content of a packet for a namespace. */
    static String prefix(String namespace) {
        return namespace.equals("/") ? "" : namespace + ',';
    }

    static WirePacket connected(String namespace, String id) {
        return WirePacket.text(
                "40" + prefix(namespace) + "{\"sid\":" + SocketJson.quoted(id) + "}");
    }

    static WirePacket disconnected(String namespace) {
        return WirePacket.text("41" + prefix(namespace));
    }

    /** Refuses a CONNECT; {@code error} is a JSON object. */
    static WirePacket refused(String namespace, String error) {
        return WirePacket.text("44" + prefix(namespace) + error);
    }

    static List<WirePacket> event(String namespace, List<JsonNode> content) {
        return packet('2', '5', namespace, "", content);
    }

    static List<WirePacket> ack(String namespace, long id, List<JsonNode> content) {
        return packet('3', '6', namespace, Long.toString(id), content);
    }

    private static List<WirePacket> packet(
            char plain, char binary, String namespace, String ackId, List<JsonNode> content) {
        List<byte[]> attachments = new ArrayList<>(0);
        ArrayNode array = SocketJson.MAPPER.createArrayNode();
        content.forEach(node -> array.add(SocketJson.withPlaceholders(node, attachments)));
        String type =
                attachments.isEmpty()
                        ? String.valueOf(plain)
                        : String.valueOf(binary) + attachments.size() + '-';
        List<WirePacket> packets = new ArrayList<>(1 + attachments.size());
        packets.add(
                WirePacket.text('4' + type + prefix(namespace) + ackId + SocketJson.write(array)));
        attachments.forEach(data -> packets.add(WirePacket.binary(data)));
        return packets;
    }
}
