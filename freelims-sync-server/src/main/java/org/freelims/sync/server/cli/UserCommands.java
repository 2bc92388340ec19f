package org.freelims.sync.server.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;
import java.util.function.BiFunction;
import org.freelims.sync.server.lims.LimsSchema;
import org.freelims.sync.server.security.Account;
import org.freelims.sync.server.security.AccountTakenException;
import org.freelims.sync.server.security.Accounts;
import org.freelims.sync.server.security.Attribution;
import org.freelims.sync.server.security.NewAccount;
import org.freelims.sync.server.security.Passwords;
import org.jdbi.v3.core.Jdbi;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands below {@code user}. */
final class UserCommands {
    private static final Attribution ATTRIBUTION = new Attribution("service:cli", "Command line");

    private UserCommands() {}

    @Command(
            name = "user",
            description = "Make and change accounts.",
            synopsisSubcommandLabel = "COMMAND")
    static final class Group {
        @Option(
                names = {"-h", "--help"},
                usageHelp = true,
                description = "Show this help and exit.")
        boolean help;
    }

    static CommandLine group(Context context) {
        return new CommandLine(new Group())
                .addSubcommand(new Add(context))
                .addSubcommand(new ListAll(context))
                .addSubcommand(new Password(context))
                .addSubcommand(new Enable(context))
                .addSubcommand(new Disable(context))
                .addSubcommand(new Admin(context));
    }

    static Account find(Accounts accounts, String username) {
        return accounts.find(username)
                .orElseThrow(
                        () ->
                                new CliException(
                                        ExitCode.FAILED,
                                        "There is no account '"
                                                + username
                                                + "'. 'user list' shows those there are."));
    }

