package org.freelims.sync.server.security;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Good messages of each kind that the port understands, to make bad ones of. Immutable. */
final class FuzzCorpus {
    /** What is sent in text frames to {@code /sync}. */
    final List<byte[]> sync;

    /** What is sent in text frames to Socket.IO. */
    final List<byte[]> socketIo;

    /** Bodies of polling clients' POSTs. */
    final List<byte[]> payloads;

    /** Whole WebSocket frames with protocol messages in them. */
    final List<byte[]> frames;

    /** HTTP requests without a body: handshakes, polls, pages, REST. */
    final List<byte[]> requests;

    private final String token;

    /** A REST request that takes a body. */
    private record Endpoint(String method, String path, String body) {}

    private static final List<Endpoint> ENDPOINTS =
            List.of(
                    new Endpoint("POST", "/api/token", "username=someone&password=nothing"),
                    new Endpoint(
                            "POST",
                            "/api/chemicals",
                            "{\"name\":\"Acetone\",\"cas_number\":\"67-64-1\",\"molecular_weight\":58.08}"),
                    new Endpoint("PUT", "/api/chemicals/1", "{\"formula\":\"C3H6O\"}"),
                    new Endpoint(
                            "POST", "/api/locations", "{\"name\":\"Shelf\",\"description\":\"B\"}"),
                    new Endpoint(
                            "POST",
                            "/api/inventory/items",
                            "{\"chemical_id\":1,\"location_id\":1,\"quantity\":7.5,\"unit\":\"g\",\"expiration_date\":\"2030-01-01T00:00:00\"}"),
                    new Endpoint("PUT", "/api/inventory/items/1", "{\"quantity\":3}"),
                    new Endpoint(
                            "POST",
                            "/api/inventory/changes",
                            "{\"inventory_item_id\":1,\"change_amount\":-1,\"reason\":\"Used\"}"),
                    new Endpoint(
                            "POST",
                            "/api/experiments",
                            "{\"title\":\"X\",\"status\":\"planned\",\"start_date\":\"2026-03-01\",\"chemical_ids\":[1]}"),
                    new Endpoint("POST", "/api/experiments/1/notes", "{\"content\":\"A note\"}"),
                    new Endpoint(
                            "POST",
                            "/api/samples",
                            "{\"internal_id\":\"S-1\",\"name\":\"t\",\"status\":\"received\",\"received_at\":\"2026-03-01T10:00:00Z\"}"),
                    new Endpoint(
                            "POST",
                            "/api/tests",
                            "{\"internal_id\":\"T-1\",\"test_id\":\"1\",\"sample_id\":\"1\",\"test_type\":\"HPLC\",\"method\":\"M\",\"status\":\"Pending\",\"start_date\":\"2026-03-01T10:00:00Z\",\"test_date\":\"2026-03-01T10:00:00Z\"}"),
                    new Endpoint("PUT", "/api/users/1", "{\"full_name\":\"Somebody\"}"),
                    new Endpoint("PUT", "/api/settings", "{\"auto_logout\":30}"),
                    new Endpoint("DELETE", "/api/locations/1", ""));

