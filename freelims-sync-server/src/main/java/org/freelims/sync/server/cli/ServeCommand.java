package org.freelims.sync.server.cli;

import ch.qos.logback.classic.Level;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.freelims.sync.server.security.KeySetVerifier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;

@Command(
        name = "serve",
        sortOptions = false,
        description = {
            "Run the server: web API and live changes, all on one port.",
            "Web API, WebSocket and Socket.IO share the port. Without --database-url the server"
                    + " brings its own PostgreSQL, which needs no installation."
        },
        footer = {
            "",
            "Examples:",
            "  serve --demo                      try it out on this machine",
            "  serve --data-dir /srv/freelims    a laboratory's own, for this machine",
            "  serve --host 0.0.0.0 --allow-origin http://lims.example.org",
            "                                    for other machines too",
            "  serve --database-url postgresql://db.example.org/lims --database-user lims",
            "                                    on a FreeLIMS database that is there already"
        })
final class ServeCommand extends SyncCommand {
    @Mixin DatabaseOptions database = new DatabaseOptions();

    @Option(
            names = "--host",
            paramLabel = "ADDRESS",
            defaultValue = "127.0.0.1",
            description =
                    "The address to listen on. Default: 127.0.0.1, for this machine only; 0.0.0.0"
                            + " lets every machine of the network in.")
    String host = "127.0.0.1";

    @Option(
            names = "--port",
            paramLabel = "PORT",
            defaultValue = "8001",
            description = "The port to listen on; 0 takes any that is free. Default: 8001")
    int port = 8001;

    @Option(
            names = "--tls-cert",
            paramLabel = "FILE",
            description =
                    "Serve https and wss with the certificate in this PEM file, the issuers' behind"
                            + " it. Files that change are read again; clients stay connected.")
    Optional<Path> tlsCertificate = Optional.empty();

    @Option(
            names = "--tls-key",
            paramLabel = "FILE",
            description = "Its private key, a PEM file that is not encrypted.")
    Optional<Path> tlsKey = Optional.empty();

    @Option(
            names = "--allow-origin",
            paramLabel = "ORIGIN",
            split = ",",
            description =
                    "Let web pages from this address in, such as%nhttp://localhost:3000. Can be"
                            + " given more than once.")
    List<String> origins = new ArrayList<>();

    @Option(
            names = "--server-name",
            paramLabel = "NAME",
            split = ",",
            description =
                    "A host name that people reach this server by, such as lims.example.org. Its"
                        + " own pages may connect under that name, and with --anonymous no other"
                        + " name is answered. The machine's own name need not be given. Can be"
                        + " given more than once.")
    List<String> serverNames = new ArrayList<>();

    @Option(
            names = "--anonymous",
            description =
                    "Let clients watch without signing in, as the original FreeLIMS does. They see"
                            + " everything but accounts. Default: no; --demo turns it on.")
    boolean anonymous;

    @Option(
            names = "--policy",
            paramLabel = "FILE",
            description =
                    "The file that says which roles see which resources, rows and fields, and who"
                            + " has which. Changes of it take effect without a restart. Default:"
                            + " everybody signed in sees everything but accounts, administrators"
                            + " those too.")
    Optional<Path> policy = Optional.empty();

    @Option(
            names = "--open-registration",
            description =
                    "Let anybody make an account (POST /api/register). Default: no; --demo turns it"
                            + " on.")
    boolean openRegistration;

    @Option(
            names = "--token-secret",
            paramLabel = "TEXT",
            description =
                    "What tokens are signed with, at least 32 characters. Set it in the"
                        + " environment, and the same on every server of one database. Default: one"
                        + " is made and kept in the data directory.")
    Optional<String> tokenSecret = Optional.empty();

    @Option(
            names = "--token-lifetime",
            paramLabel = "TIME",
            defaultValue = "12h",
            description = "How long a sign-in is good for (30m, 12h, 7d). Default: 12h")
    Duration tokenLifetime = Duration.ofHours(12);

