import type { Socket } from 'socket.io-client';
import {
  type Answer,
  type Closing,
  type Heartbeat,
  isAfter,
  type Left,
  type Notification,
  type Resource,
  type Resync,
  type Row,
  type SnapshotPart,
} from './protocol';

/** `offline`: not started, or told not to come back. */
export type ConnectionState = 'connecting' | 'connected' | 'reconnecting' | 'offline';

/** `waiting`: for the connection. `loading`: the snapshot is coming. `off`: not asked for. */
export type SubscriptionStatus = 'off' | 'waiting' | 'loading' | 'live' | 'refused';

export interface SubscriptionState {
  readonly status: SubscriptionStatus;
  /** Why it was refused. */
  readonly message: string;
  /** How many changes have arrived. */
  readonly changes: number;
}

/** An immutable picture of the client, a new object whenever something in it changes. */
export interface SyncState {
  readonly connection: ConnectionState;
  /** When it last was in step with the server, if it is not now; milliseconds. */
  readonly lostAt: number | undefined;
  readonly subscriptions: ReadonlyMap<Resource, SubscriptionState>;
}

/** A change of one record: a notification, or that the record may no longer be seen. */
export type Change =
  | ({ readonly kind: 'notification' } & Notification)
  | ({ readonly kind: 'left' } & Left);

export interface SyncHandler {
  /** All rows of the resource, in place of what was known. */
  onSnapshot(resource: Resource, rows: readonly Row[]): void;
  /** Changes in commit order, each once. */
  onChanges(resource: Resource, changes: readonly Change[]): void;
  /** The server does not know this sign-in any more. */
  onSignedOut(message: string): void;
}

/** The part of a Socket.IO client's socket that is used here, so that tests can bring their own. */
export type SyncSocket = Pick<
  Socket,
  'connected' | 'active' | 'on' | 'off' | 'connect' | 'disconnect' | 'timeout'
> & { readonly io: { reconnectionDelay(ms: number): unknown } };

const ANSWER_TIMEOUT_MS = 10_000;
const RETRY_MS = 2_000;
const RECONNECT_MS = 500;
const BATCH_MS = 16;
const SIGN_IN_CODES = new Set(['BAD_TOKEN', 'UNAUTHENTICATED', 'TOKEN_EXPIRED', 'REVOKED']);
const RETRY_CODES = new Set(['UNAVAILABLE', 'INTERNAL', 'RATE_LIMITED', 'STALLED']);

/** One resource's place in the history: where to go on from, and what the server was last asked. */
class Subscription {
  /** Everything up to here has been handed over; undefined asks for a snapshot. */
  position: string | undefined;
  status: SubscriptionStatus = 'off';
  message = '';
  changes = 0;
  /** How many components look at it. */
  followers = 0;
  /** What the user said, which goes before what components want. */
  chosen: boolean | undefined;
  /** Rises with each request, so that an answer to an earlier one is known as such. */
  request = 0;
  incoming: Row[] = [];
  batch: Change[] = [];

  constructor(readonly resource: Resource) {}

  get wanted(): boolean {
    return this.chosen ?? this.followers > 0;
  }
}

/**
 * Keeps subscriptions in step with the server, over however many connections it takes. A
 * subscription begins with a snapshot. After a lost connection it hands back its last position and
 * is sent what it missed; after a gap, or if the server no longer has what was missed, it notices
 * and catches up or begins anew.
 */
export class SyncClient {
  private readonly subscriptions = new Map<Resource, Subscription>();
  private readonly listeners = new Set<() => void>();
  private readonly timers = new Set<ReturnType<typeof setTimeout>>();
  private readonly unhear: (() => void)[] = [];
  private connection: ConnectionState = 'offline';
  private lostAt: number | undefined;
  private closing: Closing | undefined;
  private flushing = false;
  private picture: SyncState | undefined;

  constructor(
    private readonly socket: SyncSocket,
    private readonly handler: SyncHandler,
    resources: readonly Resource[],
  ) {
    for (const resource of resources) {
      this.subscriptions.set(resource, new Subscription(resource));
    }
  }

