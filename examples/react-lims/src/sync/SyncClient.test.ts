import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Answer, Resource, Row } from './protocol';
import { type Change, SyncClient, type SyncSocket } from './SyncClient';

interface Asked {
  readonly event: string;
  readonly payload: { readonly resource: Resource; readonly from?: string };
  readonly answer: (answer: Answer) => void;
}

/** The server's end, as the client sees it: what was asked, and what the test says in return. */
class FakeSocket {
  connected = false;
  active = true;
  delays: number[] = [];
  readonly io = { reconnectionDelay: (ms: number) => this.delays.push(ms) };
  readonly asked: Asked[] = [];
  private readonly listeners = new Map<string, Set<(message: unknown) => void>>();

  on(event: string, listener: (message: unknown) => void) {
    this.listeners.set(event, (this.listeners.get(event) ?? new Set()).add(listener));
  }

  off(event: string, listener: (message: unknown) => void) {
    this.listeners.get(event)?.delete(listener);
  }

  connect() {}

  disconnect() {
    this.connected = false;
  }

  timeout() {
    return {
      emit: (event: string, payload: Asked['payload'], ack: (e: null, a: Answer) => void) =>
        this.asked.push({ event, payload, answer: (answer) => ack(null, answer) }),
    };
  }

  say(event: string, message: unknown = undefined) {
    this.listeners.get(event)?.forEach((listener) => listener(message));
  }

  up() {
    this.connected = true;
    this.say('connect');
  }

  down(reason = 'transport close') {
    this.connected = false;
    this.say('disconnect', reason);
  }

  /** Accepts the last request, and sends what belongs to a snapshot if it asked for one. */
  accept(rows: Row[], position: string) {
    const { payload, answer } = this.asked.at(-1) as Asked;
    answer({ ok: true, position: payload.from === 'snapshot' ? position : (payload.from ?? '') });
    if (payload.from === 'snapshot') {
      this.say('inventory_snapshot', { to: 'inventory', rows, last: true, position });
    }
  }

  change(offset: number, prev: number, id = '1') {
    this.say('inventory_updated', {
      to: 'inventory',
      resource: 'inventory',
      action: 'update',
      id,
      data: { id: Number(id) },
      position: `e:${offset}`,
      prev: `e:${prev}`,
      tx: String(offset),
      at: '2026-01-01T00:00:00Z',
      actor: null,
      reason: null,
    });
  }
}

const snapshots: (readonly Row[])[] = [];
const changes: Change[] = [];
const signedOut: string[] = [];
let socket: FakeSocket;
let client: SyncClient;

beforeEach(() => {
  vi.useFakeTimers();
  snapshots.length = changes.length = signedOut.length = 0;
  socket = new FakeSocket();
  client = new SyncClient(
    socket as unknown as SyncSocket,
    {
      onSnapshot: (_, rows) => snapshots.push([...rows]),
      onChanges: (_, batch) => changes.push(...batch),
      onSignedOut: (message) => signedOut.push(message),
    },
    ['inventory'],
  );
  client.start();
});

afterEach(() => {
  client.stop();
  vi.useRealTimers();
});

const inventory = () => client.state().subscriptions.get('inventory');
const froms = () => socket.asked.map(({ event, payload }) => payload.from ?? event);
const offsets = () => {
  vi.advanceTimersByTime(100);
  return changes.map(({ position }) => position);
};

function live(): () => void {
  const unfollow = client.follow('inventory');
  socket.up();
  socket.accept([{ id: 1 }], 'e:10');
  return unfollow;
}

test('follow_beforeTheConnection_waitsAndBeginsWithASnapshot', () => {
  client.follow('inventory');
  expect(inventory()?.status).toBe('waiting');
  expect(socket.asked).toEqual([]);
  socket.up();
  expect(inventory()?.status).toBe('loading');
  socket.accept([{ id: 1 }, { id: 2 }], 'e:10');
  expect(inventory()?.status).toBe('live');
  expect(snapshots).toEqual([[{ id: 1 }, { id: 2 }]]);
});

test('snapshot_inParts_isHandedOverWhole', () => {
  client.follow('inventory');
  socket.up();
  socket.asked.at(-1)?.answer({ ok: true, position: 'e:9' });
  const part = { to: 'inventory', position: 'e:10' };
  socket.say('inventory_snapshot', { ...part, rows: [{ id: 1 }], last: false });
  expect(snapshots).toEqual([]);
  socket.say('inventory_snapshot', { ...part, rows: [{ id: 2 }], last: true });
  expect(snapshots).toEqual([[{ id: 1 }, { id: 2 }]]);
});

test('snapshot_cutOff_isAskedForAgainFromTheStart', () => {
  client.follow('inventory');
  socket.up();
  socket.asked.at(-1)?.answer({ ok: true, position: 'e:9' });
  socket.say('inventory_snapshot', { to: 'inventory', position: 'e:9', rows: [{ id: 1 }], last: false });
  socket.down();
  socket.up();
  socket.accept([{ id: 2 }], 'e:12');
  expect(froms()).toEqual(['snapshot', 'snapshot']);
  expect(snapshots).toEqual([[{ id: 2 }]]);
});

test('reconnect_handsBackTheLastPosition', () => {
  live();
  socket.change(12, 10);
  socket.down();
  expect(client.state().connection).toBe('reconnecting');
  expect(inventory()?.status).toBe('waiting');
  socket.up();
  socket.accept([], '');
  socket.change(15, 12);
  expect(froms()).toEqual(['snapshot', 'e:12']);
  expect(offsets()).toEqual(['e:12', 'e:15']);
  expect(inventory()).toEqual({ status: 'live', message: '', changes: 2 });
});

