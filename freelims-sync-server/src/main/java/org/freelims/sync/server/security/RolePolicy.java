package org.freelims.sync.server.security;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.toMap;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.freelims.sync.access.View;
import org.freelims.sync.subscription.Expression;

/**
 * Which roles there are, what each may see, and who has which. Immutable.
 *
 * <p>Several roles add up: a resource or a row is seen if one role shows it. A field that a role
 * hides is seen only if another shows it in all rows; if that one shows some of the rows only, the
 * field stays hidden in all, since what is hidden is the same for every row of a view.
 *
 * @param roles by name, their shares by resource
 * @param everyone the roles of every active account
 * @param admins the roles that administrators have besides
 * @param anonymous the roles of somebody unknown, where the server lets them in
 * @param users roles that single accounts have besides, by user name
 */
public record RolePolicy(
        Map<String, Map<String, Share>> roles,
        List<String> everyone,
        List<String> admins,
        List<String> anonymous,
        Map<String, List<String>> users) {
    private static final String USER_ID = "{user}";
    private static final String USERNAME = "{username}";

    public RolePolicy {
        roles =
                roles.entrySet().stream()
                        .collect(toMap(Map.Entry::getKey, e -> copy(e.getValue())));
        roles = Map.copyOf(roles);
        everyone = List.copyOf(everyone);
        admins = List.copyOf(admins);
        anonymous = List.copyOf(anonymous);
        users =
                users.entrySet().stream()
                        .collect(toMap(Map.Entry::getKey, e -> List.copyOf(e.getValue())));
        users = Map.copyOf(users);
    }

    private static Map<String, Share> copy(Map<String, Share> shares) {
        return Map.copyOf(shares);
    }

    /**
     * What a role sees of one resource.
     *
     * @param rows the conditions that a row must fulfil, as in a subscription: {@code
     *     location_id=1,2&unit=g}; {@code {user}} and {@code {username}} stand for the account's.
     *     If empty, all rows are seen
     * @param hidden fields that are left out
     */
    public record Share(Optional<String> rows, Set<String> hidden) {
        /** All of the resource. */
        public static final Share WHOLE = new Share(Optional.empty(), Set.of());

        public Share {
            requireNonNull(rows, "rows");
            hidden = Set.copyOf(hidden);
        }
    }

    /** Who a policy's placeholders stand for. */
    private record Holder(String id, String username) {}

    /**
     * Returns the policy without a file: accounts see what is for users, administrators all.
     *
     * @param forAnonymous what somebody unknown may see, where the server lets them in
     */
    public static RolePolicy standard(
            Set<String> forUsers, Set<String> forAdmins, Set<String> forAnonymous) {
        return new RolePolicy(
                Map.of(
                        "user", whole(forUsers),
                        "admin", whole(forAdmins),
                        "anonymous", whole(forAnonymous)),
                List.of("user"),
                List.of("admin"),
                List.of("anonymous"),
                Map.of());
    }

    /** Returns shares that show all of these resources. */
    static Map<String, Share> whole(Set<String> resources) {
        return resources.stream().collect(toMap(name -> name, name -> Share.WHOLE));
    }

    /** Returns what an account may see; an inactive one nothing. */
    public View viewOf(Account account) {
        if (!account.active()) {
            return new PolicyView(Map.of());
        }
        Set<String> held = new LinkedHashSet<>(everyone);
        if (account.admin()) {
            held.addAll(admins);
        }
        held.addAll(users.getOrDefault(account.username(), List.of()));
        return view(held, new Holder(String.valueOf(account.id()), account.username()));
    }

    /** Returns what somebody unknown may see. */
    public View viewOfAnonymous() {
        return view(new LinkedHashSet<>(anonymous), new Holder("null", "null"));
    }

    private View view(Set<String> held, Holder holder) {
        Map<String, List<Share>> shares = new HashMap<>();
        for (String role : held) {
            roles.getOrDefault(role, Map.of())
                    .forEach(
                            (resource, share) ->
                                    shares.computeIfAbsent(resource, r -> new ArrayList<>())
                                            .add(share));
        }
        Map<String, PolicyView.Rule> rules = new HashMap<>();
        shares.forEach((resource, all) -> rules.put(resource, rule(resource, all, holder)));
        return new PolicyView(rules);
    }

    private static PolicyView.Rule rule(String resource, List<Share> shares, Holder holder) {
        List<Share> ofAllRows = shares.stream().filter(s -> s.rows().isEmpty()).toList();
        Set<Expression> rows = new LinkedHashSet<>();
        Set<String> hidden = new HashSet<>();
        for (Share share : shares) {
            share.rows().ifPresent(filter -> rows.add(filter(resource, filter, holder)));
            share.hidden().stream()
                    .filter(field -> ofAllRows.stream().allMatch(s -> s.hidden().contains(field)))
                    .forEach(hidden::add);
        }
        return new PolicyView.Rule(ofAllRows.isEmpty() ? List.copyOf(rows) : List.of(), hidden);
    }

    /**
     * Reads a row filter, with anybody for its placeholders.
     *
     * @throws org.freelims.sync.protocol.SyncException if it does not read
     */
    static Expression filter(String resource, String filter) {
        return filter(resource, filter, new Holder("0", "nobody"));
    }

    private static Expression filter(String resource, String filter, Holder holder) {
        return Expression.parse(
                resource
                        + '?'
                        + filter.replace(USER_ID, holder.id())
                                .replace(USERNAME, encoded(holder.username())));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
