package org.freelims.sync.server.security;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/**
 * Collects what is logged, by whatever interface, while it is open, and ought not to be: errors,
 * and stack traces of any level. Thread-safe.
 */
final class CapturedLog extends AppenderBase<ILoggingEvent> implements AutoCloseable {
    private static final int KEPT = 20;

    private final Logger root = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
    private final List<String> bad = new CopyOnWriteArrayList<>();

    private CapturedLog() {}

    static CapturedLog open() {
        CapturedLog log = new CapturedLog();
        SLF4JBridgeHandler.removeHandlersForRootLogger(); // what Grizzly and Jersey log
        SLF4JBridgeHandler.install();
        log.setContext(log.root.getLoggerContext());
        log.start();
        log.root.addAppender(log);
        return log;
    }

    @Override
    protected void append(ILoggingEvent event) {
        boolean trace =
                event.getThrowableProxy() != null || event.getFormattedMessage().contains("\tat ");
        if ((trace || event.getLevel().isGreaterOrEqual(Level.ERROR)) && bad.size() < KEPT) {
            bad.add(
                    event.getLevel()
                            + " "
                            + event.getLoggerName()
                            + ": "
                            + event.getFormattedMessage()
                            + (event.getThrowableProxy() == null
                                    ? ""
                                    : "\n"
                                            + ThrowableProxyUtil.asString(
                                                    event.getThrowableProxy())));
        }
    }

    /** Returns what ought not to have been logged, the first of it. */
    List<String> bad() {
        return bad;
    }

    @Override
    public void close() {
        root.detachAppender(this);
        stop();
        SLF4JBridgeHandler.uninstall();
    }
}
