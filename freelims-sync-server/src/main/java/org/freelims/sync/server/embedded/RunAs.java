package org.freelims.sync.server.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.freelims.sync.server.embedded.EmbeddedPostgresException.Problem;

/**
 * In whose name PostgreSQL's programs run: it refuses to run as root. Immutable.
 *
 * <p>An ordinary user runs them directly. Root, on Linux, runs them in a user namespace of their
 * own where it is nobody (the files stay root's), or where that is not allowed, as in most
 * containers, as another user, who then owns the data directory.
 *
 * @param prefix what comes before a program on its command line
 * @param owner who must own the data directory, if that is somebody else
 */
record RunAs(List<String> prefix, Optional<Owner> owner) {
    /** A user of this system. */
    record Owner(String name, int uid, int gid) {}

    private static final List<String> NAMESPACE = List.of("unshare", "-U");
    private static final RunAs MYSELF = new RunAs(List.of(), Optional.empty());

    List<String> command(Path program, List<String> arguments) {
        var command = new ArrayList<String>(prefix);
        command.add(program.toString());
        command.addAll(arguments);
        return List.copyOf(command);
    }

    /**
     * Chooses for this process and {@code data}.
     *
     * @throws EmbeddedPostgresException {@code ROOT} if this is root and nothing works; {@code
     *     NOT_PERMITTED} if the data belongs to another user
     */
    static RunAs choose(Platform platform, DataDirectory data, Binaries binaries) {
        if (platform.windows()) {
            return MYSELF;
        }
        int me = data.myUid();
        Optional<Owner> owner = data.existingOwner();
        if (me != 0) {
            if (owner.isPresent() && owner.get().uid() != me) {
                throw new EmbeddedPostgresException(
                        Problem.NOT_PERMITTED,
                        "The data in "
                                + data.root()
                                + " belongs to the user "
                                + owner.get().name()
                                + ". Run as that user, or have the directory given to you (chown"
                                + " -R), or choose another with --data-dir.");
            }
            return MYSELF;
        }
        if (!platform.linux()) {
            throw noWayAsRoot();
        }
        if (owner.isPresent() && owner.get().uid() != 0) {
            return another(owner.get(), data, binaries).orElseThrow(RunAs::noWayAsRoot);
        }
        if (namespaceWorks(binaries)) {
            return new RunAs(NAMESPACE, Optional.empty());
        }
        return Stream.of("freelims", "postgres", "nobody")
                .flatMap(name -> account(name).stream())
                .flatMap(account -> another(account, data, binaries).stream())
                .findFirst()
                .orElseThrow(RunAs::noWayAsRoot);
    }

    static EmbeddedPostgresException noWayAsRoot() {
        return new EmbeddedPostgresException(
                Problem.ROOT,
                """
                PostgreSQL refuses to run as root, and neither a user namespace (unshare -U) nor another user \
                (setpriv --reuid) works here for this data directory. Run this program as an ordinary user:
                  useradd --system --create-home freelims
                  runuser -u freelims -- java -jar freelims-sync.jar serve
                or keep the data where other users can reach it (--data-dir /var/lib/freelims-sync), \
                or name a database of your own with --database-url.\
                """);
    }

    private static boolean namespaceWorks(Binaries binaries) {
        var stillRoot = new ArrayList<>(NAMESPACE);
        stillRoot.addAll(List.of("sh", "-c", "test \"$(id -u)\" != 0"));
        var runs = new ArrayList<>(NAMESPACE);
        runs.addAll(List.of(binaries.program("postgres").toString(), "--version"));
        return Command.run(stillRoot).succeeded() && Command.run(runs).succeeded();
    }

    private static Optional<RunAs> another(Owner user, DataDirectory data, Binaries binaries) {
        var prefix =
                List.of(
                        "setpriv",
                        "--reuid=" + user.uid(),
                        "--regid=" + user.gid(),
                        "--clear-groups");
        var reach = new ArrayList<>(prefix);
        reach.addAll(
                List.of(
                        "sh",
                        "-c",
                        "test -d \"$1\" && \"$2\" --version",
                        "sh",
                        data.root().toString(),
                        binaries.program("postgres").toString()));
        data.give(user);
        return Command.run(reach).succeeded()
                ? Optional.of(new RunAs(prefix, Optional.of(user)))
                : Optional.empty();
    }

    private static Optional<Owner> account(String name) {
        try (Stream<String> accounts = Files.lines(Path.of("/etc/passwd"))) {
            return accounts.map(line -> line.split(":", -1))
                    .filter(fields -> fields.length > 3 && fields[0].equals(name))
                    .map(
                            fields ->
                                    new Owner(
                                            name,
                                            Integer.parseInt(fields[2]),
                                            Integer.parseInt(fields[3])))
                    .findFirst();
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
