// The sync protocol, as far as the console needs it: all that may be seen, from now on, resumed after a break.
const FIRST_DELAY_MS = 500;
const LAST_DELAY_MS = 10_000;

/**
 * Keeps a connection until `stop` is called.
 *
 * onNotification(message), onState('live' | 'connecting' | 'refused'), onSignedOut()
 */
export class Sync {
  #handlers;
  #token;
  #socket;
  #timer;
  #position;
  #delay = FIRST_DELAY_MS;
  #opened = false;
  #stopped = false;

  constructor(token, handlers) {
    this.#token = token;
    this.#handlers = handlers;
    this.#connect();
  }

  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#socket?.close(1000);
  }

  #connect() {
    this.#handlers.onState('connecting');
    const url = new URL('/sync', location.href);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(url, ['freelims.sync.v1']);
    this.#socket = socket;
    socket.onopen = () => {
      this.#opened = true;
      this.#send({ type: 'authenticate', id: 1, token: this.#token });
    };
    socket.onmessage = (event) => this.#heard(JSON.parse(event.data));
    socket.onclose = () => this.#closed();
  }

  #closed() {
    if (this.#stopped) {
      return;
    }
    this.#handlers.onState(this.#opened ? 'connecting' : 'refused');
    this.#timer = setTimeout(() => this.#connect(), this.#delay * (0.5 + Math.random()));
    this.#delay = Math.min(this.#delay * 2, LAST_DELAY_MS);
  }

  #send(message) {
    this.#socket.send(JSON.stringify(message));
  }

  #subscribe() {
    this.#send({ type: 'subscribe', id: 2, to: '*', from: this.#position ?? 'now' });
  }

  #heard(message) {
    switch (message.type) {
      case 'authenticated':
        this.#subscribe();
        break;
      case 'subscribed':
        this.#position = message.position;
        this.#delay = FIRST_DELAY_MS;
        this.#handlers.onState('live');
        break;
      case 'notification':
        this.#position = message.position;
        this.#handlers.onNotification(message);
        break;
      case 'left':
        this.#position = message.position ?? this.#position;
        break;
      case 'heartbeat':
        this.#position = message.position;
        break;
      case 'resync':
        if (message.code === 'POSITION_LOST') {
          this.#position = undefined;
          this.#subscribe();
        }
        break;
      case 'error':
        if (message.id === 1) {
          this.#signedOut();
        }
        break;
      case 'closing':
        if (message.code === 'TOKEN_EXPIRED' || message.code === 'REVOKED') {
          this.#signedOut();
        }
        break;
      default: // nothing else concerns a console
    }
  }

  #signedOut() {
    this.stop();
    this.#handlers.onSignedOut();
  }
}
