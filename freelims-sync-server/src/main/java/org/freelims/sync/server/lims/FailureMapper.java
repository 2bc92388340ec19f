package org.freelims.sync.server.lims;

import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.ext.ExceptionMapper;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import org.freelims.sync.server.security.AccountTakenException;
import org.glassfish.jersey.message.internal.HeaderValueException;

/**
 * Says every failure as FastAPI's clients expect it: {@code {"detail": ...}}, with nothing of the
 * inside showing. What isn't the client's fault is logged. Thread-safe.
 */
final class FailureMapper implements ExceptionMapper<Throwable> {
    private static final Logger LOG = System.getLogger(FailureMapper.class.getName());

    @Override
    public Response toResponse(Throwable failure) {
        if (failure instanceof CompletionException && failure.getCause() != null) {
            return toResponse(failure.getCause());
        }
        if (failure instanceof InvalidRequestException invalid) {
            return Answers.invalid(invalid.problems()).build();
        }
        if (failure instanceof RefusedException refused) {
            return refusal(refused);
        }
        if (failure instanceof AccountTakenException taken) {
            return Answers.detail(400, String.valueOf(taken.getMessage())).build();
        }
        if (failure instanceof WebApplicationException web) {
            return fromFramework(web);
        }
        if (failure instanceof IOException) {
            LOG.log(Level.DEBUG, "A request broke off", failure);
            return Answers.detail(400, "The request broke off").build();
        }
        if (failure instanceof HeaderValueException header
                && header.getContext() == HeaderValueException.Context.INBOUND) {
            return Answers.detail(400, "A header is not as it should be").build();
        }
        return refusalBehind(failure)
                .map(FailureMapper::refusal)
                .or(() -> fromDatabase(failure))
                .orElseGet(() -> unexpected(failure));
    }

    private static Response refusal(RefusedException refused) {
        Response.ResponseBuilder answer =
                Answers.detail(refused.status(), String.valueOf(refused.getMessage()));
        refused.headers().forEach(answer::header);
        return answer.build();
    }

    /* Jersey and its body readers wrap what our streams throw. */
    private static Optional<RefusedException> refusalBehind(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof RefusedException refused) {
                return Optional.of(refused);
            }
        }
        return Optional.empty();
    }

    /* No such path, no such method and the like. */
    private static Response fromFramework(WebApplicationException web) {
        Optional<RefusedException> refused = refusalBehind(web);
        if (refused.isPresent()) {
            return refusal(refused.get());
        }
        Response theirs = web.getResponse();
        if (theirs.getStatus() >= 500) {
            return unexpected(web);
        }
        Response.ResponseBuilder answer =
                Answers.detail(theirs.getStatus(), theirs.getStatusInfo().getReasonPhrase());
        Object allow = theirs.getHeaders().getFirst(HttpHeaders.ALLOW);
        if (allow != null) {
            answer.header(HttpHeaders.ALLOW, allow);
        }
        return answer.build();
    }

    private static Optional<Response> fromDatabase(Throwable failure) {
        String state = LimsDatabase.sqlState(failure).orElse("");
        if (isUnreachable(failure, state)) {
            LOG.log(Level.WARNING, "The database can''t be reached: {0}", failure.getMessage());
            return Optional.of(
                    Answers.detail(
                                    503,
                                    "The database cannot be reached at the moment. Try again"
                                            + " shortly.")
                            .header(HttpHeaders.RETRY_AFTER, "2")
                            .build());
        }
        return switch (state) {
            case "23505" -> refused("A record with this value already exists");
            case "23503" ->
                    refused(
                            "Another record that this one needs, or that needs it, is in"
                                    + " the way: it was removed or added a moment ago");
            case "22003", "22008", "22007" -> refused("A number or a time is out of range");
            case "40001", "40P01" ->
                    Optional.of(
                            Answers.detail(503, "Too many changes at the same time. Try again.")
                                    .header(HttpHeaders.RETRY_AFTER, "1")
                                    .build());
            default -> Optional.empty();
        };
    }

    private static Optional<Response> refused(String detail) {
        return Optional.of(Answers.detail(400, detail).build());
    }

    /* 08: connection; 57P: shutting down or starting; 53300: too many connections. */
    private static boolean isUnreachable(Throwable failure, String state) {
        if (state.startsWith("08") || state.startsWith("57P") || state.equals("53300")) {
            return true;
        }
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLTransientException
                    || (cause instanceof SQLException sql
                            && sql.getCause() instanceof IOException)) {
                return true;
            }
        }
        return false;
    }

    private static Response unexpected(Throwable failure) {
        LOG.log(Level.ERROR, "A request failed for a reason that is not the client's", failure);
        return Answers.detail(500, "Internal Server Error").build();
    }
}
