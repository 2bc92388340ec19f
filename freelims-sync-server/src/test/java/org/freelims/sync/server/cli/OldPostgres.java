package org.freelims.sync.server.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;

/**
 * A PostgreSQL of another age: says its version as a real one does when a client connects, lets
 * everybody in, and answers each statement with "done". Thread-safe.
 */
final class OldPostgres implements AutoCloseable {
    private static final int SSL_REQUEST = 80877103;
    private static final int GSS_REQUEST = 80877104;

    private final String version;
    private final ServerSocket listening;

    private OldPostgres(String version, ServerSocket listening) {
        this.version = version;
        this.listening = listening;
    }

    static OldPostgres start(String version) throws IOException {
        var postgres =
                new OldPostgres(version, new ServerSocket(0, 5, InetAddress.getLoopbackAddress()));
        var thread = new Thread(postgres::accept, "old-postgres");
        thread.setDaemon(true);
        thread.start();
        return postgres;
    }

    String url() {
        return "postgresql://127.0.0.1:" + listening.getLocalPort() + "/lims";
    }

    private void accept() {
        while (!listening.isClosed()) {
            try (Socket socket = listening.accept()) {
                serve(
                        new DataInputStream(socket.getInputStream()),
                        new DataOutputStream(socket.getOutputStream()));
            } catch (SocketException e) {
                // closed, by either side
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private void serve(DataInputStream in, DataOutputStream out) throws IOException {
        int length = in.readInt();
        int code = in.readInt();
        while (code == SSL_REQUEST || code == GSS_REQUEST) {
            out.writeByte('N');
            length = in.readInt();
            code = in.readInt();
        }
        in.skipNBytes(length - 8);
        message(out, 'R', new byte[4]);
        parameter(out, "server_version", version);
        parameter(out, "client_encoding", "UTF8");
        parameter(out, "DateStyle", "ISO");
        parameter(out, "integer_datetimes", "on");
        parameter(out, "standard_conforming_strings", "on");
        parameter(out, "TimeZone", "UTC");
        message(out, 'K', new byte[8]);
        ready(out);
        for (int type = in.read(); type != -1 && type != 'X'; type = in.read()) {
            in.skipNBytes(in.readInt() - 4L);
            answer(out, type);
        }
    }

    private static void answer(DataOutputStream out, int type) throws IOException {
        switch (type) {
            case 'P' -> message(out, '1', new byte[0]);
            case 'B' -> message(out, '2', new byte[0]);
            case 'D' -> message(out, 'n', new byte[0]);
            case 'C' -> message(out, '3', new byte[0]);
            case 'E' -> message(out, 'C', "SET\0".getBytes(UTF_8));
            case 'S' -> ready(out);
            case 'Q' -> {
                message(out, 'C', "SET\0".getBytes(UTF_8));
                ready(out);
            }
            default -> throw new IllegalStateException("message '" + (char) type + "'");
        }
    }

    private static void ready(DataOutputStream out) throws IOException {
        message(out, 'Z', new byte[] {'I'});
    }

    private static void parameter(DataOutputStream out, String name, String value)
            throws IOException {
        message(out, 'S', (name + "\0" + value + "\0").getBytes(UTF_8));
    }

    private static void message(DataOutputStream out, char type, byte[] body) throws IOException {
        out.writeByte(type);
        out.writeInt(4 + body.length);
        out.write(body);
    }

    @Override
    public void close() throws IOException {
        listening.close();
    }
}
