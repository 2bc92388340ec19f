package org.freelims.sync.server.lims;

import jakarta.annotation.Priority;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.PreMatching;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Refuses bodies over a limit, by what is announced and by what comes. Thread-safe. */
@PreMatching
@Priority(Priorities.HEADER_DECORATOR)
final class BodyLimitFilter implements ContainerRequestFilter {
    private final int maxBodyBytes;

    BodyLimitFilter(int maxBodyBytes) {
        this.maxBodyBytes = maxBodyBytes;
    }

    @Override
    public void filter(ContainerRequestContext request) {
        if (request.getLength() > maxBodyBytes) {
            throw tooLarge();
        }
        request.setEntityStream(new Limited(request.getEntityStream()));
    }

    private RefusedException tooLarge() {
        return new RefusedException(
                413, "The request is larger than " + maxBodyBytes + " bytes. Send less at once.");
    }

    private final class Limited extends FilterInputStream {
        private long left = maxBodyBytes;

        Limited(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            int b = super.read();
            count(b < 0 ? 0 : 1);
            return b;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int n = super.read(buffer, offset, length);
            count(Math.max(n, 0));
            return n;
        }

        private void count(int bytes) {
            left -= bytes;
            if (left < 0) {
                throw tooLarge();
            }
        }

        @Override
        public boolean markSupported() {
            return false;
        }
    }
}
