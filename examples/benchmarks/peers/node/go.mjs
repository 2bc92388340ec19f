// GET /go?n=1000&rate=200: publishes n notifications, so many a second or as fast as it goes (rate 0), each with its time in
// batch_number, and then answers.
import { createServer } from "node:http";
import { setImmediate as turn, setTimeout as rest } from "node:timers/promises";

/** How many notifications of a burst before the event loop may write. */
const A_TURN = 8;

const epoch = BigInt(Date.now()) * 1_000_000n - process.hrtime.bigint();

function notification() {
    return {
        action: "update",
        resource: "inventory",
        data: {
            id: 42,
            chemical_id: 1,
            location_id: 1,
            quantity: 120.0,
            unit: "g",
            batch_number: `@T${epoch + process.hrtime.bigint()}@`,
            expiration_date: "2026-02-28T00:00:00",
            created_at: "2025-02-28T17:19:07.279744-05:00",
            updated_at: "2025-02-28T17:21:58.341042-05:00",
        },
    };
}

async function go(count, rate, publish) {
    const start = performance.now();
    for (let i = 0; i < count; i++) {
        if (rate > 0) {
            const due = start + (i * 1000) / rate;
            while (performance.now() < due) await rest(1);
        } else if (i % A_TURN === A_TURN - 1) {
            await turn();
        }
        publish(notification());
    }
}

/** Returns an HTTP server, listening on this machine, that hands each notification to `publish`. */
export function listen(port, publish) {
    return createServer(async (request, response) => {
        const url = new URL(request.url, "http://localhost");
        if (url.pathname === "/go") {
            await go(Number(url.searchParams.get("n")), Number(url.searchParams.get("rate")), publish);
        } else {
            response.statusCode = 404;
        }
        response.end();
    }).listen(port, "127.0.0.1");
}
