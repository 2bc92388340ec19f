package org.freelims.sync.server.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.jul.LevelChangePropagator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/**
 * Sets logging up for a program: to the standard error, so that it never mixes with a command's
 * output; in lines for people or as JSON for machines. Everything that logs in this program, by
 * whatever interface, ends here.
 */
final class Logging {
    /** How a line looks. */
    enum Format {
        text,
        json
    }

    private Logging() {}

    static void configure(Format format, Level level) {
        var context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();
        // tells java.util.logging what is worth a message at all: it is what Grizzly and Jersey use
        var propagator = new LevelChangePropagator();
        propagator.setContext(context);
        propagator.setResetJUL(true);
        context.addListener(propagator);

        var console = new ConsoleAppender<ILoggingEvent>();
        console.setContext(context);
        console.setTarget("System.err");
        console.setEncoder(encoder(format, level, context));
        console.start();

        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.setLevel(level.isGreaterOrEqual(Level.INFO) ? Level.WARN : Level.INFO);
        root.addAppender(console);
        context.getLogger("org.freelims.sync").setLevel(level);
        // warns of every resource that is registered as an object, which is no mistake
        context.getLogger("org.glassfish.jersey.internal.inject.Providers").setLevel(Level.ERROR);
        SLF4JBridgeHandler.removeHandlersForRootLogger();
        SLF4JBridgeHandler.install();
    }

    private static Encoder<ILoggingEvent> encoder(
            Format format, Level level, LoggerContext context) {
        if (format == Format.json) {
            var json = new JsonEncoder();
            json.setWithFormattedMessage(true);
            json.setWithMessage(false);
            json.setWithArguments(false);
            json.setWithContext(false);
            json.setWithSequenceNumber(false);
            json.setWithNanoseconds(false);
            json.setContext(context);
            json.start();
            return json;
        }
        var pattern = new PatternLayoutEncoder();
        pattern.setContext(context);
        pattern.setPattern(
                level.isGreaterOrEqual(Level.INFO)
                        ? "%d{HH:mm:ss} %-5level %msg%n%ex{0}"
                        : "%d{HH:mm:ss.SSS} %-5level [%thread] %logger{24}: %msg%n%ex");
        pattern.start();
        return pattern;
    }
}
