package org.freelims.sync.examples.tomcat;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;

/** Signs in ({@code POST}, answered with a token) and out ({@code DELETE}). */
final class SessionServlet extends HttpServlet {
    private static final long serialVersionUID = 1;
    private static final String BEARER = "Bearer ";

    private final transient Sessions sessions;

    SessionServlet(Sessions sessions) {
        this.sessions = sessions;
    }

    /** Returns the token that a request carries; empty if none. */
    static String token(HttpServletRequest request) {
        String header = request.getHeader("Authorization");
        return header == null || !header.startsWith(BEARER)
                ? ""
                : header.substring(BEARER.length());
    }

    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        String user = Optional.ofNullable(request.getParameter("user")).orElse("");
        String password = Optional.ofNullable(request.getParameter("password")).orElse("");
        Optional<String> token = sessions.signIn(user, password);
        if (token.isEmpty()) {
            response.sendError(HttpServletResponse.SC_UNAUTHORIZED);
            return;
        }
        response.setContentType("text/plain");
        response.getWriter().print(token.get());
    }

    @Override
    protected void doDelete(HttpServletRequest request, HttpServletResponse response) {
        sessions.signOut(token(request));
        response.setStatus(HttpServletResponse.SC_NO_CONTENT);
    }
}