test('heartbeat_movesThePositionThatIsHandedBack', () => {
  live();
  socket.say('heartbeat', { position: 'e:99' });
  socket.say('heartbeat', { position: 'e:98' });
  socket.down();
  socket.up();
  expect(froms()).toEqual(['snapshot', 'e:99']);
});

test('change_thatIsKnown_isNotToldAgain', () => {
  live();
  socket.change(12, 10);
  socket.change(12, 10);
  socket.change(9, 8);
  expect(offsets()).toEqual(['e:12']);
});

test('gap_isNoticedAndFilled', () => {
  live();
  socket.change(14, 12);
  socket.change(15, 14);
  expect(froms()).toEqual(['snapshot', 'unsubscribe', 'e:10']);
  socket.accept([], '');
  socket.change(12, 10);
  socket.change(14, 12);
  socket.change(15, 14);
  expect(offsets()).toEqual(['e:12', 'e:14', 'e:15']);
});

test('positionLost_beginsAnewOnce', () => {
  live();
  socket.down();
  socket.up();
  const resume = socket.asked.at(-1) as Asked;
  socket.say('resync', { to: 'inventory', code: 'POSITION_LOST' });
  resume.answer({ ok: false, code: 'POSITION_LOST', message: 'Take a snapshot first' });
  expect(froms()).toEqual(['snapshot', 'e:10', 'snapshot']);
  socket.accept([{ id: 7 }], 'f:1');
  expect(snapshots.at(-1)).toEqual([{ id: 7 }]);
});

test('truncated_emptiesAndGoesOn', () => {
  live();
  socket.say('resync', { to: 'inventory', code: 'TRUNCATED', position: 'e:11', prev: 'e:10' });
  socket.change(12, 11);
  expect(snapshots.at(-1)).toEqual([]);
  expect(offsets()).toEqual(['e:12']);
});

test('unsubscribe_dropsWhatIsUnderWay_andSubscribeGoesOnFromThere', () => {
  live();
  client.unsubscribe('inventory');
  socket.change(12, 10);
  expect(offsets()).toEqual([]);
  expect(inventory()?.status).toBe('off');
  socket.down();
  socket.up();
  client.subscribe('inventory');
  expect(froms()).toEqual(['snapshot', 'unsubscribe', 'e:10']);
  socket.accept([], '');
  socket.change(12, 10);
  expect(offsets()).toEqual(['e:12']);
});

test('unfollow_letsGo_butNotOfWhatIsFollowedAgainAtOnce', () => {
  const unfollow = live();
  unfollow();
  const again = client.follow('inventory');
  vi.advanceTimersByTime(100);
  expect(froms()).toEqual(['snapshot']);
  again();
  again();
  vi.advanceTimersByTime(100);
  expect(froms()).toEqual(['snapshot', 'unsubscribe']);
});

test('refusal_isKeptUntilAskedForAgain', () => {
  client.follow('inventory');
  socket.up();
  socket.asked.at(-1)?.answer({ ok: false, code: 'FORBIDDEN', message: 'Not for you' });
  expect(inventory()).toMatchObject({ status: 'refused', message: 'Not for you' });
  vi.advanceTimersByTime(60_000);
  expect(socket.asked).toHaveLength(1);
  client.subscribe('inventory');
  expect(socket.asked).toHaveLength(2);
});

test('unavailable_isTriedAgain', () => {
  client.follow('inventory');
  socket.up();
  socket.asked.at(-1)?.answer({ ok: false, code: 'UNAVAILABLE', message: 'Later' });
  vi.advanceTimersByTime(60_000);
  expect(froms()).toEqual(['snapshot', 'snapshot']);
});

test('answerToAnEarlierRequest_isIgnored', () => {
  client.follow('inventory');
  socket.up();
  const first = socket.asked.at(-1) as Asked;
  socket.down();
  socket.up();
  first.answer({ ok: false, code: 'FORBIDDEN', message: 'Not for you' });
  expect(inventory()?.status).toBe('loading');
});

test('badToken_signsOut_andOtherRefusalsAreTriedAgain', () => {
  socket.active = false;
  const connect = vi.spyOn(socket, 'connect');
  socket.say('connect_error', Object.assign(new Error('Busy'), { data: { code: 'INTERNAL' } }));
  vi.advanceTimersByTime(60_000);
  expect(connect).toHaveBeenCalledTimes(1);
  expect(signedOut).toEqual([]);
  socket.say('connect_error', Object.assign(new Error('Expired'), { data: { code: 'BAD_TOKEN' } }));
  expect(signedOut).toEqual(['Expired']);
});

test('expelled_signsOut_ifThatIsWhy', () => {
  live();
  socket.down('io server disconnect');
  expect(client.state().connection).toBe('offline');
  expect(signedOut).toEqual([]);
  socket.up();
  socket.say('closing', { code: 'REVOKED', reconnect: false, afterMs: 0 });
  socket.down('io server disconnect');
  expect(signedOut).toHaveLength(1);
});

test('closing_saysWhenToComeBack', () => {
  live();
  socket.say('closing', { code: 'SHUTTING_DOWN', reconnect: true, afterMs: 1234 });
  expect(socket.delays.at(-1)).toBe(1234);
  socket.down();
  socket.up();
  expect(socket.delays.at(-1)).toBe(500);
});

test('lostAt_isSetWhileThereIsNoConnection', () => {
  expect(client.state().lostAt).toBeUndefined();
  live();
  socket.down();
  const lostAt = client.state().lostAt;
  expect(lostAt).toBeTypeOf('number');
  vi.advanceTimersByTime(5_000);
  socket.say('connect_error', new Error('no'));
  expect(client.state().lostAt).toBe(lostAt);
  socket.up();
  expect(client.state().lostAt).toBeUndefined();
});
