package org.freelims.sync.server.lims;

import static java.util.Objects.requireNonNull;

import java.security.SecureRandom;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.freelims.sync.access.View;
import org.freelims.sync.server.security.Account;
import org.freelims.sync.server.security.Accounts;
import org.freelims.sync.server.security.CorsFilter;
import org.freelims.sync.server.security.CorsPolicy;
import org.freelims.sync.server.security.SignInListener;
import org.freelims.sync.server.security.SignInThrottle;
import org.freelims.sync.server.security.Tickets;
import org.freelims.sync.server.security.TokenService;
import org.freelims.sync.server.security.TokenVerifier;
import org.glassfish.jersey.CommonProperties;
import org.glassfish.jersey.media.multipart.MultiPartFeature;
import org.glassfish.jersey.server.ResourceConfig;
import org.glassfish.jersey.server.ServerProperties;
import org.jdbi.v3.core.Jdbi;

/**
 * FreeLIMS' REST API as a JAX-RS application, to be mounted at {@code /api}. The tables must be
 * there: see {@link LimsSchema}. Close it after the server around it. Thread-safe.
 */
public final class LimsApi implements AutoCloseable {
    /** The largest request body unless another limit is given. */
    public static final int DEFAULT_MAX_BODY_BYTES = 1 << 20;

    private static final int WAITING_SIGN_INS = 64;

    private final Builder settings;
    private final ExecutorService passwordExecutor;

    private LimsApi(Builder settings) {
        this.settings = settings;
        this.passwordExecutor = passwordExecutor();
    }

    /**
     * Starts an API on a database.
     *
     * @param jdbi connections come from here; a pool, as each request takes one
     * @param accounts the same database's accounts
     * @param tokens what signs and checks tokens
     */
    public static Builder on(Jdbi jdbi, Accounts accounts, TokenService tokens) {
        return new Builder(jdbi, accounts, tokens);
    }

    /** Returns the application. */
    public ResourceConfig resourceConfig() {
        LimsDatabase database = new LimsDatabase(settings.jdbi);
        ResourceConfig config = new ResourceConfig();
        config.property(ServerProperties.WADL_FEATURE_DISABLE, true);
        config.property(ServerProperties.RESPONSE_SET_STATUS_OVER_SEND_ERROR, true);
        config.property(CommonProperties.FEATURE_AUTO_DISCOVERY_DISABLE, true);
        config.property(CommonProperties.METAINF_SERVICES_LOOKUP_DISABLE, true);
        config.register(MultiPartFeature.class);
        config.register(new FailureMapper());
        config.register(new BodyLimitFilter(settings.maxBodyBytes));
        config.register(new BearerFilter(settings.verifier, settings.accounts, settings.views));
        settings.cors.ifPresent(policy -> config.register(new CorsFilter(policy)));
        config.register(new HealthResource(settings.version));
        config.register(
                new SignInResource(
                        database,
                        settings.accounts,
                        settings.tokens,
                        settings.verifier,
                        new SignInThrottle(Clock.systemUTC()),
                        settings.signInListener,
                        passwordExecutor,
                        settings.registrationOpen));
        config.register(
                new TicketResource(
                        new Tickets(
                                settings.jdbi,
                                settings.accounts,
                                new SecureRandom(),
                                Clock.systemUTC())));
        config.register(new UsersResource(database, settings.accounts));
        config.register(new ChemicalsResource(database));
        config.register(new LocationsResource(database));
        config.register(new InventoryResource(database));
        config.register(new ExperimentsResource(database));
        config.register(new SamplesResource(database));
        config.register(new TestsResource(database));
        config.register(new SettingsResource(database));
        return config;
    }

    /* Half of the processors at most, and a bounded queue: hashing can't starve anything else. */
    private static ExecutorService passwordExecutor() {
        int threads = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
        AtomicInteger number = new AtomicInteger();
        ThreadPoolExecutor executor =
                new ThreadPoolExecutor(
                        threads,
                        threads,
                        30,
                        TimeUnit.SECONDS,
                        new ArrayBlockingQueue<>(WAITING_SIGN_INS),
                        work -> {
                            Thread thread =
                                    new Thread(work, "lims-password-" + number.incrementAndGet());
                            thread.setDaemon(true);
                            return thread;
                        });
        executor.allowCoreThreadTimeOut(true);
        return executor;
    }

    /** Ends the threads that hash passwords. */
    @Override
    public void close() {
        passwordExecutor.shutdownNow();
    }

    /** Collects settings; each has a default that suits the stand-alone server. Confined. */
    public static final class Builder {
        private final Jdbi jdbi;
        private final Accounts accounts;
        private final TokenService tokens;
        private TokenVerifier verifier;
        private SignInListener signInListener = new SignInListener() {};
        private Function<Account, View> views = account -> View.everything();
        private String version = "development";
        private boolean registrationOpen = true;
        private int maxBodyBytes = DEFAULT_MAX_BODY_BYTES;
        private Optional<CorsPolicy> cors = Optional.empty();

        private Builder(Jdbi jdbi, Accounts accounts, TokenService tokens) {
            this.jdbi = requireNonNull(jdbi, "jdbi");
            this.accounts = requireNonNull(accounts, "accounts");
            this.tokens = requireNonNull(tokens, "tokens");
            this.verifier = tokens;
        }

        /** Who is told of sign-ins; nobody unless given. */
        public Builder signInListener(SignInListener listener) {
            this.signInListener = requireNonNull(listener, "listener");
            return this;
        }

        /** Which tokens are good; those that the API itself issues unless given. */
        public Builder verifier(TokenVerifier newVerifier) {
            this.verifier = requireNonNull(newVerifier, "verifier");
            return this;
        }

        /**
         * What an account may see, and so change, of the resources; everything unless given. It is
         * asked for each request.
         */
        public Builder views(Function<Account, View> newViews) {
            this.views = requireNonNull(newViews, "views");
            return this;
        }

        /** What {@code /health} says; {@code development} unless given. */
        public Builder version(String newVersion) {
            this.version = requireNonNull(newVersion, "version");
            return this;
        }

        /** Whether anybody may register; true unless given, as in FreeLIMS. */
        public Builder registrationOpen(boolean open) {
            this.registrationOpen = open;
            return this;
        }

        /** The largest request body; {@link #DEFAULT_MAX_BODY_BYTES} unless given. */
        public Builder maxBodyBytes(int bytes) {
            if (bytes < 1) {
                throw new IllegalArgumentException("maxBodyBytes must be >= 1 but was " + bytes);
            }
            this.maxBodyBytes = bytes;
            return this;
        }

        /**
         * Lets the API itself answer by this policy; none unless given, for the server to do it.
         */
        public Builder cors(CorsPolicy policy) {
            this.cors = Optional.of(policy);
            return this;
        }

        /** Starts the API. */
        public LimsApi build() {
            return new LimsApi(this);
        }
    }
}
