import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { byTransaction, type ClientState, SyncClient, type SyncClientOptions, type SyncError, type WebSocketLike } from './client.js';

interface Sent {
  readonly type: string;
  readonly id: number;
  readonly to?: string;
  readonly from?: string;
  readonly token?: string;
}

/** The server's end: what was sent to it, and what the test says in return. */
class FakeSocket implements WebSocketLike {
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: { readonly data: unknown }) => void) | null = null;
  onclose: ((event: never) => void) | null = null;
  onerror: ((event: never) => void) | null = null;
  readonly sent: Sent[] = [];
  closed = false;

  constructor(
    readonly url: string,
    readonly protocols: string[],
  ) {
    sockets.push(this);
  }

  send(text: string) {
    this.sent.push(JSON.parse(text) as Sent);
  }

  close() {
    this.closed = true;
  }

  say(message: object) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  welcome() {
    this.onopen?.(undefined as never);
    this.say({ type: 'welcome', heartbeatMs: 10_000, position: 'e:0' });
  }

  break() {
    this.onclose?.(undefined as never);
  }

  get last(): Sent {
    return this.sent.at(-1) as Sent;
  }

  /** Accepts the last subscription. */
  accept(position: string) {
    this.say({ type: 'subscribed', id: this.last.id, to: this.last.to, position });
  }

  snapshot(position: string, ids: number[], last = true) {
    const rows = ids.map((id) => ({ id }));
    this.say({ type: 'snapshot', to: 'inventory', resource: 'inventory', rows, last, position });
  }

  change(offset: number, prev: number, epoch = 'e', tx = '1', txLast?: true) {
    this.say({
      type: 'notification',
      to: 'inventory',
      resource: 'inventory',
      action: 'update',
      id: '1',
      data: { id: 1 },
      position: `${epoch}:${offset}`,
      prev: `${epoch}:${prev}`,
      tx,
      txLast,
    });
  }
}

let sockets: FakeSocket[];
let heard: string[];
let states: ClientState[];
let client: SyncClient;

const socket = () => sockets.at(-1) as FakeSocket;
const asked = () => sockets.flatMap(({ sent }) => sent.map(({ type, from }) => from ?? type));
const handler = {
  onSnapshot: (rows: readonly object[], position: string) => heard.push(`${rows.length} rows ${position}`),
  onNotification: ({ position }: { position: string }) => heard.push(position),
  onLeft: ({ id }: { id: string }) => heard.push(`left ${id}`),
  onResync: (code: string) => heard.push(code),
  onComplete: (position: string) => heard.push(`complete ${position}`),
  onEnded: ({ code }: SyncError) => heard.push(`ended ${code}`),
};

function start(options: Partial<SyncClientOptions> = {}) {
  client = new SyncClient({
    url: 'ws://lims/sync',
    webSocket: FakeSocket,
    onState: (state) => states.push(state),
    ...options,
  });
}

function live(from = 'snapshot') {
  start();
  const subscription = client.subscribe('inventory', from, handler);
  socket().welcome();
  socket().accept('e:9');
  if (from === 'snapshot') {
    socket().snapshot('e:10', [1]);
  }
  return subscription;
}

async function reconnect() {
  socket().break();
  await vi.advanceTimersByTimeAsync(1_000);
  socket().welcome();
}

beforeEach(() => {
  vi.useFakeTimers();
  [sockets, heard, states] = [[], [], []];
});

afterEach(() => {
  client.close();
  vi.useRealTimers();
});

test('connect_namesTheProtocol', () => {
  start();
  expect([socket().url, socket().protocols]).toEqual(['ws://lims/sync', ['freelims.sync.v1']]);
});

