import type { Row } from './protocol';
import type { AppliedChange } from './rows';

interface Written {
  readonly key: string;
  readonly stamp: string | undefined;
}

const KEPT = 100;

/**
 * Tells the changes that this very page made from those of others. The server names the account
 * that made a change (`actor`), but one person may have two pages open, or a script running. So a
 * change is this page's own if it has our account as its actor and is the one that our request was
 * answered with: the same record with the same `updated_at`.
 *
 * The notification may overtake the answer; while a request for a record is under way, changes of
 * that record wait for it.
 */
export class OwnWrites {
  private readonly underWay = new Map<string, Set<Promise<unknown>>>();
  private readonly written: Written[] = [];

  /** @param actor our account as the server names it, such as `user:7` */
  constructor(private readonly actor: string) {}

  /** Runs a request that writes one record and is answered with it. */
  async write<T extends Row>(resource: string, id: string, request: () => Promise<T>): Promise<T> {
    const key = `${resource}/${id}`;
    const promise = request().then((row) => {
      this.written.push({ key, stamp: stamp(row) });
      this.written.splice(0, this.written.length - KEPT);
      return row;
    });
    const all = this.underWay.get(key) ?? new Set();
    this.underWay.set(key, all.add(promise));
    try {
      return await promise;
    } finally {
      all.delete(promise);
      if (all.size === 0) {
        this.underWay.delete(key);
      }
    }
  }

  /** Whether this page made the change. */
  async isOwn(resource: string, change: AppliedChange): Promise<boolean> {
    if (change.actor !== this.actor) {
      return false;
    }
    const key = `${resource}/${change.id}`;
    await Promise.allSettled(this.underWay.get(key) ?? []);
    const at = stamp(change.after);
    return at !== undefined && this.written.some((w) => w.key === key && w.stamp === at);
  }
}

function stamp(row: Row | undefined): string | undefined {
  const at = (row as { updated_at?: string | null } | undefined)?.updated_at;
  return at ?? undefined;
}
