import type { Left, Notification, Row, SyncError } from './protocol.js';
import type { SyncHandler } from './subscription.js';

/** All records of the resource are gone. */
export interface Truncated {
  readonly type: 'truncated';
  readonly resource: string | undefined;
}

export type Change = Notification | Left | Truncated;

/** As `SyncHandler`, for programs that take each transaction as a whole. */
export interface TransactionHandler {
  onSnapshot?(rows: readonly Row[], position: string): void;
  /**
   * All changes of one transaction that this subscription is told of, in order; or what may no longer be seen since the
   * client's rights changed, which has no position. The position is where to go on from: a program that
   * keeps one keeps this, and not the subscription's own, which may lie within a transaction.
   */
  onTransaction(changes: readonly Change[], position: string | undefined): void;
  /** Without a snapshot, what was missed is missed. */
  onResync?(code: string): void;
  onLive?(position: string): void;
  onComplete?(position: string): void;
  onEnded?(why: SyncError): void;
}

/**
 * Collects changes until their transaction is complete: with `txLast`, with the next transaction, or with a heartbeat
 * (rule 12). One that a lost connection cuts in two is told as a whole once the rest is there.
 */
export function byTransaction(handler: TransactionHandler): SyncHandler {
  let pending: Change[] = [];
  let tx: string | undefined;
  let at: string | undefined;

  const tell = (position: string | undefined) => {
    const whole = pending;
    pending = [];
    tx = undefined;
    if (whole.length > 0) {
      handler.onTransaction(whole, position);
    }
  };
  const add = (change: Notification | Left) => {
    if (tx !== undefined && change.tx !== tx) {
      tell(at);
    }
    pending.push(change);
    [tx, at] = [change.tx, change.position];
    if (change.txLast) {
      tell(at);
    }
  };

  return {
    onSnapshot: (rows, position) => {
      pending = [];
      tx = undefined;
      handler.onSnapshot?.(rows, position);
    },
    onNotification: add,
    onLeft: (left) => {
      if (left.position !== undefined) {
        add(left);
        return;
      }
      // the rights changed: at once, and again behind what has yet to be told
      if (pending.length > 0) {
        pending.push(left);
      }
      handler.onTransaction([left], undefined);
    },
    onResync: (code, resource) => {
      if (code === 'TRUNCATED') {
        pending.push({ type: 'truncated', resource }); // of the transaction that the next change belongs to
        tx = undefined;
        return;
      }
      pending = [];
      tx = undefined;
      handler.onResync?.(code);
    },
    onLive: (position) => handler.onLive?.(position),
    onComplete: (position) => {
      tell(position);
      handler.onComplete?.(position);
    },
    onEnded: (why) => handler.onEnded?.(why),
  };
}
