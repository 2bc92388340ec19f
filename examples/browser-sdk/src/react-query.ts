import { skipToken, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { Row, SyncClient, SyncError } from './client.js';

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
    const edit = (change: (rows: Map<string, Row>) => void) =>
      queryClient.setQueryData<ReadonlyMap<string, Row>>(key, (known) => {
        const rows = new Map(known);
        change(rows);
        return rows;
      });
    setError(undefined);
    const subscription = client.subscribe(expression, 'snapshot', {
      onSnapshot: (rows) =>
        queryClient.setQueryData(key, new Map(rows.map((row) => [String(row['id']), row]))),
      onNotification: ({ action, id, data }) =>
        edit((rows) => (action === 'delete' ? rows.delete(id) : rows.set(id, data))),
      onLeft: ({ id }) => edit((rows) => rows.delete(id)),
      onResync: () => edit((rows) => rows.clear()),
      onEnded: setError,
    });
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
