import { adviceOf, type Closing, type Failed, type Left, type Resync, type ServerMessage, type StartFrom, SyncError } from './protocol.js';
import { ActiveSubscription, type Outcome, type Subscription, type SyncHandler } from './subscription.js';

export { adviceOf, SyncError } from './protocol.js';
export type { Advice, Left, Notification, Row, StartFrom } from './protocol.js';
export type { Subscription, SubscriptionState, SyncHandler } from './subscription.js';
export { byTransaction, type Change, type TransactionHandler, type Truncated } from './transactions.js';

/** `waiting`: for the next attempt. `ended`: closed, or of no use. */
export type ClientState = 'connecting' | 'connected' | 'waiting' | 'ended';

/** The part of a browser's WebSocket that is used; Node.js has the same from 22 on. */
export interface WebSocketLike {
  onopen: ((event: never) => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(text: string): void;
  close(code?: number, reason?: string): void;
}

export interface SyncClientOptions {
  /** Such as `wss://lims.example.org/sync`. */
  readonly url: string;
  /** Who this is: a token, or what returns a fresh one; left out for anonymous clients. */
  readonly token?: string | (() => string | Promise<string>);
  /** Told of each change of `state`, with the reason if there is one. */
  readonly onState?: (state: ClientState, why: SyncError | undefined) => void;
  readonly webSocket?: new (url: string, protocols: string[]) => WebSocketLike;
}

const SUBPROTOCOL = 'freelims.sync.v1';
const FIRST_DELAY_MS = 250;
const LAST_DELAY_MS = 30_000;
const CONNECT_TIMEOUT_MS = 10_000;
const WINDOW = 32;
const SILENT_PING = 2;
const SILENT_DEAD = 4;
/** The longest that setTimeout can wait. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * A connection to a sync server that is kept up: when it breaks it is made again, and every
 * subscription goes on where it was, with nothing lost or repeated (rules 3 to 7).
 */
export class SyncClient {
  state: ClientState = 'connecting';
  private readonly all = new Set<ActiveSubscription>();
  private waiting: ActiveSubscription[] = [];
  private readonly asked = new Map<number, ActiveSubscription>();
  private readonly live = new Map<string, ActiveSubscription>();
  private socket: WebSocketLike | undefined;
  private ready = false;
  private closing: Closing | undefined;
  private unasked: Failed | undefined;
  private failures = 0;
  private refusals = 0;
  private silent = 0;
  private ids = 0;
  private authentication = -1;
  private connectTimer: ReturnType<typeof setTimeout> | undefined;
  private heartbeatTimer: ReturnType<typeof setInterval> | undefined;
  private renewTimer: ReturnType<typeof setTimeout> | undefined;

  /** Starts to connect, and stays connected until `close`. */
  constructor(private readonly options: SyncClientOptions) {
    this.connect();
  }

  /**
   * Subscribes, with or without a connection.
   *
   * @param expression such as `inventory`, `inventory/42`, `inventory?quantity<10` or `*`
   * @param from `"snapshot"`, `"now"`, or a position to go on from
   */
  subscribe(expression: string, from: StartFrom, handler: SyncHandler): Subscription {
    if (this.state === 'ended') {
      throw new Error('The client has ended.');
    }
    const subscription = new ActiveSubscription(expression, from, handler);
    this.all.add(subscription);
    this.ask(subscription);
    return {
      expression,
      get state() {
        return subscription.state;
      },
      get position() {
        return subscription.position;
      },
      close: () => this.remove(subscription),
    };
  }

  /** Ends the connection and all subscriptions; no handler is called afterwards. */
  close(): void {
    this.end(undefined);
  }

  private connect(): void {
    this.become('connecting');
    const here = (globalThis as unknown as { WebSocket?: SyncClientOptions['webSocket'] }).WebSocket;
    const Socket = this.options.webSocket ?? here;
    if (!Socket) {
      throw new Error('There is no WebSocket here. Give one as the option "webSocket".');
    }
    const socket: WebSocketLike = new Socket(this.options.url, [SUBPROTOCOL]);
    this.socket = socket;
    this.connectTimer = setTimeout(() => this.disconnected(socket), CONNECT_TIMEOUT_MS);
    socket.onopen = () => void this.signIn(socket);
    socket.onmessage = ({ data }) => {
      if (this.socket === socket && typeof data === 'string') {
        this.silent = 0;
        this.receive(JSON.parse(data) as ServerMessage);
      }
    };
    socket.onclose = () => this.disconnected(socket);
    socket.onerror = () => undefined; // `close` follows
  }

  private async signIn(socket: WebSocketLike): Promise<void> {
    const { token } = this.options;
    if (token === undefined) {
      return; // `welcome` is all there is to wait for
    }
    try {
      const text = typeof token === 'string' ? token : await token();
      if (this.socket === socket) {
        this.authentication = this.send({ type: 'authenticate', token: text });
      }
    } catch {
      this.disconnected(socket); // and asks for a token again with the next attempt
    }
  }