test('token_isShownFirst_andSubscriptionsWaitForTheAnswer', async () => {
  start({ token: () => Promise.resolve('t1') });
  client.subscribe('inventory', 'now', handler);
  socket().welcome();
  await vi.advanceTimersByTimeAsync(0);
  expect(socket().sent).toEqual([{ type: 'authenticate', token: 't1', id: 0 }]);
  socket().say({ type: 'authenticated', id: 0, principal: 'user:1', expiresAt: null });
  expect(socket().last).toMatchObject({ type: 'subscribe', to: 'inventory', from: 'now' });
});

test('token_isRenewedBeforeItEnds', async () => {
  let number = 0;
  start({ token: () => `t${++number}` });
  socket().welcome();
  await vi.advanceTimersByTimeAsync(0);
  const expiresAt = new Date(Date.now() + 20_000).toISOString();
  socket().say({ type: 'authenticated', id: 0, principal: 'user:1', expiresAt });
  await vi.advanceTimersByTimeAsync(19_000);
  expect(socket().sent.map(({ token }) => token).filter(Boolean)).toEqual(['t1', 't2']);
  expect(sockets).toHaveLength(1);
});

test('badToken_isTriedAfreshOnce_thenTheClientEnds', async () => {
  start({ token: () => 'bad' });
  client.subscribe('inventory', 'now', handler);
  for (const attempt of [1, 2]) {
    expect(sockets).toHaveLength(attempt);
    socket().welcome();
    await vi.advanceTimersByTimeAsync(0);
    socket().say({ type: 'error', id: socket().last.id, code: 'BAD_TOKEN', message: 'No' });
    await vi.advanceTimersByTimeAsync(1_000);
  }
  expect(sockets).toHaveLength(2);
  expect(client.state).toBe('ended');
  expect(heard).toEqual(['ended BAD_TOKEN']);
});

test('reconnect_goesOnFromTheLastPosition', async () => {
  const subscription = live();
  socket().change(12, 10);
  socket().say({ type: 'heartbeat', position: 'e:20' });
  await reconnect();
  expect(asked()).toEqual(['snapshot', 'e:20']);
  socket().accept('e:20');
  socket().change(25, 20);
  expect(heard).toEqual(['1 rows e:10', 'e:12', 'complete e:20', 'e:25']);
  expect(subscription.position).toBe('e:25');
  expect(states).toEqual(['connected', 'waiting', 'connecting', 'connected']);
});

test('subscriptionFromNow_thatHeardNothing_goesOnFromWhereItBegan', async () => {
  live('now');
  await reconnect();
  expect(asked()).toEqual(['now', 'e:9']);
});

test('snapshotCutOff_isAskedForAgain_andHandedOverOnce', async () => {
  start();
  client.subscribe('inventory', 'snapshot', handler);
  socket().welcome();
  socket().accept('e:9');
  socket().snapshot('e:9', [1, 2], false);
  await reconnect();
  socket().accept('e:11');
  socket().snapshot('e:11', [1], false);
  socket().snapshot('e:11', [2, 3]);
  expect(heard).toEqual(['3 rows e:11']);
});

test('gap_isClosedFromTheKnownPosition', () => {
  live();
  socket().change(14, 12);
  socket().change(15, 14);
  expect(asked()).toEqual(['snapshot', 'unsubscribe', 'e:10']);
  socket().accept('e:10');
  socket().change(12, 10);
  socket().change(14, 12);
  expect(heard).toEqual(['1 rows e:10', 'e:12', 'e:14']);
});

test('gapThatComesAgain_startsTheConnectionOver', async () => {
  live();
  socket().change(14, 12);
  socket().accept('e:10');
  socket().change(14, 12);
  expect(socket().closed).toBe(true);
  await vi.advanceTimersByTimeAsync(1_000);
  socket().welcome();
  expect(asked().at(-1)).toBe('e:10');
});

test('changeOfAnotherEpoch_isAGap', () => {
  live();
  socket().change(11, 10, 'f');
  expect(asked()).toEqual(['snapshot', 'unsubscribe', 'e:10']);
  expect(heard).toEqual(['1 rows e:10']);
});

