import { skipToken, useQuery } from '@tanstack/react-query';
import { useContext, useEffect, useMemo, useSyncExternalStore } from 'react';
import type { Records, Resource, Row } from './protocol';
import type { Mark, ResourceData } from './rows';
import { type ChangesListener, resourceKey, type Sync, SyncContext } from './SyncProvider';
import type { SubscriptionStatus, SyncState } from './SyncClient';

/** The connection and the subscriptions, and what can be done about them. */
export interface UseSync extends SyncState {
  /** Subscribes, or goes on from where `unsubscribe` stopped. */
  readonly subscribe: (resource: Resource) => void;
  readonly unsubscribe: (resource: Resource) => void;
  /** Does not wait for the next attempt to reconnect. */
  readonly connectNow: () => void;
  /** Runs a request that changes one record, so that its change is known as this page's own. */
  readonly write: <T extends Row>(
    resource: Resource,
    id: string,
    request: () => Promise<T>,
  ) => Promise<T>;
}

export function useSync(): UseSync {
  const { client, ownWrites } = useSyncContext();
  const state = useSyncExternalStore(client.onStateChange, client.state);
  return useMemo(
    () => ({
      ...state,
      subscribe: (resource) => client.subscribe(resource),
      unsubscribe: (resource) => client.unsubscribe(resource),
      connectNow: () => client.connectNow(),
      write: (resource, id, request) => ownWrites.write(resource, id, request),
    }),
    [client, ownWrites, state],
  );
}

export interface UseResource<R extends Row> {
  /** By id as text, in the order of the snapshot; undefined until it is there. */
  readonly rows: ReadonlyMap<string, R> | undefined;
  /** What last changed in each record, by id; empty for what has not changed since the snapshot. */
  readonly marks: ReadonlyMap<string, Mark>;
  readonly status: SubscriptionStatus;
  /** Why the server refused, if it did. */
  readonly message: string;
}

const NO_MARKS: ReadonlyMap<string, Mark> = new Map();

/** All records of a resource, kept as they are on the server for as long as a component uses them. */
export function useResource<N extends Resource>(resource: N): UseResource<Records[N]> {
  const { client } = useSyncContext();
  useEffect(() => client.follow(resource), [client, resource]);
  const { data } = useResourceData(resource);
  const state = useSyncExternalStore(client.onStateChange, client.state);
  const { status = 'off', message = '' } = state.subscriptions.get(resource) ?? {};
  return {
    rows: data?.rows as ReadonlyMap<string, Records[N]> | undefined,
    marks: data?.marks ?? NO_MARKS,
    status,
    message,
  };
}

/** What is known of a resource, without subscribing to it. */
export function useResourceData(resource: Resource) {
  return useQuery<ResourceData>({
    queryKey: resourceKey(resource),
    queryFn: skipToken, // what the server sends is put into the cache
    structuralSharing: false,
    staleTime: Infinity,
    gcTime: Infinity,
  });
}

/** Calls `listener`, which should stay the same, for the changes of all subscriptions. */
export function useChanges(listener: ChangesListener): void {
  const { onChanges } = useSyncContext();
  useEffect(() => onChanges(listener), [onChanges, listener]);
}

function useSyncContext(): Sync {
  const sync = useContext(SyncContext);
  if (!sync) {
    throw new Error('There is no SyncProvider above this component.');
  }
  return sync;
}
