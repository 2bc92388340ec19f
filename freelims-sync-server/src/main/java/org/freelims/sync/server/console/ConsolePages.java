package org.freelims.sync.server.console;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.glassfish.grizzly.http.Method;
import org.glassfish.grizzly.http.server.Request;
import org.glassfish.grizzly.http.server.Response;

/**
 * Serves the console's own few files, with headers that let the page use nothing else: no script
 * that is not a file of ours, no style, no image, no other site, no frame around it; and, where the
 * browser knows trusted types, no text that becomes HTML. Thread-safe.
 */
final class ConsolePages {
    private static final String BASE = "/console/";

    private static final Map<String, String> HEADERS =
            Map.of(
                    "Content-Security-Policy",
                    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
                            + " img-src 'self'; base-uri 'none'; form-action 'none';"
                            + " frame-ancestors 'none'; require-trusted-types-for 'script';"
                            + " trusted-types 'none'",
                    "X-Content-Type-Options",
                    "nosniff",
                    "X-Frame-Options",
                    "DENY",
                    "Referrer-Policy",
                    "no-referrer",
                    "Cross-Origin-Opener-Policy",
                    "same-origin",
                    "Cross-Origin-Resource-Policy",
                    "same-origin",
                    "Permissions-Policy",
                    "camera=(), geolocation=(), microphone=()",
                    "Cache-Control",
                    "no-cache");

    private static final Map<String, String> TYPES =
            Map.of(
                    "html", "text/html; charset=utf-8",
                    "css", "text/css; charset=utf-8",
                    "js", "text/javascript; charset=utf-8",
                    "svg", "image/svg+xml");

    private static final List<String> FILES =
            List.of(
                    "index.html",
                    "icon.svg",
                    "console.css",
                    "colours.css",
                    "main.js",
                    "charts.js",
                    "dom.js",
                    "figures.js",
                    "notifications.js",
                    "session.js",
                    "sync.js",
                    "tables.js",
                    "theme.js");

    private final Map<String, byte[]> files = new TreeMap<>();

    /** Reads the files: they are a few and small. */
    ConsolePages() {
        FILES.forEach(name -> files.put(name, read(name)));
    }

    private static byte[] read(String name) {
        try (InputStream in = ConsolePages.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("console/" + name + " is missing from the jar");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void service(Request request, Response response) throws IOException {
        if (request.getMethod() != Method.GET && request.getMethod() != Method.HEAD) {
            response.setHeader("Allow", "GET, HEAD");
            response.sendError(405);
            return;
        }
        HEADERS.forEach(response::setHeader);
        String path = request.getRequestURI();
        if (path.equals("/console")) {
            response.setStatus(308);
            response.setHeader("Location", BASE);
            return;
        }
        String name = path.equals(BASE) ? "index.html" : path.substring(BASE.length());
        byte[] file = files.get(name);
        if (file == null) {
            response.sendError(404);
            return;
        }
        String type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
        response.setContentType(type);
        response.setContentLength(file.length);
        response.getOutputStream().write(file);
    }
}
