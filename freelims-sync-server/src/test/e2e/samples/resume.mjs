import { io } from 'socket.io-client';

const base = process.argv[2] ?? 'http://localhost:8001';
const resource = process.argv[3] ?? 'inventory';
const socket = io(base + '/ws', { path: '', transports: ['websocket'] });
let position = 'now';

// Subscribes again after every reconnect, from the last position: what was missed comes first.
socket.on('connect', () => socket.emit('subscribe', { resource, from: position }));

socket.on(resource + '_updated', (notification) => {
  position = notification.position;
  console.log(notification.action, JSON.stringify(notification.data));
});

// The position is no longer known: read everything, then go on from now.
socket.on('resync', (resync) => {
  position = 'now';
  socket.emit('subscribe', { resource, from: 'snapshot' });
});

socket.on('subscription_error', (error) => console.error(error.message));
