// One socket.io-client, told on its standard input what to do, telling on its standard output what it hears; a JSON
// object a line, both ways. Its argument: {"url": ..., "options": {...}}.
import { createInterface } from 'node:readline';
import { io } from 'socket.io-client';

const { url, options } = JSON.parse(process.argv[2]);

function say(event, ...args) {
  process.stdout.write(JSON.stringify({ event, args, at: Date.now() }) + '\n');
}

const socket = io(url, options);
socket.io.on('open', () => {
  const engine = socket.io.engine;
  say('transport', engine.transport.name);
  engine.on('upgrade', (transport) => say('transport', transport.name));
});
socket.on('connect', () => say('connect'));
socket.on('disconnect', (reason) => say('disconnect', reason));
socket.on('connect_error', (error) => say('connect_error', error.message));
socket.onAny((event, ...args) => say(event, ...args));

for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line);
  if (order.ack) {
    socket.emit(order.emit, ...order.args, (...answer) => say('ack', ...answer));
  } else if (order.emit) {
    socket.emit(order.emit, ...order.args);
  } else {
    socket.disconnect();
  }
}
socket.disconnect();
