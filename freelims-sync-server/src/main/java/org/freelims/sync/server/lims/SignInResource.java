package org.freelims.sync.server.lims;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.freelims.sync.server.security.Account;
import org.freelims.sync.server.security.Accounts;
import org.freelims.sync.server.security.Attribution;
import org.freelims.sync.server.security.NewAccount;
import org.freelims.sync.server.security.Passwords;
import org.freelims.sync.server.security.RemoteAddress;
import org.freelims.sync.server.security.SignInListener;
import org.freelims.sync.server.security.SignInThrottle;
import org.freelims.sync.server.security.TokenService;
import org.freelims.sync.server.security.TokenVerifier;
import org.glassfish.jersey.media.multipart.FormDataBodyPart;
import org.glassfish.jersey.media.multipart.FormDataMultiPart;
import org.jspecify.annotations.Nullable;

/**
 * Signing in and registering. Both hash a password, which takes a while and is meant to, so it is
 * done on an executor of its own: many sign-ins at once slow each other down and nobody else.
 * Thread-safe.
 */
@Path("")
public final class SignInResource {
    private static final Attribution SELF_REGISTRATION = new Attribution("registration", "");
    private static final Field PASSWORD =
            new Field(
                    "password",
                    FieldType.PROSE,
                    true,
                    "",
                    List.of(),
                    java.util.OptionalDouble.empty(),
                    false);

    private final LimsDatabase database;
    private final Accounts accounts;
    private final TokenService tokens;
    private final TokenVerifier verifier;
    private final SignInThrottle throttle;
    private final SignInListener listener;
    private final Executor passwordExecutor;
    private final boolean registrationOpen;

    SignInResource(
            LimsDatabase database,
            Accounts accounts,
            TokenService tokens,
            TokenVerifier verifier,
            SignInThrottle throttle,
            SignInListener listener,
            Executor passwordExecutor,
            boolean registrationOpen) {
        this.database = database;
        this.accounts = accounts;
        this.tokens = tokens;
        this.verifier = verifier;
        this.throttle = throttle;
        this.listener = listener;
        this.passwordExecutor = passwordExecutor;
        this.registrationOpen = registrationOpen;
    }

    @POST
    @Path("token")
    @Public
    @Consumes(MediaType.APPLICATION_FORM_URLENCODED)
    public CompletionStage<Response> signIn(
            MultivaluedMap<String, String> form, @Context ContainerRequestContext request) {
        return signIn(RemoteAddress.of(request), first(form, "username"), first(form, "password"));
    }

    @POST
    @Path("token")
    @Public
    @Consumes(MediaType.MULTIPART_FORM_DATA)
    public CompletionStage<Response> signInMultipart(
            FormDataMultiPart form, @Context ContainerRequestContext request) {
        return signIn(RemoteAddress.of(request), first(form, "username"), first(form, "password"));
    }

    /** A form is asked for: with anything else, the fields are missing. */
    @POST
    @Path("token")
    @Public
    public CompletionStage<Response> signInWithoutForm() {
        return signIn("", Optional.empty(), Optional.empty());
    }

    private CompletionStage<Response> signIn(
            String address, Optional<String> username, Optional<String> password) {
        Problems problems = new Problems();
        if (username.isEmpty()) {
            problems.add(Problem.missing("body", "username"));
        }
        if (password.isEmpty()) {
            problems.add(Problem.missing("body", "password"));
        }
        problems.check();
        String name = username.orElseThrow();
        throttle.waiting(name, address).ifPresent(SignInResource::refuseForNow);
        return onPasswordExecutor(() -> signIn(name, address, password.orElseThrow()));
    }

    private static void refuseForNow(Duration waiting) {
        throw new RefusedException(
                429,
                "Too many wrong passwords. Try again in " + (waiting.toMinutes() + 1) + " minutes.",
                Map.of(HttpHeaders.RETRY_AFTER, String.valueOf(waiting.toSeconds() + 1)));
    }

    private Response signIn(String name, String address, String password) {
        Optional<Account> account = accounts.signIn(name, password);
        if (account.isEmpty()) {
            throttle.failed(name, address);
            listener.signInFailed(address, accounts.find(name));
            throw new RefusedException(
                    401,
                    "Incorrect username or password",
                    Map.of(HttpHeaders.WWW_AUTHENTICATE, "Bearer"));
        }
        throttle.succeeded(name, address);
        listener.signedIn(address, account.get());
        return token(account.get());
    }

    private Response token(Account account) {
        return Answers.ok(
                JsonNodeFactory.instance
                        .objectNode()
                        .put("access_token", tokens.issue(account))
                        .put("token_type", "bearer")
                        .toString());
    }

    @POST
    @Path("register")
    @Public
    public CompletionStage<Response> register(
            byte[] body, @Context ContainerRequestContext request) {
        Attribution attribution = registrar(request);
        Form form = Form.of(body);
        Input input =
                form.forNew(
                        Tables.USERS.fields().stream()
                                .filter(field -> !field.name().startsWith("is_"))
                                .toList());
        Optional<String> password =
                form.forNew(List.of(PASSWORD)).get("password").map(String.class::cast);
        password.map(Passwords::objectionTo)
                .filter(objection -> !objection.isEmpty())
                .ifPresent(
                        objection ->
                                form.problems()
                                        .add(
                                                Problem.at(
                                                        "body",
                                                        "password",
                                                        "Value error, " + objection,
                                                        "value_error")));
        form.problems().check();
        NewAccount wanted =
                new NewAccount(
                        text(input, "email"),
                        text(input, "username"),
                        text(input, "full_name"),
                        password.orElseThrow(),
                        false);
        return onPasswordExecutor(
                () -> {
                    SignedIn made =
                            new SignedIn(
                                    accounts.create(wanted, attribution), Sight.WHOLE, Instant.MAX);
                    return Answers.created(
                            database.read(made, rows -> rows.get(Tables.USERS, made.id())));
                });
    }

    /* Where registration is closed, an administrator can still register somebody. */
    private Attribution registrar(ContainerRequestContext request) {
        Optional<Account> admin =
                BearerFilter.bearerToken(request)
                        .flatMap(verifier::verify)
                        .flatMap(token -> accounts.find(token.username()).filter(token::isFor))
                        .filter(account -> account.active() && account.admin());
        if (admin.isEmpty() && !registrationOpen) {
            throw RefusedException.forbidden(
                    "Registration is closed. Ask an administrator for an account.");
        }
        return admin.map(Attribution::of).orElse(SELF_REGISTRATION);
    }

    private CompletionStage<Response> onPasswordExecutor(Supplier<Response> work) {
        try {
            return CompletableFuture.supplyAsync(work, passwordExecutor);
        } catch (RejectedExecutionException e) {
            throw new RefusedException(
                    429,
                    "Too many people are signing in at once. Try again in a moment.",
                    Map.of(HttpHeaders.RETRY_AFTER, "2"));
        }
    }

    private static String text(Input input, String field) {
        return input.get(field).map(String.class::cast).orElseThrow();
    }

    private static Optional<String> first(
            @Nullable MultivaluedMap<String, String> form, String name) {
        return form == null ? Optional.empty() : Optional.ofNullable(form.getFirst(name));
    }

    private static Optional<String> first(@Nullable FormDataMultiPart form, String name) {
        if (form == null) {
            return Optional.empty();
        }
        FormDataBodyPart part = form.getField(name);
        return part == null ? Optional.empty() : Optional.of(part.getValue());
    }
}