  private send(message: Record<string, unknown>): number {
    const id = this.ids++;
    this.socket?.send(JSON.stringify({ ...message, id }));
    return id;
  }

  private receive(message: ServerMessage): void {
    switch (message.type) {
      case 'welcome':
        return this.welcomed(message.heartbeatMs);
      case 'authenticated':
        return this.authenticated(message.expiresAt);
      case 'subscribed':
        return this.subscribed(message.id, message.to, message.position);
      case 'snapshot':
        return this.live.get(message.to)?.page(message.rows, message.last, message.position);
      case 'notification':
        return this.changed(message, (handler) => handler.onNotification?.(message));
      case 'left':
        return this.left(message);
      case 'heartbeat':
        return this.live.forEach((subscription) => subscription.complete(message.position));
      case 'resync':
        return this.resync(message);
      case 'unsubscribed':
        return this.unsubscribed(message.id, message.to);
      case 'error':
        return this.failed(message);
      case 'closing':
        this.closing = message;
        return;
      case 'pong':
    }
  }

  private left(message: Left): void {
    const { position, prev } = message;
    if (position === undefined || prev === undefined) {
      this.live.get(message.to)?.withdrawn((handler) => handler.onLeft?.(message));
    } else {
      this.changed({ to: message.to, position, prev }, (handler) => handler.onLeft?.(message));
    }
  }

  private welcomed(heartbeatMs: number): void {
    clearTimeout(this.connectTimer);
    clearInterval(this.heartbeatTimer);
    this.heartbeatTimer = setInterval(() => this.listen(), heartbeatMs / 2);
    if (this.options.token === undefined) {
      this.use();
    }
  }

  /** A connection on which nothing comes, not even a heartbeat, is asked for a sign of life. */
  private listen(): void {
    this.silent++;
    if (this.silent >= SILENT_DEAD && this.socket) {
      this.disconnected(this.socket);
    } else if (this.silent === SILENT_PING) {
      this.send({ type: 'ping' });
    }
  }

  private authenticated(expiresAt: string | null): void {
    this.refusals = 0;
    clearTimeout(this.renewTimer);
    if (expiresAt !== null && typeof this.options.token === 'function') {
      const { socket } = this;
      const left = Date.parse(expiresAt) - Date.now();
      this.renewTimer = setTimeout(
        () => socket && this.socket === socket && void this.signIn(socket),
        Math.min(Math.max(left * 0.9, 1_000), LONGEST_MS),
      );
    }
    if (!this.ready) {
      this.use();
    }
  }

  private use(): void {
    this.ready = true;
    this.failures = 0;
    this.waiting = [...this.all];
    this.become('connected');
    this.pump();
  }

  private ask(subscription: ActiveSubscription): void {
    if (this.ready && this.all.has(subscription)) {
      this.waiting.push(subscription);
      this.pump();
    }
  }

  /** So many are asked for at once: a storm of requests would be refused. */
  private pump(): void {
    while (this.asked.size < WINDOW) {
      const next = this.waiting.shift();
      if (!next) {
        return;
      }
      const { expression } = next;
      this.asked.set(this.send({ type: 'subscribe', to: expression, from: next.start() }), next);
    }
  }

  private take(id: number | undefined): ActiveSubscription | undefined {
    const subscription = id === undefined ? undefined : this.asked.get(id);
    if (id !== undefined) {
      this.asked.delete(id);
    }
    return subscription;
  }

  private subscribed(id: number | undefined, to: string, position: string): void {
    const subscription = this.take(id);
    if (subscription && this.live.has(to)) {
      this.drop(subscription, new SyncError('BAD_REQUEST', `There is a subscription to ${to} already.`));
    } else if (subscription) {
      this.live.set(to, subscription);
      subscription.subscribed(position);
    }
    this.pump();
  }

  private changed(
    message: { readonly to: string; readonly prev: string; readonly position: string },
    handOver: (handler: SyncHandler) => void,
  ): void {
    const subscription = this.live.get(message.to);
    if (subscription) {
      this.judged(
        subscription,
        subscription.change(message.prev, message.position, () => handOver(subscription.handler)),
      );
    }
  }

  /** A gap: the server ends what it sends, and goes on from the position that is known. */
  private judged(subscription: ActiveSubscription, outcome: Outcome): void {
    if (outcome === 'fine') {
      return;
    }
    if (subscription.stuck !== undefined && subscription.stuck === subscription.position) {
      subscription.stuck = undefined;
      if (this.socket) {
        this.disconnected(this.socket);
      }
      return;
    }
    subscription.stuck = subscription.position;
    this.forget(subscription);
    subscription.wait();
    this.send({ type: 'unsubscribe', to: subscription.expression });
    this.ask(subscription);
  }

