package org.freelims.sync.server.tyrus;

import jakarta.ws.rs.ext.WriterInterceptor;
import jakarta.ws.rs.ext.WriterInterceptorContext;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/**
 * Drops what is left of an answer whose client has gone: that is no error of the server's, as
 * Jersey would log it. Thread-safe.
 */
final class DepartedClients implements WriterInterceptor {
    private static final Logger LOG = System.getLogger(DepartedClients.class.getName());

    @Override
    public void aroundWriteTo(WriterInterceptorContext context) throws IOException {
        context.setOutputStream(new ToClient(context.getOutputStream()));
        context.proceed();
    }

    private interface Writing {
        void run() throws IOException;
    }

    private static final class ToClient extends FilterOutputStream {
        private boolean gone;

        ToClient(OutputStream out) {
            super(out);
        }

        private void unlessGone(Writing writing) {
            if (!gone) {
                try {
                    writing.run();
                } catch (IOException e) {
                    gone = true;
                    LOG.log(Level.DEBUG, "A client left before it had its answer.", e);
                }
            }
        }

        @Override
        public void write(int b) {
            unlessGone(() -> out.write(b));
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            unlessGone(() -> out.write(bytes, offset, length));
        }

        @Override
        public void flush() {
            unlessGone(out::flush);
        }

        @Override
        public void close() {
            unlessGone(out::close);
        }
    }
}
