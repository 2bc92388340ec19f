package org.freelims.sync.server.cli;

import static java.util.Objects.requireNonNull;

import ch.qos.logback.classic.Level;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** What all commands have in common. Confined to the thread that runs it. */
abstract class SyncCommand implements Callable<Integer> {
    private final Context context;

    @Mixin CommonOptions common = new CommonOptions();

    @Spec private @Nullable CommandSpec spec;

    SyncCommand(Context context) {
        this.context = context;
    }

    /** Does the work. */
    abstract ExitCode run() throws Exception;

    /** What is logged unless {@code --verbose} is given. */
    Level usualLevel() {
        return Level.WARN;
    }

    @Override
    public final Integer call() throws Exception {
        Logging.configure(common.logFormat, common.level(usualLevel()));
        return run().code();
    }

    Output output() {
        return new Output(spec().commandLine(), common.json);
    }

    CommandSpec spec() {
        return requireNonNull(spec, "picocli sets this before a command runs");
    }

    Settings settings() {
        return context.settings();
    }

    Map<String, String> environment() {
        return context.environment();
    }
}