test('repeated_isDropped', () => {
  live();
  socket().change(12, 10);
  socket().change(12, 10);
  expect(heard).toEqual(['1 rows e:10', 'e:12']);
});

test('positionLost_beginsWithASnapshotAgain', async () => {
  live();
  await reconnect();
  socket().say({ type: 'resync', id: socket().last.id, to: 'inventory', code: 'POSITION_LOST', oldest: 'f:1' });
  socket().accept('f:3');
  socket().snapshot('f:3', [1, 2]);
  socket().change(4, 3, 'f');
  expect(asked()).toEqual(['snapshot', 'e:10', 'snapshot']);
  expect(heard).toEqual(['1 rows e:10', '2 rows f:3', 'f:4']);
});

test('truncated_isToldInItsPlace', () => {
  live();
  socket().say({
    type: 'resync',
    to: 'inventory',
    code: 'TRUNCATED',
    resource: 'inventory',
    position: 'e:11',
    prev: 'e:10',
  });
  socket().change(12, 11);
  expect(heard).toEqual(['1 rows e:10', 'TRUNCATED', 'e:12']);
});

test('left_isTold', () => {
  live();
  socket().say({ type: 'left', to: 'inventory', resource: 'inventory', id: '1', position: 'e:12', prev: 'e:10' });
  expect(heard.at(-1)).toBe('left 1');
});

test('left_becauseRightsChanged_isToldAndMovesNoPosition', () => {
  live();
  socket().say({ type: 'left', to: 'inventory', resource: 'inventory', id: '1' });
  expect(heard.at(-1)).toBe('left 1');
  socket().change(11, 10);
  expect(heard.at(-1)).toBe('e:11');
});

test('closedSubscription_hearsNothingMore', () => {
  const subscription = live();
  subscription.close();
  socket().change(12, 10);
  expect(heard).toEqual(['1 rows e:10']);
  expect(socket().last.type).toBe('unsubscribe');
  expect(subscription.state).toBe('ended');
});

test('refusedSubscription_ends_andUnavailableIsTriedAgain', async () => {
  start();
  client.subscribe('users', 'now', handler);
  socket().welcome();
  socket().say({ type: 'error', id: socket().last.id, code: 'FORBIDDEN', message: 'No' });
  expect(heard).toEqual(['ended FORBIDDEN']);
  client.subscribe('inventory', 'now', handler);
  socket().say({ type: 'error', id: socket().last.id, code: 'UNAVAILABLE', message: 'Later' });
  await vi.advanceTimersByTimeAsync(1_000);
  socket().accept('e:9');
  expect(asked()).toEqual(['now', 'now', 'now']);
});

test('serverEndsASubscription_withWhatItSaidBefore', () => {
  live();
  socket().say({ type: 'error', code: 'FORBIDDEN', message: 'Not any more' });
  socket().say({ type: 'unsubscribed', to: 'inventory' });
  expect(heard.at(-1)).toBe('ended FORBIDDEN');
});

test('silence_isAskedAbout_andThenTheConnectionIsGivenUp', async () => {
  live();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(socket().last.type).toBe('ping');
  socket().say({ type: 'pong' });
  await vi.advanceTimersByTimeAsync(15_000);
  expect(sockets[0]?.closed).toBe(false);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(sockets[0]?.closed).toBe(true);
  expect(sockets.length).toBeGreaterThan(1);
});

test('closing_saysWhenToComeBack_orNever', async () => {
  live();
  socket().say({ type: 'closing', code: 'SHUTTING_DOWN', reconnect: true, afterMs: 5_000 });
  socket().break();
  await vi.advanceTimersByTimeAsync(4_999);
  expect(sockets).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(sockets).toHaveLength(2);
  socket().welcome();
  socket().say({ type: 'closing', code: 'REVOKED', reconnect: false, afterMs: 0 });
  socket().break();
  expect(client.state).toBe('ended');
  expect(heard.at(-1)).toBe('ended REVOKED');
});

