import { isAfter, type Left, type Notification, type Row, sameEpoch, type StartFrom, type SyncError } from './protocol.js';

/** What a program does with a subscription's changes; called in the order in which the server sent. */
export interface SyncHandler {
  /** All rows, in place of whatever was known: first, and again if the position was lost. */
  onSnapshot?(rows: readonly Row[], position: string): void;
  /** A change, each once and in commit order (rules 1 to 4). */
  onNotification?(notification: Notification): void;
  onLeft?(left: Left): void;
  /** All records of the resource are gone; or, without a snapshot, what was missed is missed. */
  onResync?(code: string, resource: string | undefined): void;
  /** Live from here, for the first time or again (rule 2). */
  onLive?(position: string): void;
  /** Everything up to here has been told, whole transactions too (rules 6 and 12). */
  onComplete?(position: string): void;
  /** Nothing follows; the error's code says what can be done. */
  onEnded?(why: SyncError): void;
}

/** `waiting`: for the connection or an answer. `snapshot`: rows are coming. */
export type SubscriptionState = 'waiting' | 'snapshot' | 'live' | 'ended';

/** A subscription as the program sees it. */
export interface Subscription {
  readonly expression: string;
  readonly state: SubscriptionState;
  /** Up to where changes have been handled; given as `from` to another client, it goes on exactly there. */
  readonly position: string | undefined;
  /** Ends it; its handler is not called any more. */
  close(): void;
}

/** What to do after a change. */
export type Outcome = 'fine' | 'gap';

/** One subscription's place in the history. What the server says is judged here. */
export class ActiveSubscription {
  state: SubscriptionState = 'waiting';
  /** The last change that was passed on. */
  private told: string | undefined;
  /** Nothing is missing up to here; where to go on from. */
  position: string | undefined;
  /** The last position that `onComplete` was told. */
  private completed: string | undefined;
  private rowsDue: boolean;
  private rows: Row[] = [];
  /** Where a gap was noticed last: the same one again means that asking is of no use. */
  stuck: string | undefined;
  retries = 0;

  constructor(
    readonly expression: string,
    private readonly from: StartFrom,
    readonly handler: SyncHandler,
  ) {
    this.rowsDue = from === 'snapshot';
    if (from !== 'snapshot' && from !== 'now') {
      sameEpoch(from, from); // a position that does not read is the program's mistake
      this.told = this.position = from;
    }
  }

  start(): StartFrom {
    return this.rowsDue ? 'snapshot' : (this.position ?? 'now');
  }

  subscribed(position: string): void {
    this.retries = 0;
    this.rows = [];
    this.state = this.rowsDue ? 'snapshot' : 'live';
    if (!this.rowsDue) {
      this.position ??= position;
      this.told ??= this.position;
      this.call(() => this.handler.onLive?.(this.position as string));
    }
  }

  page(rows: readonly Row[], last: boolean, position: string): void {
    if (this.state !== 'snapshot') {
      return;
    }
    this.rows.push(...rows);
    if (last) {
      const all = this.rows;
      this.rows = [];
      this.rowsDue = false;
      this.told = this.position = position;
      this.state = 'live';
      this.call(() => this.handler.onSnapshot?.(all, position));
      this.call(() => this.handler.onLive?.(position));
    }
  }

  /** Judges what lies at `position` behind `prev`, and hands it over if it is next (rule 5). */
  change(prev: string, position: string, handOver: () => void): Outcome {
    const { position: known, told } = this;
    if (this.state !== 'live' || known === undefined || told === undefined) {
      return 'fine';
    }
    if (!sameEpoch(position, known)) {
      return 'gap';
    }
    if (!isAfter(position, told)) {
      return 'fine'; // told already
    }
    if (isAfter(position, known)) {
      if (!sameEpoch(prev, known) || isAfter(prev, known)) {
        return 'gap';
      }
      this.position = position;
    }
    this.told = position;
    this.stuck = undefined;
    this.call(handOver);
    return 'fine';
  }

  /** A record may no longer be seen, though it stands where it stood. */
  withdrawn(handOver: (handler: SyncHandler) => void): void {
    if (this.state === 'live') {
      this.call(() => handOver(this.handler));
    }
  }

  complete(position: string): void {
    const { position: known } = this;
    if (this.state !== 'live' || !known || !sameEpoch(position, known) || isAfter(known, position)) {
      return;
    }
    this.position = position;
    if (this.completed !== position) {
      this.completed = position;
      this.call(() => this.handler.onComplete?.(position));
    }
  }

  /** The server can't go on from here: begins as at first. */
  lost(): void {
    this.state = 'waiting';
    this.told = this.position = undefined;
    this.rowsDue = this.from !== 'now';
    if (!this.rowsDue) {
      this.call(() => this.handler.onResync?.('POSITION_LOST', undefined));
    }
  }

  wait(): void {
    if (this.state !== 'ended') {
      this.state = 'waiting';
    }
  }

  end(why?: SyncError): void {
    if (this.state !== 'ended') {
      this.state = 'ended';
      if (why) {
        this.call(() => this.handler.onEnded?.(why));
      }
    }
  }

  /** A handler that throws is reported as any uncaught error is, and holds nothing else up. */
  private call(handler: () => void): void {
    try {
      handler();
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}
