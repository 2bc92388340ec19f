// ws, with a set of sockets for each resource: a notification is encoded once. Arguments: PORT GO_PORT.
import { WebSocketServer } from "ws";
import { listen } from "./go.mjs";

const [port, goPort] = process.argv.slice(2).map(Number);
const subscribed = new Map();
const server = new WebSocketServer({ port, host: "127.0.0.1", perMessageDeflate: false });
server.on("connection", (socket) => {
    socket.on("message", (data) => {
        const { resource } = JSON.parse(data);
        const sockets = subscribed.get(resource) ?? new Set();
        subscribed.set(resource, sockets.add(socket));
        socket.on("close", () => sockets.delete(socket));
        socket.send(JSON.stringify({ type: "subscribed", resource }));
    });
});
listen(goPort, (notification) => {
    const text = JSON.stringify(notification);
    for (const socket of subscribed.get("inventory") ?? []) socket.send(text);
});