    private static ObjectNode json(Account account) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("id", account.id())
                .put("username", account.username())
                .put("email", account.email())
                .put("full_name", account.fullName())
                .put("is_active", account.active())
                .put("is_admin", account.admin());
    }

    /** What the commands below have in common. */
    private abstract static class OnAccounts extends SyncCommand {
        @Mixin DatabaseOptions database = new DatabaseOptions();

        OnAccounts(Context context) {
            super(context);
        }

        ExitCode with(BiFunction<Accounts, Output, ExitCode> work) {
            try (var open = Databases.open(database, environment(), 1)) {
                LimsSchema.migrate(open.pool());
                return work.apply(
                        new Accounts(Jdbi.create(open.pool()), Passwords.withDefaultCost()),
                        output());
            }
        }

        ExitCode changed(Accounts accounts, Output output, String username, String what) {
            output.object(json(find(accounts, username)));
            output.plain("'" + username + "' " + what + ".");
            return ExitCode.OK;
        }
    }

    /** A password that is asked for unless it was given. */
    @SuppressWarnings(
            "SystemConsoleNull") // null without a terminal on Java 17; later ones read as null
    private static String password(Optional<String> given, CommandLine command) {
        String password = given.orElse("");
        if (password.isEmpty()) {
            var console = System.console();
            char[] typed = console == null ? null : console.readPassword("Password: ");
            if (console == null || typed == null || typed.length == 0) {
                throw new CliException(
                        ExitCode.USAGE,
                        "A password is needed: set FREELIMS_SYNC_NEW_PASSWORD, or give"
                            + " --new-password (other users of this machine can see that), or run"
                            + " this in a terminal to be asked.");
            }
            password = new String(typed);
            char[] again = console.readPassword("Again: ");
            if (again == null || !password.equals(new String(again))) {
                throw new CliException(
                        ExitCode.USAGE, "The two were not the same. Nothing was changed.");
            }
        }
        String objection = Passwords.objectionTo(password);
        if (!objection.isEmpty()) {
            throw new CliException(
                    ExitCode.USAGE, "This password can't be used: " + objection + ".");
        }
        command.getOut().flush();
        return password;
    }

    @Command(name = "add", sortOptions = false, description = "Make an account.")
    private static final class Add extends OnAccounts {
        @Parameters(paramLabel = "USERNAME", description = "Its name, to sign in with.")
        String username = "";

        @Option(
                names = "--email",
                paramLabel = "ADDRESS",
                description = "Default: USERNAME@localhost.")
        Optional<String> email = Optional.empty();

        @Option(names = "--full-name", paramLabel = "NAME", description = "Default: the user name.")
        Optional<String> fullName = Optional.empty();

        @Option(names = "--admin", description = "It may manage accounts and settings.")
        boolean admin;

        @Option(
                names = "--new-password",
                paramLabel = "PASSWORD",
                description =
                        "Its password (better: FREELIMS_SYNC_NEW_PASSWORD). Default: it is asked"
                                + " for.")
        Optional<String> newPassword = Optional.empty();

        Add(Context context) {
            super(context);
        }

        @Override
        ExitCode run() {
            String password = password(newPassword, spec().commandLine());
            return with(
                    (accounts, output) -> {
                        var wanted =
                                new NewAccount(
                                        email.orElse(username + "@localhost"),
                                        username,
                                        fullName.orElse(username),
                                        password,
                                        admin);
                        try {
                            Account made = accounts.create(wanted, ATTRIBUTION);
                            output.object(json(made));
                            output.plain(
                                    "Made the account '"
                                            + username
                                            + "'"
                                            + (admin ? ", an administrator" : "")
                                            + ".");
                            return ExitCode.OK;
                        } catch (AccountTakenException e) {
                            throw new CliException(
                                    ExitCode.FAILED,
                                    e.getMessage()
                                            + ". Choose another name or --email, or change that"
                                            + " account ('user password', 'user admin').",
                                    e);
                        }
                    });
        }
    }

    @Command(name = "list", description = "Show all accounts.")
    private static final class ListAll extends OnAccounts {
        ListAll(Context context) {
            super(context);
        }

        @Override
        ExitCode run() {
            return with(
                    (accounts, output) -> {
                        var all = accounts.list();
                        output.plain(
                                String.format(
                                        "%5s  %-20s %-30s %s", "id", "username", "e-mail", ""));
                        for (Account account : all) {
                            output.object(json(account));
                            output.plain(
                                    String.format(
                                            "%5d  %-20s %-30s %s%s",
                                            account.id(),
                                            account.username(),
                                            account.email(),
                                            account.admin() ? "administrator " : "",
                                            account.active() ? "" : "disabled"));
                        }
                        return ExitCode.OK;
                    });
        }
    }

    @Command(
            name = "password",
            sortOptions = false,
            description = "Give an account another password.")
    private static final class Password extends OnAccounts {
        @Parameters(paramLabel = "USERNAME", description = "The account.")
        String username = "";

        @Option(
                names = "--new-password",
                paramLabel = "PASSWORD",
                description =
                        "The password (better: FREELIMS_SYNC_NEW_PASSWORD). Default: it is asked"
                                + " for.")
        Optional<String> newPassword = Optional.empty();

        Password(Context context) {
            super(context);
        }

        @Override
        ExitCode run() {
            String password = password(newPassword, spec().commandLine());
            return with(
                    (accounts, output) -> {
                        accounts.setPassword(find(accounts, username).id(), password, ATTRIBUTION);
                        return changed(accounts, output, username, "has a new password");
                    });
        }
    }

    @Command(name = "enable", description = "Let a disabled account in again.")
    private static final class Enable extends OnAccounts {
        @Parameters(paramLabel = "USERNAME", description = "The account.")
        String username = "";

        Enable(Context context) {
            super(context);
        }

        @Override
        ExitCode run() {
            return with(
                    (accounts, output) -> {
                        accounts.setActive(find(accounts, username).id(), true, ATTRIBUTION);
                        return changed(accounts, output, username, "may sign in");
                    });
        }
    }

    @Command(
            name = "disable",
            description =
                    "Keep an account out. Its connections end within seconds; nothing is"
                            + " deleted.")
    private static final class Disable extends OnAccounts {
        @Parameters(paramLabel = "USERNAME", description = "The account.")
        String username = "";

        Disable(Context context) {
            super(context);
        }

        @Override
        ExitCode run() {
            return with(
                    (accounts, output) -> {
                        accounts.setActive(find(accounts, username).id(), false, ATTRIBUTION);
                        return changed(accounts, output, username, "may no longer sign in");
                    });
        }
    }

    @Command(name = "admin", description = "Make an account an administrator, or no longer one.")
    private static final class Admin extends OnAccounts {
        @Parameters(paramLabel = "USERNAME", description = "The account.")
        String username = "";

        @Option(names = "--revoke", description = "No longer one.")
        boolean revoke;

        Admin(Context context) {
            super(context);
        }

        @Override
        ExitCode run() {
            return with(
                    (accounts, output) -> {
                        accounts.setAdmin(find(accounts, username).id(), !revoke, ATTRIBUTION);
                        return changed(
                                accounts,
                                output,
                                username,
                                revoke ? "is no administrator" : "is an administrator");
                    });
        }
    }
}