    @Option(
            names = "--token-keys",
            paramLabel = "FILE|URL",
            description =
                    "The public keys (a JWKS) of an identity provider whose tokens are good too:"
                            + " RS256 or ES256, for accounts that are there. Needs --token-issuer"
                            + " and --token-audience.")
    Optional<String> tokenKeys = Optional.empty();

    @Option(
            names = "--token-issuer",
            paramLabel = "TEXT",
            description = "What such tokens must have as 'iss'.")
    Optional<String> tokenIssuer = Optional.empty();

    @Option(
            names = "--token-audience",
            paramLabel = "TEXT",
            description = "What such tokens must name in 'aud': this server, to the provider.")
    Optional<String> tokenAudience = Optional.empty();

    @Option(
            names = "--token-claim",
            paramLabel = "NAME",
            defaultValue = "sub",
            description = "Which claim of such tokens is the user name. Default: sub")
    String tokenClaim = "sub";

    @Option(
            names = "--audit",
            paramLabel = "PLACE",
            defaultValue = "log",
            description =
                    "Where it is kept who connected, subscribed to what, was refused what and was"
                            + " cut why: log, table (the log and freelims_sync.access_audit) or"
                            + " off. Default: log")
    ServerSettings.Audit audit = ServerSettings.Audit.log;

    @Option(
            names = "--retention",
            paramLabel = "TIME",
            defaultValue = "30d",
            description =
                    "How long changes are kept. A client that was away for longer starts with a"
                            + " snapshot. Default: 30d")
    Duration retention = Duration.ofDays(30);

    @Option(
            names = "--linger",
            paramLabel = "TIME",
            defaultValue = "0ms",
            description =
                    "How long a change may wait for others, to be written to clients together: at"
                            + " most 1s. 10ms to 20ms save CPU where very many changes go to very"
                            + " many clients; the first change after a pause never waits. Default:"
                            + " 0ms, none waits")
    Duration linger = Duration.ZERO;

    @Option(
            names = "--web-dir",
            paramLabel = "DIR",
            description = "Serve the files of this directory, such as a built web page, at /.")
    Optional<Path> webDir = Optional.empty();

    @Option(
            names = "--metrics-token",
            paramLabel = "TEXT",
            description =
                    "What Prometheus shows as its bearer token at /metrics, at least 16 characters."
                            + " Set it in the environment. Default: none; an administrator's"
                            + " token is asked for.")
    Optional<String> metricsToken = Optional.empty();

    @Option(
            names = "--print-config",
            description =
                    "Print each setting with where it comes from, then exit. Secrets are not"
                            + " shown.")
    boolean printConfig;

    ServeCommand(Context context) {
        super(context);
    }

    @Override
    Level usualLevel() {
        return Level.INFO;
    }

    @Override
    ExitCode run() throws InterruptedException {
        if (printConfig) {
            printConfig();
            return ExitCode.OK;
        }
        try (StandaloneServer server = StandaloneServer.start(serverSettings())) {
            Runtime.getRuntime().addShutdownHook(new Thread(server::close, "freelims-sync-stop"));
            announce(server);
            server.awaitClose();
        }
        return ExitCode.OK;
    }

    private ServerSettings serverSettings() {
        var allowed = new ArrayList<>(origins);
        if (database.demo) {
            allowed.addAll(ServerSettings.DEMO_ORIGINS);
        }
        return ServerSettings.builder(database.directory(environment()))
                .host(host)
                .port(port)
                .database(database.databaseUrl.map(url -> Databases.named(database)))
                .demo(database.demo)
                .anonymous(anonymous || database.demo)
                .openRegistration(openRegistration || database.demo)
                .origins(List.copyOf(allowed))
                .serverNames(serverNames)
                .tokenSecret(tokenSecret)
                .tokenLifetime(tokenLifetime)
                .retention(retention)
                .linger(linger)
                .metricsToken(metricsToken)
                .webDir(webDir)
                .policy(policy)
                .tokenKeys(tokenKeys())
                .audit(audit)
                .tls(tls())
                .build();
    }

    private Optional<ServerSettings.TlsFiles> tls() {
        if (tlsCertificate.isPresent() != tlsKey.isPresent()) {
            throw new CliException(
                    ExitCode.USAGE, "--tls-cert and --tls-key go together: give both or neither.");
        }
        return tlsCertificate.map(
                certificate -> new ServerSettings.TlsFiles(certificate, tlsKey.orElseThrow()));
    }

