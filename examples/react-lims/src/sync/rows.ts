import type { Action, Row } from './protocol';
import type { Change } from './SyncClient';

/** Fields whose change says nothing to a reader. */
const SILENT = new Set(['updated_at', 'created_at']);

/** What last happened to a record that is shown; `number` tells one change from the next. */
export interface Mark {
  readonly number: number;
  readonly action: 'create' | 'update';
  readonly fields: ReadonlySet<string>;
  /** When it arrived here, in milliseconds. */
  readonly time: number;
}

/** A resource's records, by id as text, and what last changed in them. Immutable. */
export interface ResourceData {
  readonly rows: ReadonlyMap<string, Row>;
  readonly marks: ReadonlyMap<string, Mark>;
}

/** A change with the record on both sides of it. */
export interface AppliedChange {
  readonly action: Action;
  readonly id: string;
  readonly before: Row | undefined;
  readonly after: Row | undefined;
  readonly fields: readonly string[];
  readonly tx: string | undefined;
  readonly at: string | undefined;
  readonly actor: string | null;
}

let marked = 0;

/** Puts a snapshot in place of what was known, and marks what differs. */
export function applySnapshot(known: ResourceData | undefined, rows: readonly Row[]): ResourceData {
  const marks = new Map<string, Mark>();
  for (const row of known ? rows : []) {
    const before = known?.rows.get(String(row.id));
    const fields = changedFields(before, row);
    if (fields.length > 0) {
      marks.set(String(row.id), mark(before ? 'update' : 'create', fields));
    }
  }
  return { rows: new Map(rows.map((row) => [String(row.id), row])), marks };
}

/** Applies changes in order. */
export function applyChanges(
  known: ResourceData,
  changes: readonly Change[],
): { data: ResourceData; applied: AppliedChange[] } {
  const rows = new Map(known.rows);
  const marks = new Map(known.marks);
  const applied = changes.map((change): AppliedChange => {
    const { id, tx } = change;
    const before = rows.get(id);
    if (change.kind === 'left' || change.action === 'delete') {
      rows.delete(id);
      marks.delete(id);
      const by = change.kind === 'left' ? { at: undefined, actor: null } : change;
      return { action: 'delete', id, before, after: undefined, fields: [], tx, at: by.at, actor: by.actor };
    }
    const after = change.data;
    const fields = changedFields(before, after);
    const action = before ? 'update' : 'create';
    rows.set(id, after);
    if (fields.length > 0) {
      marks.set(id, mark(action, fields));
    }
    return { action, id, before, after, fields, tx, at: change.at, actor: change.actor };
  });
  return { data: { rows, marks }, applied };
}

function mark(action: 'create' | 'update', fields: readonly string[]): Mark {
  return { number: ++marked, action, fields: new Set(fields), time: Date.now() };
}

function changedFields(before: Row | undefined, after: Row): string[] {
  const old = (before ?? {}) as Record<string, unknown>;
  return Object.entries(after)
    .filter(([field, value]) => !SILENT.has(field) && !same(old[field], value))
    .map(([field]) => field);
}

function same(a: unknown, b: unknown): boolean {
  return a === b || (typeof a === 'object' && JSON.stringify(a) === JSON.stringify(b));
}