  private resync(message: Resync): void {
    const subscription = this.asked.get(message.id ?? -1) ?? this.live.get(message.to);
    if (!subscription) {
      return;
    }
    if (message.code === 'TRUNCATED') {
      const { position, prev = position, code, resource } = message;
      if (position !== undefined && prev !== undefined) {
        const clear = () => subscription.handler.onResync?.(code, resource);
        this.judged(subscription, subscription.change(prev, position, clear));
      }
      return;
    }
    this.lost(subscription);
  }

  private lost(subscription: ActiveSubscription): void {
    this.forget(subscription);
    subscription.lost();
    this.ask(subscription);
  }

  /** Only what the server does by itself has no id; the error that says why has come before it. */
  private unsubscribed(id: number | undefined, to: string): void {
    const subscription = this.live.get(to);
    const why = this.unasked;
    if (id !== undefined) {
      return;
    }
    this.unasked = undefined;
    this.live.delete(to);
    if (subscription && why && adviceOf(why.code) === 'retry') {
      this.retry(subscription);
    } else if (subscription) {
      const { code = 'FORBIDDEN', message = `The server ended the subscription to ${to}.` } = why ?? {};
      this.drop(subscription, new SyncError(code, message));
    }
  }

  private failed(message: Failed): void {
    const error = new SyncError(message.code, message.message);
    if (message.id === undefined) {
      this.unasked = message;
      return;
    }
    if (message.id === this.authentication) {
      this.refused(error);
      return;
    }
    const subscription = this.take(message.id);
    if (!subscription) {
      return;
    }
    switch (adviceOf(message.code)) {
      case 'fix':
      case 'stop':
        this.drop(subscription, error);
        break;
      case 'resync':
        this.lost(subscription);
        break;
      case 'retry':
        this.retry(subscription);
        break;
      case 'renew':
        this.refused(error);
    }
    this.pump();
  }

  /** A fresh token may help, once; the same one does not. */
  private refused(error: SyncError): void {
    if (adviceOf(error.code) === 'retry' && this.socket) {
      this.disconnected(this.socket);
    } else if (typeof this.options.token === 'function' && ++this.refusals < 2 && this.socket) {
      this.disconnected(this.socket);
    } else {
      this.end(error);
    }
  }

  private retry(subscription: ActiveSubscription): void {
    const { socket } = this;
    subscription.wait();
    setTimeout(
      () => this.socket === socket && this.ask(subscription),
      delay(++subscription.retries),
    );
  }

  private remove(subscription: ActiveSubscription): void {
    if (this.all.delete(subscription)) {
      subscription.end();
      if (this.forget(subscription) && this.ready) {
        this.send({ type: 'unsubscribe', to: subscription.expression });
      }
    }
  }

  private drop(subscription: ActiveSubscription, why: SyncError): void {
    this.all.delete(subscription);
    subscription.end(why);
  }

  /** Returns whether the server may know of it. */
  private forget(subscription: ActiveSubscription): boolean {
    this.waiting = this.waiting.filter((other) => other !== subscription);
    return [this.asked, this.live].some((map) => {
      for (const [key, value] of map as Map<unknown, ActiveSubscription>) {
        if (value === subscription) {
          return (map as Map<unknown, ActiveSubscription>).delete(key);
        }
      }
      return false;
    });
  }

  private disconnected(socket: WebSocketLike): void {
    if (this.socket !== socket) {
      return;
    }
    const { closing } = this;
    this.abandon();
    if (closing && !closing.reconnect) {
      this.end(new SyncError(closing.code, 'The server has sent this client away.'));
      return;
    }
    const wait = closing ? closing.afterMs : delay(++this.failures);
    this.become('waiting');
    this.connectTimer = setTimeout(() => this.connect(), wait);
  }

  private abandon(): void {
    const { socket } = this;
    this.socket = undefined;
    this.ready = false;
    this.silent = 0;
    this.closing = this.unasked = undefined;
    clearTimeout(this.connectTimer);
    clearInterval(this.heartbeatTimer);
    clearTimeout(this.renewTimer);
    this.waiting = [];
    this.asked.clear();
    this.live.clear();
    this.all.forEach((subscription) => subscription.wait());
    socket?.close();
  }

  private end(why: SyncError | undefined): void {
    if (this.state === 'ended') {
      return;
    }
    this.abandon();
    const subscriptions = [...this.all];
    this.all.clear();
    subscriptions.forEach((subscription) => subscription.end(why));
    this.become('ended', why);
  }

  private become(state: ClientState, why?: SyncError): void {
    if (this.state !== state) {
      this.state = state;
      this.options.onState?.(state, why);
    }
  }
}

/** Half of what doubles with each failure, and a random part of the other half. */
function delay(failures: number): number {
  const span = Math.min(FIRST_DELAY_MS * 2 ** Math.min(failures - 1, 20), LAST_DELAY_MS);
  return span / 2 + Math.random() * (span / 2);
}