    /**
     * @param token a good one
     */
    FuzzCorpus(String token) {
        this.token = token;
        sync =
                bytes(
                        "{\"type\":\"authenticate\",\"id\":1,\"token\":\"" + token + "\"}",
                        "{\"type\":\"subscribe\",\"id\":2,\"to\":\"inventory\",\"from\":\"now\"}",
                        "{\"type\":\"subscribe\",\"id\":3,\"to\":\"inventory?quantity<10&unit=g,kg\",\"from\":\"snapshot\"}",
                        "{\"type\":\"subscribe\",\"id\":4,\"to\":\"*\"}",
                        "{\"type\":\"subscribe\",\"id\":5,\"to\":\"chemicals/1\",\"from\":\"0:12.ab\"}",
                        "{\"type\":\"subscribe\",\"id\":6,\"to\":\"samples?name=%C3%A9&id!=1,2,null\"}",
                        "{\"type\":\"unsubscribe\",\"id\":7,\"to\":\"inventory\"}",
                        "{\"type\":\"ping\",\"id\":8}");
        socketIo =
                bytes(
                        "40",
                        "40{\"token\":\"" + token + "\"}",
                        "40/ws,{\"token\":\"" + token + "\"}",
                        "42[\"subscribe\",{\"resource\":\"inventory\"}]",
                        "42/ws,17[\"subscribe\",{\"resource\":\"inventory\",\"id\":1}]",
                        "423[\"subscribe\",{\"resource\":\"samples\",\"filter\":\"name=a\",\"from\":\"snapshot\"}]",
                        "42[\"unsubscribe\",{\"resource\":\"inventory\"}]",
                        "429[\"authenticate\",{\"token\":\"" + token + "\"}]",
                        "451-[\"subscribe\",{\"_placeholder\":true,\"num\":0}]",
                        "430[{\"ok\":true}]",
                        "41",
                        "41/ws,",
                        "3",
                        "2probe",
                        "5",
                        "6",
                        "1",
                        "bAQIDBA==");
        List<byte[]> bodies = new ArrayList<>(socketIo);
        bodies.addAll(
                bytes(
                        "40\u001e42[\"subscribe\",{\"resource\":\"inventory\"}]\u001e3",
                        "40\u001e452-[\"x\",{\"_placeholder\":true,\"num\":1}]\u001ebAQ==\u001ebAg=="));
        payloads = List.copyOf(bodies);
        frames =
                List.of(
                        FuzzPeer.frame(0x81, sync.get(1)),
                        FuzzPeer.frame(0x81, "x".repeat(200).getBytes(UTF_8)),
                        FuzzPeer.frame(0x81, "y".repeat(70_000).getBytes(UTF_8)),
                        FuzzPeer.frame(0x82, new byte[] {1, 2, 3}),
                        FuzzPeer.frame(0x01, sync.get(2)),
                        FuzzPeer.frame(0x80, sync.get(3)),
                        FuzzPeer.frame(0x89, new byte[] {4}),
                        FuzzPeer.frame(0x8A, new byte[] {5}),
                        FuzzPeer.frame(0x88, new byte[] {3, (byte) 0xE8}));
        requests = requests();
    }

    private List<byte[]> requests() {
        List<byte[]> all = new ArrayList<>();
        for (String path :
                List.of(
                        "/sync",
                        "/socket.io/?EIO=4&transport=websocket",
                        "/ws",
                        "/sync?ticket=x")) {
            all.add(handshake(path, false).getBytes(ISO_8859_1));
            all.add(handshake(path, true).getBytes(ISO_8859_1));
        }
        for (String path :
                List.of(
                        "/socket.io/?EIO=4&transport=polling",
                        "/ws/socket.io/?EIO=4&transport=polling&sid=unknown",
                        "/api/health",
                        "/api/openapi.json",
                        "/api/asyncapi.json",
                        "/api/inventory/items?search=a&skip=0&limit=10",
                        "/api/inventory/audit?field_name=x&action=y&start_date=2026-01-01",
                        "/api/chemicals/1/audit-logs?limit=5",
                        "/api/experiments?status=planned",
                        "/api/samples/1",
                        "/api/tests?search=%25_",
                        "/")) {
            all.add(request("GET", path, new byte[0]));
            all.add(request("OPTIONS", path, new byte[0]));
        }
        return List.copyOf(all);
    }

    /** A WebSocket handshake, with or without the token. */
    String handshake(String path, boolean known) {
        return "GET "
                + path
                + " HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                + (known ? "Authorization: Bearer " + token + "\r\n" : "")
                + "\r\n";
    }

    /** A REST request with something wrong in its body, its address or anywhere. */
    byte[] badRequest(Random random) {
        Endpoint endpoint = ENDPOINTS.get(random.nextInt(ENDPOINTS.size()));
        byte[] body = endpoint.body.getBytes(UTF_8);
        return switch (random.nextInt(6)) {
            case 0 -> Mutation.of(requests, random);
            case 1 -> Mutation.of(List.of(request(endpoint, body)), random);
            case 2 -> request(endpoint, Mutation.of(List.of(body), random));
            default -> request(endpoint, JsonMutation.of(List.of(body), random));
        };
    }

    private byte[] request(Endpoint endpoint, byte[] body) {
        return request(endpoint.method, endpoint.path, body);
    }

    private byte[] request(String method, String path, byte[] body) {
        byte[] head =
                (method
                                + " "
                                + path
                                + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
                                + "Authorization: Bearer "
                                + token
                                + "\r\nContent-Type: "
                                + (path.endsWith("token")
                                        ? "application/x-www-form-urlencoded"
                                        : "application/json")
                                + "\r\nContent-Length: "
                                + body.length
                                + "\r\n\r\n")
                        .getBytes(ISO_8859_1);
        byte[] whole = java.util.Arrays.copyOf(head, head.length + body.length);
        System.arraycopy(body, 0, whole, head.length, body.length);
        return whole;
    }

    private static List<byte[]> bytes(String... texts) {
        List<byte[]> all = new ArrayList<>();
        for (String text : texts) {
            all.add(text.getBytes(UTF_8));
        }
        return List.copyOf(all);
    }
}