test('handlerThatThrows_holdsNothingUp', async () => {
  const uncaught: unknown[] = [];
  vi.stubGlobal('queueMicrotask', (task: () => void) => {
    try {
      task();
    } catch (error) {
      uncaught.push(error);
    }
  });
  start();
  client.subscribe('inventory', 'now', {
    onNotification: ({ position }) => {
      heard.push(position);
      throw new Error(position);
    },
  });
  socket().welcome();
  socket().accept('e:10');
  socket().change(11, 10);
  socket().change(12, 11);
  vi.unstubAllGlobals();
  expect(heard).toEqual(['e:11', 'e:12']);
  expect(uncaught).toHaveLength(2);
});

function wholeTransactions() {
  start();
  client.subscribe(
    'inventory',
    'snapshot',
    byTransaction({
      onSnapshot: (rows, position) => heard.push(`${rows.length} rows ${position}`),
      onTransaction: (changes, position) =>
        heard.push(`${changes.map((c) => ('position' in c ? c.position : c.type)).join(' ')} at ${position}`),
    }),
  );
  socket().welcome();
  socket().accept('e:9');
  socket().snapshot('e:10', [1]);
  heard = [];
}

test('transaction_withItsLastChange_isToldAtOnceAndWhole', () => {
  wholeTransactions();
  socket().change(11, 10, 'e', '7');
  socket().change(12, 11, 'e', '7');
  expect(heard).toEqual([]);
  socket().change(13, 12, 'e', '7', true);
  socket().change(14, 13, 'e', '8', true);
  expect(heard).toEqual(['e:11 e:12 e:13 at e:13', 'e:14 at e:14']);
});

test('transaction_withoutALastChange_isCompleteWithTheNextOrAHeartbeat', () => {
  wholeTransactions();
  socket().change(11, 10, 'e', '7');
  socket().change(12, 11, 'e', '8');
  expect(heard).toEqual(['e:11 at e:11']);
  socket().say({ type: 'heartbeat', position: 'e:12' });
  socket().say({ type: 'heartbeat', position: 'e:12' });
  socket().say({ type: 'heartbeat', position: 'e:20' });
  expect(heard).toEqual(['e:11 at e:11', 'e:12 at e:12']);
});

test('transaction_cutInTwoByALostConnection_isToldAsAWhole', async () => {
  wholeTransactions();
  socket().change(11, 10, 'e', '7');
  await reconnect();
  expect(socket().last.from).toBe('e:11');
  socket().accept('e:11');
  socket().change(12, 11, 'e', '7', true);
  expect(heard).toEqual(['e:11 e:12 at e:12']);
});

test('transaction_thatASnapshotOvertakes_isNotToldAgain', async () => {
  wholeTransactions();
  socket().change(11, 10, 'e', '7');
  await reconnect();
  socket().say({ type: 'resync', id: socket().last.id, to: 'inventory', code: 'POSITION_LOST' });
  socket().accept('f:3');
  socket().snapshot('f:3', [1, 2]);
  socket().change(4, 3, 'f', '7', true);
  expect(heard).toEqual(['2 rows f:3', 'f:4 at f:4']);
});

test('transaction_thatTruncates_isOneWithTheChangesBehind', () => {
  wholeTransactions();
  const [to, resource] = ['inventory', 'inventory'];
  socket().say({ type: 'resync', to, code: 'TRUNCATED', resource, position: 'e:11', prev: 'e:10' });
  socket().change(12, 11, 'e', '7', true);
  expect(heard).toEqual(['truncated e:12 at e:12']);
});

test('left_becauseRightsChanged_isToldBeforeItsTransactionEnds_andStaysGone', () => {
  wholeTransactions();
  socket().change(11, 10, 'e', '7');
  socket().say({ type: 'left', to: 'inventory', resource: 'inventory', id: '1' });
  expect(heard).toEqual(['left at undefined']);
  socket().change(12, 11, 'e', '7', true);
  expect(heard.at(-1)).toBe('e:11 left e:12 at e:12');
});