  /** Connects, and stays connected until `stop`. */
  start(): void {
    this.hear('connect', () => this.onConnect());
    this.hear('disconnect', (reason: string) => this.onDisconnect(reason));
    this.hear('connect_error', (error: Error & { data?: { code?: string } }) =>
      this.onConnectError(error),
    );
    this.hear('heartbeat', (message: Heartbeat) => this.onHeartbeat(message));
    this.hear('resync', (message: Resync) => this.onResync(message));
    this.hear('closing', (message: Closing) => {
      this.closing = message;
      this.socket.io.reconnectionDelay(Math.max(RECONNECT_MS, message.afterMs));
    });
    for (const subscription of this.subscriptions.values()) {
      const { resource } = subscription;
      this.hear(`${resource}_updated`, (message: Notification) =>
        this.onChange(subscription, { kind: 'notification', ...message }),
      );
      this.hear(`${resource}_left`, (message: Left) =>
        this.onChange(subscription, { kind: 'left', ...message }),
      );
      this.hear(`${resource}_snapshot`, (message: SnapshotPart) =>
        this.onSnapshot(subscription, message),
      );
    }
    this.connection = 'connecting';
    this.socket.connect();
    this.changed();
  }

  /** Disconnects; what is known of each subscription is kept, and `start` goes on from there. */
  stop(): void {
    this.unhear.splice(0).forEach((undo) => undo());
    this.timers.forEach(clearTimeout);
    this.timers.clear();
    this.flush();
    this.socket.disconnect();
    this.lose();
    this.connection = 'offline';
    this.changed();
  }

  /** Does not wait for the next attempt to reconnect. */
  connectNow(): void {
    if (!this.socket.connected) {
      this.socket.disconnect();
      this.socket.connect();
      this.connection = this.lostAt === undefined ? 'connecting' : 'reconnecting';
      this.changed();
    }
  }

  /** Subscribes for as long as somebody follows; call what it returns to follow no longer. */
  follow(resource: Resource): () => void {
    const subscription = this.find(resource);
    subscription.followers++;
    this.settle(subscription);
    let following = true;
    return () => {
      if (following) {
        following = false;
        subscription.followers--;
        // What is looked at again at once, as when React mounts twice, is not let go of.
        this.later(BATCH_MS, () => this.settle(subscription));
      }
    };
  }

  /** Subscribes, or goes on from where `unsubscribe` stopped. */
  subscribe(resource: Resource): void {
    this.choose(resource, true);
  }

  /** Unsubscribes, whoever follows; what is shown then stays as it is. */
  unsubscribe(resource: Resource): void {
    this.choose(resource, false);
  }

  /** For `useSyncExternalStore`. */
  readonly onStateChange = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** For `useSyncExternalStore`. */
  readonly state = (): SyncState => {
    this.picture ??= {
      connection: this.connection,
      lostAt: this.lostAt,
      subscriptions: new Map(
        Array.from(this.subscriptions, ([resource, { status, message, changes }]) => [
          resource,
          { status, message, changes },
        ]),
      ),
    };
    return this.picture;
  };

  private choose(resource: Resource, on: boolean): void {
    const subscription = this.find(resource);
    subscription.chosen = on;
    if (subscription.status === 'refused') {
      subscription.status = 'off';
    }
    this.settle(subscription);
  }

  private find(resource: Resource): Subscription {
    const subscription = this.subscriptions.get(resource);
    if (!subscription) {
      throw new Error(`No such resource: ${resource}`);
    }
    return subscription;
  }

  /** Asks the server for what is wanted, if that is not so already. */
  private settle(subscription: Subscription): void {
    if (subscription.wanted && subscription.status === 'off') {
      this.open(subscription);
    } else if (!subscription.wanted && subscription.status !== 'off') {
      this.flush();
      subscription.request++;
      subscription.status = 'off';
      this.ask('unsubscribe', { resource: subscription.resource }, () => undefined);
      this.changed();
    }
  }

  private open(subscription: Subscription): void {
    const request = ++subscription.request;
    subscription.message = '';
    subscription.incoming = [];
    if (!this.socket.connected) {
      subscription.status = 'waiting';
    } else {
      const from = subscription.position ?? 'snapshot';
      subscription.status = 'loading';
      this.ask('subscribe', { resource: subscription.resource, from }, (answer) => {
        if (subscription.request === request) {
          this.onAnswer(subscription, answer);
        }
      });
    }
    this.changed();
  }

  private onAnswer(subscription: Subscription, answer: Answer | undefined): void {
    if (answer?.ok) {
      if (subscription.position !== undefined) {
        subscription.status = 'live';
      }
    } else if (answer === undefined || RETRY_CODES.has(answer.code)) {
      this.reopenLater(subscription);
    } else if (answer.code === 'POSITION_LOST') {
      this.beginAnew(subscription);
    } else {
      subscription.status = 'refused';
      subscription.message = answer.message;
    }
    this.changed();
  }

  private reopenLater(subscription: Subscription): void {
    const { request } = subscription;
    this.later(RETRY_MS, () => {
      if (subscription.request === request && this.socket.connected) {
        this.open(subscription);
      }
    });
  }

