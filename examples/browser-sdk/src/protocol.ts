/** The messages of the protocol, as PROTOCOL.md has them; the rules that comments name are there too. */

/** A record, flat. */
export type Row = Readonly<Record<string, unknown>>;

/** `"now"`, `"snapshot"` or a position. */
export type StartFrom = string;

export interface Notification {
  readonly type: 'notification';
  readonly to: string;
  readonly resource: string;
  readonly action: 'create' | 'update' | 'delete';
  readonly id: string;
  readonly data: Row;
  readonly position: string;
  readonly prev: string;
  readonly tx: string;
  /** Stands only in the last message of a transaction, and not in every one (rule 12). */
  readonly txLast?: true;
  readonly at: string;
  readonly actor: string | null;
  readonly reason: string | null;
}

/**
 * A record left the filter, or may no longer be seen (rule 9). Without a place in the log it is the client's rights that
 * changed, and the record stands where it stood.
 */
export interface Left {
  readonly type: 'left';
  readonly to: string;
  readonly resource: string;
  readonly id: string;
  readonly position?: string;
  readonly prev?: string;
  readonly tx?: string;
  readonly txLast?: true;
}

export interface Snapshot {
  readonly type: 'snapshot';
  readonly to: string;
  readonly resource: string;
  readonly rows: readonly Row[];
  readonly last: boolean;
  readonly position: string;
}

export interface Resync {
  readonly type: 'resync';
  readonly id?: number;
  readonly to: string;
  readonly code: string;
  readonly resource?: string;
  readonly position?: string;
  readonly prev?: string;
}

export interface Closing {
  readonly type: 'closing';
  readonly code: string;
  readonly reconnect: boolean;
  readonly afterMs: number;
}

export interface Failed {
  readonly type: 'error';
  readonly id?: number;
  readonly code: string;
  readonly message: string;
}

export type ServerMessage =
  | Notification
  | Left
  | Snapshot
  | Resync
  | Closing
  | Failed
  | { readonly type: 'welcome'; readonly heartbeatMs: number; readonly position: string }
  | { readonly type: 'authenticated'; readonly id?: number; readonly expiresAt: string | null }
  | { readonly type: 'subscribed'; readonly id?: number; readonly to: string; readonly position: string }
  | { readonly type: 'unsubscribed'; readonly id?: number; readonly to: string }
  | { readonly type: 'heartbeat'; readonly position: string }
  | { readonly type: 'pong'; readonly id?: number };

/** What a client does about an error (rule 14). */
export type Advice = 'fix' | 'renew' | 'stop' | 'resync' | 'retry';

const ADVICE: Readonly<Record<string, Advice>> = {
  UNAUTHENTICATED: 'renew',
  BAD_TOKEN: 'renew',
  TOKEN_EXPIRED: 'renew',
  REVOKED: 'renew',
  FORBIDDEN: 'stop',
  POSITION_LOST: 'resync',
  TRUNCATED: 'resync',
  RATE_LIMITED: 'retry',
  STALLED: 'retry',
  UNAVAILABLE: 'retry',
  INTERNAL: 'retry',
  SHUTTING_DOWN: 'retry',
};

export function adviceOf(code: string): Advice {
  return ADVICE[code] ?? 'fix';
}

/** A failure that the server told of. */
export class SyncError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'SyncError';
  }
}

/** Whether two positions are of one history. */
export function sameEpoch(a: string, b: string): boolean {
  return parts(a)[0] === parts(b)[0];
}

/** Whether `a` lies after `b`, both of one epoch. */
export function isAfter(a: string, b: string): boolean {
  return parts(a)[1] > parts(b)[1];
}

function parts(position: string): [epoch: string, offset: bigint] {
  const match = /^(.+):(\d+)(\..*)?$/.exec(position);
  if (!match) {
    throw new SyncError('BAD_REQUEST', `Not a position: ${position}`);
  }
  return [match[1] as string, BigInt(match[2] as string)];
}
