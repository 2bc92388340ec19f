/** What the server says over Socket.IO; PROTOCOL.md has the rules that the comments name. */

/** The kinds of records there are, with the fields of a record of each. */
export interface Records {
  inventory: InventoryItem;
  chemicals: Chemical;
  locations: Location;
  experiments: Experiment;
  samples: Sample;
  tests: LabTest;
  users: User;
}

export type Resource = keyof Records;

/** A record as it is synchronised: flat, and with an id. */
export interface Row {
  readonly id: number;
}

export interface InventoryItem extends Row {
  readonly chemical_id: number;
  readonly location_id: number;
  readonly quantity: number;
  readonly unit: string;
  readonly batch_number: string | null;
  readonly expiration_date: string | null;
  readonly created_at: string;
  readonly updated_at: string | null;
}

export interface Chemical extends Row {
  readonly name: string;
  readonly cas_number: string | null;
  readonly formula: string | null;
}

export interface Location extends Row {
  readonly name: string;
  readonly description: string | null;
}

export interface Experiment extends Row {
  readonly title: string;
  readonly status: string;
}

export interface Sample extends Row {
  readonly internal_id: string;
  readonly name: string;
  readonly status: string;
}

export interface LabTest extends Row {
  readonly internal_id: string;
  readonly test_type: string;
  readonly status: string;
}

export interface User extends Row {
  readonly username: string;
  readonly full_name: string | null;
}

export type Action = 'create' | 'update' | 'delete';

/** `<resource>_updated`: one committed change. */
export interface Notification {
  readonly to: string;
  readonly resource: string;
  readonly action: Action;
  readonly id: string;
  readonly data: Row;
  readonly position: string;
  readonly prev: string;
  readonly tx: string;
  readonly at: string;
  readonly actor: string | null;
  readonly reason: string | null;
}

/**
 * `<resource>_left`: a record that this client may not see any more (rule 9); without a place in the log if it was not the
 * record that changed but the client's rights.
 */
export interface Left {
  readonly to: string;
  readonly id: string;
  readonly position?: string;
  readonly prev?: string;
  readonly tx?: string;
}

/** `<resource>_snapshot`: all rows as of one position, in parts (rule 4). */
export interface SnapshotPart {
  readonly to: string;
  readonly rows: readonly Row[];
  readonly last: boolean;
  readonly position: string;
}

/** `resync`: what this client has is no longer the beginning of what is (rule 7). */
export interface Resync {
  readonly to: string;
  readonly code: string;
  readonly position?: string;
}

/** `heartbeat`: everything up to here has been told (rule 6). */
export interface Heartbeat {
  readonly position: string;
}

/** `closing`: the server ends the connection, and says when to come back (rule 13). */
export interface Closing {
  readonly code: string;
  readonly afterMs: number;
}

/** The answer to `subscribe` and `unsubscribe`. */
export type Answer =
  | { readonly ok: true; readonly position: string }
  | { readonly ok: false; readonly code: string; readonly message: string };

/** Whether `a` lies after `b`. Offsets are compared within one epoch only; another epoch is news. */
export function isAfter(a: string, b: string): boolean {
  const [epochA, offsetA] = parts(a);
  const [epochB, offsetB] = parts(b);
  return epochA !== epochB || offsetA > offsetB;
}

function parts(position: string): [epoch: string, offset: bigint] {
  const match = /^(.+):(\d+)(\..*)?$/.exec(position);
  if (!match) {
    throw new Error(`Not a position: ${position}`);
  }
  return [match[1] ?? '', BigInt(match[2] ?? '')];
}
