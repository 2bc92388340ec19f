package org.freelims.sync.server.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;
import org.freelims.sync.server.embedded.EmbeddedPostgresException.Problem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EmbeddedPostgresTest {
    /**
     * A directory as a first start leaves it: most tests begin with a copy, which takes less time.
     */
    @TempDir static Path template;

    @TempDir Path directory;

    @BeforeAll
    static void startOnce() {
        EmbeddedPostgres.builder().dataDir(template.resolve("data")).start().close();
    }

    private Path data() {
        return directory.resolve("data");
    }

    private void copyTemplate() throws IOException {
        Path from = template.resolve("data");
        try (Stream<Path> tree = Files.walk(from)) {
            for (Path path : (Iterable<Path>) tree::iterator) {
                Files.copy(
                        path,
                        data().resolve(from.relativize(path)),
                        StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
    }

    @AfterEach
    void stopWhatIsLeft() throws IOException {
        Path postgres = data().resolve("postgresql");
        if (Files.isDirectory(data())
                && PidFile.read(postgres).filter(PidFile::alive).isPresent()) {
            EmbeddedPostgres.builder().dataDir(data()).start().abandon();
        }
    }

    private EmbeddedPostgres start() {
        return EmbeddedPostgres.builder().dataDir(data()).start();
    }

    private EmbeddedPostgresException startFails() {
        return assertThrows(EmbeddedPostgresException.class, this::start);
    }

    private static String query(EmbeddedPostgres postgres, String sql) throws SQLException {
        try (var connection =
                        DriverManager.getConnection(
                                postgres.jdbcUrl(), postgres.user(), postgres.password());
                var statement = connection.createStatement()) {
            if (!statement.execute(sql)) {
                return "";
            }
            try (var row = statement.getResultSet()) {
                row.next();
                return row.getString(1);
            }
        }
    }

    private long postmasterPid() throws IOException {
        return PidFile.read(data().resolve("postgresql")).orElseThrow().pid();
    }

    @Test
    void start_afterClose_keepsDataPasswordAndPort() throws Exception {
        int port;
        String password;
        try (var postgres = start()) {
            query(postgres, "CREATE TABLE kept AS SELECT 7 AS n");
            port = postgres.port();
            password = postgres.password();
        }
        assertTrue(Postmaster.free(port), "it still listens after close()");

        try (var postgres = start()) {
            assertEquals("7", query(postgres, "SELECT n FROM kept"));
            assertEquals(port, postgres.port());
            assertEquals(password, postgres.password());
            assertFalse(postgres.adopted());
        }
    }

    @Test
    void start_byDefault_isDurableAndTellsOnlyTheOwnerThePassword() throws Exception {
        try (var postgres = start()) {
            for (String setting :
                    List.of("fsync", "synchronous_commit", "full_page_writes", "data_checksums")) {
                assertEquals("on", query(postgres, "SHOW " + setting), setting);
            }
            assertEquals(
                    "rw-------",
                    PosixFilePermissions.toString(
                            Files.getPosixFilePermissions(data().resolve("password"))));
            assertEquals(
                    "rwx------",
                    PosixFilePermissions.toString(Files.getPosixFilePermissions(data())));
            var wrong =
                    assertThrows(
                            SQLException.class,
                            () ->
                                    DriverManager.getConnection(
                                            postgres.jdbcUrl(), postgres.user(), "guess"));
            assertEquals("28P01", wrong.getSQLState());
            assertListensOnLoopbackOnly(postgres.port());
        }
    }

    private static void assertListensOnLoopbackOnly(int port) throws IOException {
        try (var loopback = new Socket(InetAddress.getLoopbackAddress(), port)) {
            assertTrue(loopback.isConnected());
        }
        var addresses =
                NetworkInterface.networkInterfaces()
                        .flatMap(NetworkInterface::inetAddresses)
                        .filter(address -> !address.isLoopbackAddress())
                        .toList();
        for (InetAddress address : addresses) {
            assertThrows(
                    IOException.class, () -> new Socket(address, port).close(), address.toString());
        }
    }

    @Test
    void start_afterTheJvmWasKilled_adoptsItsPostmaster() throws Exception {
        copyTemplate();
        try (var process = ServingProcess.start(List.of(), data())) {
            assertTrue(process.word().startsWith("serving"));
            long pid = postmasterPid();
            process.kill();

            try (var postgres = start()) {
                assertTrue(postgres.adopted());
                assertEquals(pid, postmasterPid());
                assertEquals("1", query(postgres, "SELECT 1"));
            }
            assertFalse(ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false));
        }
    }

    @Test
    void start_onAnotherPortThanTheOrphans_restartsIt() throws Exception {
        copyTemplate();
        try (var process = ServingProcess.start(List.of(), data())) {
            process.word();
            long pid = postmasterPid();
            process.kill();

            int port = Postmaster.freePort();
            try (var postgres = EmbeddedPostgres.builder().dataDir(data()).port(port).start()) {
                assertFalse(postgres.adopted());
                assertEquals(port, postgres.port());
                assertNotEquals(pid, postmasterPid());
            }
        }
    }

    @Test
    void start_onAnOrphanWithWeakerSettings_restartsIt() throws Exception {
        copyTemplate();
        var fast = EmbeddedPostgres.builder().dataDir(data()).durable(false).start();
        long pid = postmasterPid();
        letGoOf(fast);

        try (var postgres = start()) {
            assertFalse(postgres.adopted());
            assertNotEquals(pid, postmasterPid());
            assertEquals("on", query(postgres, "SHOW fsync"));
        }
    }

    /** Leaves the postmaster running, as a killed JVM does. */
    private static void letGoOf(EmbeddedPostgres postgres) {
        postgres.forget();
    }

    @Test
    void start_afterThePostmasterWasKilled_recoversWhatWasCommitted() throws Exception {
        copyTemplate();
        var postgres = start();
        query(postgres, "CREATE TABLE kept AS SELECT 8 AS n");
        ProcessHandle.of(postmasterPid()).orElseThrow().destroyForcibly();
        letGoOf(postgres);

        try (var again = start()) {
            assertFalse(again.adopted());
            assertEquals("8", query(again, "SELECT n FROM kept"));
        }
    }

    @Test
    void start_whenThePidFileNamesAnotherProgram_startsAllTheSame() throws Exception {
        copyTemplate();
        Path pidFile = data().resolve("postgresql/postmaster.pid");
        Process bystander = new ProcessBuilder("sleep", "600").start();
        try {
            Files.writeString(
                    pidFile, bystander.pid() + "\n" + data() + "\n1\n5432\n\n127.0.0.1\n");

            try (var postgres = start()) {
                assertEquals("1", query(postgres, "SELECT 1"));
            }
            assertTrue(bystander.isAlive());
        } finally {
            bystander.destroyForcibly();
        }
    }

    @Test
    void start_onADirectoryInUseByThisJvm_saysSo() throws Exception {
        copyTemplate();
        try (var postgres = start()) {
            var e = startFails();

            assertEquals(Problem.IN_USE, e.problem());
            assertTrue(
                    e.getMessage().contains("process " + ProcessHandle.current().pid()),
                    e.getMessage());
            assertFalse(postgres.adopted());
        }
    }

    @Test
    void start_onADirectoryInUseByAnotherJvm_namesItAndDisturbsNothing() throws Exception {
        copyTemplate();
        try (var process = ServingProcess.start(List.of(), data())) {
            process.word();
            long pid = postmasterPid();

            var e = startFails();

            assertEquals(Problem.IN_USE, e.problem());
            assertTrue(e.getMessage().contains("process " + process.pid()), e.getMessage());
            assertEquals(pid, postmasterPid());
        }
    }

    @Test
    void start_onDataOfAnotherMajorVersion_saysWhichAndLeavesItAlone() throws Exception {
        Path version = Files.createDirectories(data().resolve("postgresql")).resolve("PG_VERSION");
        Files.writeString(version, "17\n");

        var e = startFails();

        assertEquals(Problem.OTHER_VERSION, e.problem());
        assertTrue(
                e.getMessage().contains("PostgreSQL 17") && e.getMessage().contains("18"),
                e.getMessage());
        assertEquals("17\n", Files.readString(version));
    }

    @Test
    void start_onADirectoryOfSomethingElse_touchesNothing() throws Exception {
        Path other = Files.createDirectories(data().resolve("postgresql")).resolve("thesis.txt");
        Files.writeString(other, "precious");

        var e = startFails();

        assertEquals(Problem.WRONG_DATA, e.problem());
        assertEquals("precious", Files.readString(other));
    }

    @Test
    void start_onPostgresOwnDirectory_saysSo() throws Exception {
        Files.createDirectories(data());
        Files.writeString(data().resolve("PG_VERSION"), "18\n");

        assertEquals(Problem.WRONG_DATA, startFails().problem());
    }

    @Test
    void start_withoutThePassword_saysWhichFileIsMissing() throws Exception {
        copyTemplate();
        Files.delete(data().resolve("password"));

        var e = startFails();

        assertEquals(Problem.WRONG_DATA, e.problem());
        assertTrue(e.getMessage().contains(data().resolve("password").toString()), e.getMessage());
    }

    @Test
    void start_onAUsedPort_saysWhichAndStartsOnceItIsFree() throws Exception {
        copyTemplate();
        int port;
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = taken.getLocalPort();
            var builder = EmbeddedPostgres.builder().dataDir(data()).port(port);

            var e = assertThrows(EmbeddedPostgresException.class, builder::start);

            assertEquals(Problem.PORT_IN_USE, e.problem());
            assertTrue(e.getMessage().contains(Integer.toString(port)), e.getMessage());
        }
        try (var postgres = EmbeddedPostgres.builder().dataDir(data()).port(port).start()) {
            assertEquals(port, postgres.port());
        }
    }

    @Test
    void start_whenItsLastPortIsTaken_takesAnother() throws Exception {
        copyTemplate();
        int last = Integer.parseInt(Files.readString(data().resolve("port")).strip());
        try (var taken = new ServerSocket(last, 1, InetAddress.getLoopbackAddress());
                var postgres = start()) {
            assertNotEquals(taken.getLocalPort(), postgres.port());
        }
    }

    @Test
    void start_onAFile_saysSo() throws Exception {
        Files.writeString(data(), "a file");

        assertEquals(Problem.NOT_PERMITTED, startFails().problem());
    }

    @Test
    void start_onAFullDisk_saysSo() throws Exception {
        String word = startOnTmpfs("size=8m");

        assertTrue(word.startsWith("failed DISK_FULL"), word);
    }

    @Test
    void start_onAReadOnlyDisk_saysSo() throws Exception {
        String word = startOnTmpfs("ro");

        assertTrue(word.startsWith("failed NOT_PERMITTED"), word);
    }

    private String startOnTmpfs(String option) throws Exception {
        Path mount = Files.createDirectory(directory.resolve("mount"));
        String mounting = "mount -t tmpfs -o " + option + " tmpfs " + mount;
        assumeTrue(
                Command.run(List.of("unshare", "-rm", "sh", "-c", mounting)).succeeded(),
                "this system lets nobody mount a file system of his own");
        var before = List.of("unshare", "-rm", "sh", "-c", mounting + " && exec \"$@\"", "sh");
        try (var process = ServingProcess.start(before, mount.resolve("data"))) {
            return process.word();
        }
    }

    @Test
    void start_byRootOnAnotherUsersData_runsAsThatUser() throws Exception {
        assumeRootOnLinux();
        copyTemplate();
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        giveTo(nobody());

        try (var postgres = start()) {
            assertEquals("1", query(postgres, "SELECT 1"));
            assertEquals(
                    nobody().uid(),
                    Files.getAttribute(Path.of("/proc/" + postmasterPid()), "unix:uid"));
        }
    }

    @Test
    void start_byRootWhereTheOtherUserCannotReach_saysWhatToDo() throws Exception {
        assumeRootOnLinux();
        copyTemplate();
        giveTo(nobody());

        var e = startFails();

        assertEquals(Problem.ROOT, e.problem());
        assertTrue(e.getMessage().contains("runuser -u freelims"), e.getMessage());
    }

    private void giveTo(RunAs.Owner owner) {
        try (var data = DataDirectory.open(data())) {
            data.give(owner);
        }
    }

    private static RunAs.Owner nobody() {
        return new RunAs.Owner("nobody", 65_534, 65_534);
    }

    private static void assumeRootOnLinux() throws IOException {
        assumeTrue(System.getProperty("os.name").equals("Linux"));
        assumeTrue(
                Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0), "only root can");
        assumeTrue(Command.run(List.of("setpriv", "--version")).succeeded(), "needs setpriv");
    }

    @Test
    void close_twice_isOnce() throws Exception {
        copyTemplate();
        var postgres = start();
        postgres.close();
        postgres.close();
    }

    @Test
    void close_withConnectionsOpen_endsThemAndStops() throws Exception {
        copyTemplate();
        var postgres = start();
        try (var connection =
                DriverManager.getConnection(
                        postgres.jdbcUrl(), postgres.user(), postgres.password())) {
            long pid = postmasterPid();
            postgres.close();

            assertFalse(ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false));
            assertFalse(connection.isValid(5));
        }
    }

    @Test
    void builder_withoutDirectoryOrWithABadPort_isRefused() {
        assertThrows(IllegalStateException.class, () -> EmbeddedPostgres.builder().start());
        assertThrows(IllegalArgumentException.class, () -> EmbeddedPostgres.builder().port(65_536));
        assertThrows(IllegalArgumentException.class, () -> EmbeddedPostgres.builder().port(-1));
    }
}
