package org.freelims.sync.server.lims;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import jakarta.ws.rs.core.UriInfo;
import java.util.List;
import java.util.Optional;
import org.freelims.sync.server.security.Accounts;
import org.freelims.sync.server.security.Passwords;

/** The accounts: one's own for everybody, all of them for administrators. Thread-safe. */
@Path("users")
public final class UsersResource {
    private static final Table TABLE = Tables.USERS;
    private static final List<Field> OWN_FIELDS =
            TABLE.fields().stream().filter(field -> !field.name().startsWith("is_")).toList();
    private static final Field PASSWORD = Field.prose("password");

    private final LimsDatabase database;
    private final Accounts accounts;

    UsersResource(LimsDatabase database, Accounts accounts) {
        this.database = database;
        this.accounts = accounts;
    }

    @GET
    @Path("me")
    public Response me(@Context SecurityContext context) {
        SignedIn who = SignedIn.of(context).seeingAll();
        return Answers.ok(database.read(who, rows -> rows.get(TABLE, who.id())));
    }

    /** Whether one is active or an administrator is for others to say; those fields are ignored. */
    @PUT
    @Path("me")
    public Response updateMe(byte[] body, @Context SecurityContext context) {
        SignedIn who = SignedIn.of(context).seeingAll();
        return update(who.id(), Form.of(body), OWN_FIELDS, who);
    }

    @GET
    @AdminOnly
    public Response list(@Context UriInfo uri, @Context SecurityContext context) {
        Query query = new Query(uri);
        Query.Page page = query.page();
        Filter filter =
                Filter.none().search(query.text("search"), "t.username", "t.email", "t.full_name");
        query.check();
        return Answers.ok(
                database.read(
                        SignedIn.of(context), rows -> rows.list(TABLE, filter, "t.id", page)));
    }

    @GET
    @Path("{id}")
    @AdminOnly
    public Response get(@PathParam("id") String idText, @Context SecurityContext context) {
        int id = userId(idText);
        return Answers.ok(database.read(SignedIn.of(context), rows -> rows.get(TABLE, id)));
    }

    @PUT
    @Path("{id}")
    @AdminOnly
    public Response update(
            @PathParam("id") String idText, byte[] body, @Context SecurityContext context) {
        int id = userId(idText);
        return update(id, Form.of(body), TABLE.fields(), SignedIn.of(context));
    }

    private Response update(int id, Form form, List<Field> fields, SignedIn who) {
        Input input = withoutEmptyTexts(form.forUpdate(fields));
        Optional<String> password = newPassword(form);
        form.problems().check();
        return Answers.ok(
                database.write(
                        who,
                        rows -> {
                            keepAnAdministrator(rows, id, input);
                            rows.update(TABLE, id, input);
                            password.ifPresent(
                                    chosen -> accounts.setPassword(rows.handle(), id, chosen));
                            return rows.get(TABLE, id);
                        }));
    }

    /* What a form leaves empty stays as it is: an account can't be without any of these. */
    private static Input withoutEmptyTexts(Input input) {
        return new Input(
                input.values().stream()
                        .filter(value -> !(value.value() instanceof String s && s.isBlank()))
                        .toList());
    }

    private static Optional<String> newPassword(Form form) {
        Optional<String> sent =
                form.forUpdate(List.of(PASSWORD))
                        .get("password")
                        .map(String.class::cast)
                        .filter(text -> !text.isEmpty());
        sent.map(Passwords::objectionTo)
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
        return sent;
    }

    /* Locks all administrators, so that two of them can't each remove the other at once. */
    private static void keepAnAdministrator(Rows rows, int id, Input input) {
        boolean steppingDown =
                input.get("is_admin").filter(Boolean.FALSE::equals).isPresent()
                        || input.get("is_active").filter(Boolean.FALSE::equals).isPresent();
        if (!steppingDown) {
            return;
        }
        List<Integer> administrators = rows.lockAdministrators();
        if (administrators.equals(List.of(id))) {
            throw RefusedException.badRequest(
                    "This is the last active administrator. Make another one first.");
        }
    }

    private static int userId(String text) {
        return PathId.read("user_id", text, TABLE.noun());
    }
}