    private Optional<ServerSettings.TokenKeys> tokenKeys() {
        if (tokenKeys.isEmpty()) {
            return Optional.empty();
        }
        if (tokenIssuer.isEmpty() || tokenAudience.isEmpty()) {
            throw new CliException(
                    ExitCode.USAGE,
                    "--token-keys needs --token-issuer and --token-audience: without them, tokens"
                            + " that the provider made for other programs would be good here too.");
        }
        return Optional.of(
                new ServerSettings.TokenKeys(
                        tokenKeys.get(),
                        new KeySetVerifier.Expected(
                                tokenIssuer.get(), tokenAudience.get(), tokenClaim)));
    }

    private void announce(StandaloneServer server) {
        Output output = output();
        if (output.json()) {
            output.object(
                    JsonNodeFactory.instance
                            .objectNode()
                            .put("event", "ready")
                            .put("version", Program.version())
                            .put("url", server.url())
                            .put("sync", server.syncUrl())
                            .put("database", server.database().where())
                            .put("demo", database.demo)
                            .put("pid", ProcessHandle.current().pid()));
            return;
        }
        String client = database.demo ? " --demo" : "";
        String usual = "http://127.0.0.1:8001";
        String at = server.url().equals(usual) ? "" : " --url " + server.url();
        output.line("");
        output.line("@|bold,green FreeLIMS Sync is running.|@  Stop it with Ctrl-C.");
        output.line("");
        output.plain("  Web API       " + server.url() + "/api");
        output.plain("  Live changes  " + server.syncUrl());
        output.plain("  Console       " + server.url() + "/console");
        output.plain("  Database      " + server.database().where());
        output.line("");
        if (database.demo) {
            output.line(
                    "  @|bold,yellow DEMONSTRATION|@ Everybody on this machine can sign in as"
                            + " 'admin' with the");
            output.line(
                    "  password 'password', and watch without signing in. Keep no real data here.");
            output.line("");
        } else if (server.hasNoAccount()) {
            output.line(
                    "  @|bold,yellow There is no account yet.|@ Make one, then sign in with it:");
            output.plain("    " + Program.invocation() + " user add NAME --admin" + dataFlags());
            output.line("");
        }
        output.line("  Watch changes arrive, in another terminal:");
        output.plain("    " + Program.invocation() + " monitor" + client + at);
        output.line("  Make one:");
        output.plain("    " + Program.invocation() + " trigger" + client + at);
        output.line("");
    }

    private String dataFlags() {
        return database.databaseUrl.isPresent()
                ? " --database-url ..."
                : database.dataDir.map(dir -> " --data-dir " + dir).orElse("");
    }

    private void printConfig() {
        Output output = output();
        ParseResult parsed = spec().commandLine().getParseResult();
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        for (OptionSpec option : spec().options()) {
            String name = Settings.name(option);
            if (!Settings.configurable(name)) {
                continue;
            }
            Settings.Source source = settings().source(option, parsed.hasMatchedOption(option));
            String value =
                    name.equals("data-dir")
                            ? database.directory(environment()).toString()
                            : shown(option);
            json.putObject(name).put("value", value).put("from", source.word());
            output.plain(
                    String.format(
                            "%-20s %-40s %s", name, value.isEmpty() ? "-" : value, source.word()));
        }
        output.object(json);
    }

    private static String shown(OptionSpec option) {
        Object value = option.getValue();
        if (value instanceof Optional<?> optional) {
            value = optional.map(Object.class::cast).orElse("");
        }
        String text =
                value instanceof Duration duration
                        ? Durations.text(duration)
                        : value instanceof List<?> list
                                ? String.join(",", list.stream().map(String::valueOf).toList())
                                : String.valueOf(value);
        String name = Settings.name(option);
        boolean secret =
                name.contains("password") || name.contains("secret") || name.endsWith("-token");
        return secret && !text.isEmpty()
                ? "(set)"
                : name.equals("database-url") ? Databases.withoutPassword(text) : text;
    }
}
