package org.freelims.sync.server.security;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/*
 * A handshake asks for an alias first, and for key and chain by it later. Each certificate has an alias of its own, and
 * the one before the current is kept, so a handshake that a replacement overtakes still gets both of the same.
 */
/** Hands one certificate and its key to TLS, until they are replaced. Thread-safe. */
final class ServedKey extends X509ExtendedKeyManager {
    /** A chain, the server's own certificate first, and the key of that. */
    record Pair(List<X509Certificate> chain, PrivateKey key) {
        Pair {
            chain = List.copyOf(chain);
        }
    }

    private record Generation(int number, Pair pair, @Nullable Generation before) {}

    private volatile Generation current;

    ServedKey(Pair first) {
        current = new Generation(0, first, null);
    }

    synchronized void replace(Pair next) {
        Generation now = current;
        current = new Generation(now.number + 1, next, new Generation(now.number, now.pair, null));
    }

    String subject() {
        return current.pair.chain.get(0).getSubjectX500Principal().getName();
    }

    private @Nullable Pair named(String alias) {
        for (Generation g = current; g != null; g = g.before) {
            if (alias.equals(Integer.toString(g.number))) {
                return g.pair;
            }
        }
        return null;
    }

    private @Nullable String alias(String keyType) {
        Generation now = current;
        String algorithm = now.pair.key.getAlgorithm();
        boolean fits =
                keyType.equals(algorithm)
                        || (algorithm.equals("RSA") && keyType.equals("RSASSA-PSS"))
                        || (algorithm.equals("EC") && keyType.startsWith("EC"));
        return fits ? Integer.toString(now.number) : null;
    }

    @Override
    public @Nullable String chooseEngineServerAlias(
            String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
        return alias(keyType);
    }

    @Override
    public @Nullable String chooseServerAlias(
            String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return alias(keyType);
    }

    @Override
    public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
        String alias = alias(keyType);
        return alias == null ? null : new String[] {alias};
    }

    @Override
    public X509Certificate @Nullable [] getCertificateChain(String alias) {
        Pair pair = named(alias);
        return pair == null ? null : pair.chain.toArray(X509Certificate[]::new);
    }

    @Override
    public @Nullable PrivateKey getPrivateKey(String alias) {
        Pair pair = named(alias);
        return pair == null ? null : pair.key;
    }

    @Override
    public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
        return null; // it is no client
    }

    @Override
    public @Nullable String chooseClientAlias(
            String[] keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return null;
    }
}