  private beginAnew(subscription: Subscription): void {
    this.flush();
    subscription.position = undefined;
    this.open(subscription);
  }

  private onConnect(): void {
    this.connection = 'connected';
    this.lostAt = undefined;
    this.closing = undefined;
    this.socket.io.reconnectionDelay(RECONNECT_MS);
    for (const subscription of this.subscriptions.values()) {
      if (subscription.wanted && subscription.status !== 'refused') {
        this.open(subscription);
      }
    }
    this.changed();
  }

  private onDisconnect(reason: string): void {
    const expelled = reason === 'io server disconnect';
    this.lose();
    this.connection = expelled ? 'offline' : 'reconnecting';
    this.changed();
    if (expelled && SIGN_IN_CODES.has(this.closing?.code ?? '')) {
      this.handler.onSignedOut('The server has ended this sign-in.');
    }
  }

  private lose(): void {
    if (this.connection === 'connected') {
      this.lostAt = Date.now();
    }
    for (const subscription of this.subscriptions.values()) {
      subscription.request++;
      if (subscription.status === 'loading' || subscription.status === 'live') {
        subscription.status = 'waiting';
      }
    }
  }

  private onConnectError(error: Error & { data?: { code?: string } }): void {
    if (this.socket.active) {
      this.changed(); // it tries again by itself
    } else if (SIGN_IN_CODES.has(error.data?.code ?? '')) {
      this.connection = 'offline';
      this.changed();
      this.handler.onSignedOut(error.message);
    } else {
      this.later(RETRY_MS, () => this.connectNow());
    }
  }

  private onHeartbeat({ position }: Heartbeat): void {
    for (const subscription of this.subscriptions.values()) {
      if (subscription.status === 'live' && isAfter(position, subscription.position ?? position)) {
        subscription.position = position;
      }
    }
  }

  private onResync(message: Resync): void {
    const subscription = this.subscriptions.get(message.to as Resource);
    if (!subscription?.wanted) {
      return;
    }
    if (message.code === 'TRUNCATED' && message.position !== undefined) {
      this.flush();
      subscription.position = message.position;
      this.handler.onSnapshot(subscription.resource, []);
    } else {
      this.beginAnew(subscription);
    }
  }

  private onSnapshot(subscription: Subscription, part: SnapshotPart): void {
    if (subscription.status !== 'loading') {
      return; // what was on its way when we let go
    }
    subscription.incoming.push(...part.rows);
    if (part.last) {
      subscription.position = part.position;
      subscription.status = 'live';
      this.handler.onSnapshot(subscription.resource, subscription.incoming);
      subscription.incoming = [];
      this.changed();
    }
  }

  private onChange(subscription: Subscription, change: Change): void {
    const { position, status } = subscription;
    if (status !== 'live' || position === undefined) {
      return; // what was on its way when we let go, or began anew: it comes again when we go on
    }
    if (change.position === undefined || change.prev === undefined) {
      this.take(subscription, change);
      return;
    }
    if (!isAfter(change.position, position)) {
      return;
    }
    if (isAfter(change.prev, position)) {
      // A gap (rule 5): the server ends what it sends, and goes on from where we are.
      this.ask('unsubscribe', { resource: subscription.resource }, () => undefined);
      this.open(subscription);
      return;
    }
    subscription.position = change.position;
    this.take(subscription, change);
  }

  private take(subscription: Subscription, change: Change): void {
    subscription.changes++;
    subscription.batch.push(change);
    if (!this.flushing) {
      this.flushing = true;
      this.later(BATCH_MS, () => this.flush());
    }
  }

  /** Hands over what came in the last few milliseconds, so that a burst is drawn once. */
  private flush(): void {
    this.flushing = false;
    for (const subscription of this.subscriptions.values()) {
      if (subscription.batch.length > 0) {
        this.handler.onChanges(subscription.resource, subscription.batch);
        subscription.batch = [];
        this.changed();
      }
    }
  }

  private ask(event: string, payload: object, answered: (answer?: Answer) => void): void {
    if (this.socket.connected) {
      this.socket
        .timeout(ANSWER_TIMEOUT_MS)
        .emit(event, payload, (error: Error | null, answer?: Answer) =>
          answered(error ? undefined : answer),
        );
    }
  }

  private hear<M>(event: string, listener: (message: M) => void): void {
    const heard = (message: unknown) => listener(message as M);
    this.socket.on(event, heard);
    this.unhear.push(() => this.socket.off(event, heard));
  }

  private later(ms: number, task: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      task();
    }, ms);
    this.timers.add(timer);
  }

  private changed(): void {
    this.picture = undefined;
    this.listeners.forEach((listener) => listener());
  }
}
