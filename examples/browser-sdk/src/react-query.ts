import { skipToken, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { byTransaction, type Change, type Row, type SyncClient, type SyncError } from './client.js';

/** What is known of an expression: its records by id as text; undefined until the snapshot is there. */
export interface SyncedQuery<R extends Row> {
  readonly rows: ReadonlyMap<string, R> | undefined;
  /** Why nothing comes any more. */
  readonly error: SyncError | undefined;
}

/**
 * The records that an expression names, kept as they are on the server for as long as the component
 * is there. They are in TanStack Query's cache as `['sync', expression]`; let one component at a
 * time use an expression, and others read the cache.
 */
export function useSynced<R extends Row = Row>(client: SyncClient, expression: string): SyncedQuery<R> {
  const queryClient = useQueryClient();
  const [error, setError] = useState<SyncError>();
  useEffect(() => {
    const key = ['sync', expression];
    setError(undefined);
    const subscription = client.subscribe(
      expression,
      'snapshot',
      byTransaction({
        onSnapshot: (rows) =>
          queryClient.setQueryData(key, new Map(rows.map((row) => [String(row['id']), row]))),
        // all of it at once: nobody sees half a transaction
        onTransaction: (changes) =>
          queryClient.setQueryData<ReadonlyMap<string, Row>>(key, (known) => applied(known, changes)),
        onEnded: setError,
      }),
    );
    return () => subscription.close();
  }, [client, expression, queryClient]);
  const { data } = useQuery<ReadonlyMap<string, Row>>({
    queryKey: ['sync', expression],
    queryFn: skipToken, // what the server sends is put into the cache
    structuralSharing: false,
    staleTime: Infinity,
  });
  return { rows: data as ReadonlyMap<string, R> | undefined, error };
}

function applied(known: ReadonlyMap<string, Row> | undefined, changes: readonly Change[]): ReadonlyMap<string, Row> {
  const rows = new Map(known);
  for (const change of changes) {
    if (change.type === 'truncated') {
      rows.clear();
    } else if (change.type === 'left' || change.action === 'delete') {
      rows.delete(change.id);
    } else {
      rows.set(change.id, change.data);
    }
  }
  return rows;
}
