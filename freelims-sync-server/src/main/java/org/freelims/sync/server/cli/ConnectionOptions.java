package org.freelims.sync.server.cli;

import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import org.freelims.sync.server.security.Certificates;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which server a command talks to, and as whom. Confined to the command. */
final class ConnectionOptions {
    private static final Duration TIMEOUT = Duration.ofSeconds(15);

    private @Nullable HttpClient http;

    @Option(
            names = "--url",
            paramLabel = "URL",
            defaultValue = "http://127.0.0.1:8001",
            description = "The server's address.%nDefault: ${DEFAULT-VALUE}")
    String url = "http://127.0.0.1:8001";

    @Option(names = "--username", paramLabel = "NAME", description = "Sign in with this account.")
    Optional<String> username = Optional.empty();

    @Option(
            names = "--password",
            paramLabel = "PASSWORD",
            arity = "0..1",
            interactive = true,
            description =
                    "Its password. Better set FREELIMS_SYNC_PASSWORD, which other users of this"
                            + " machine can't see. Without a value it is asked for.")
    Optional<String> password = Optional.empty();

    @Option(
            names = "--token",
            paramLabel = "TOKEN",
            description =
                    "Use this token instead of a password. Better set FREELIMS_SYNC_TOKEN, which"
                            + " other users of this machine can't see.")
    Optional<String> token = Optional.empty();

    @Option(
            names = "--ca",
            paramLabel = "FILE",
            description =
                    "Trust the server's certificate if it is in this PEM file, or issued by one"
                            + " that is. Default: the authorities that Java trusts.")
    Optional<Path> ca = Optional.empty();

    @Option(names = "--demo", description = "Sign in to a demonstration ('serve --demo').")
    boolean demo;

    /**
     * A client for the server.
     *
     * @throws IllegalArgumentException if {@code --ca} can't be used
     */
    HttpClient http() {
        HttpClient made = http;
        if (made == null) {
            var builder =
                    HttpClient.newBuilder()
                            .version(HttpClient.Version.HTTP_1_1)
                            .connectTimeout(TIMEOUT);
            ca.ifPresent(file -> builder.sslContext(Certificates.trusting(file)));
            made = builder.build();
            http = made;
        }
        return made;
    }

    /**
     * The server's root, as http or https, without a path.
     *
     * @throws CliException {@code USAGE} if it is no address of a server
     */
    URI root() {
        URI given = parsed();
        return URI.create(httpScheme(given) + "://" + given.getRawAuthority());
    }

    /** The sync endpoint: the path given, or the usual one. */
    URI endpoint() {
        URI given = parsed();
        String path = given.getRawPath();
        return URI.create(
                httpScheme(given).replace("http", "ws")
                        + "://"
                        + given.getRawAuthority()
                        + (path == null || path.isEmpty() || path.equals("/") ? "/sync" : path));
    }

    private URI parsed() {
        String text = url.contains("://") ? url : "http://" + url;
        try {
            URI uri = new URI(text);
            if (uri.getHost() != null && !httpScheme(uri).isEmpty()) {
                return uri;
            }
        } catch (java.net.URISyntaxException e) {
            throw noAddress(e);
        }
        throw noAddress(null);
    }

    private CliException noAddress(@Nullable Throwable cause) {
        return new CliException(
                ExitCode.USAGE,
                "--url must be like http://HOST:8001 (or https, ws, wss) but was '" + url + "'.",
                cause);
    }

    private static String httpScheme(URI uri) {
        return switch (String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT)) {
            case "http", "ws" -> "http";
            case "https", "wss" -> "https";
            default -> "";
        };
    }
}
