// socket.io: a room for each resource. Arguments: PORT GO_PORT.
import { createServer } from "node:http";
import { Server } from "socket.io";
import { listen } from "./go.mjs";

const [port, goPort] = process.argv.slice(2).map(Number);
const http = createServer();
const io = new Server(http, { path: "/ws", perMessageDeflate: false, pingInterval: 25_000, pingTimeout: 60_000 });
io.on("connection", (socket) => {
    socket.on("subscribe", ({ resource }) => {
        socket.join(resource);
        socket.emit("subscription_success", { resource });
    });
});
http.listen(port, "127.0.0.1");
listen(goPort, (notification) => io.to("inventory").emit("inventory_updated", notification));
