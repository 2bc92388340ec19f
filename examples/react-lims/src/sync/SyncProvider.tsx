import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useEffect, useMemo, useState } from 'react';
import { io } from 'socket.io-client';
import { OwnWrites } from './OwnWrites';
import type { Resource, Row } from './protocol';
import { type AppliedChange, applyChanges, applySnapshot, type ResourceData } from './rows';
import { SyncClient } from './SyncClient';

/** All resources, in the order in which they are listed. */
export const RESOURCES: readonly Resource[] = [
  'inventory',
  'chemicals',
  'locations',
  'experiments',
  'samples',
  'tests',
  'users',
];

/** A change as the page tells of it. */
export interface SeenChange extends AppliedChange {
  readonly key: string;
  readonly resource: Resource;
  readonly own: boolean;
}

/** Told of changes, those that arrived together in one call. */
export type ChangesListener = (changes: readonly SeenChange[]) => void;

export interface Sync {
  readonly client: SyncClient;
  readonly ownWrites: OwnWrites;
  readonly onChanges: (listener: ChangesListener) => () => void;
}

export const SyncContext = createContext<Sync | undefined>(undefined);

/** Where `useResource` finds what the server sent. */
export function resourceKey(resource: Resource): readonly [string, Resource] {
  return ['resource', resource];
}

interface Props {
  readonly token: string;
  /** The signed-in account as the server names it, such as `user:7`. */
  readonly actor: string;
  readonly onSignedOut: (message: string) => void;
  readonly children: ReactNode;
}

/** One connection for all that is below it. Give it another `key` for another sign-in. */
export function SyncProvider({ token, actor, onSignedOut, children }: Props) {
  const queryClient = useQueryClient();
  const [listeners] = useState(() => new Set<ChangesListener>());
  const [ownWrites] = useState(() => new OwnWrites(actor));
  const [client] = useState(() =>
    newClient(token, queryClient, onSignedOut, (resource, applied) => {
      void told(resource, applied, ownWrites).then((changes) =>
        listeners.forEach((listener) => listener(changes)),
      );
    }),
  );

  useEffect(() => {
    client.start();
    return () => client.stop();
  }, [client]);

  const sync = useMemo(
    (): Sync => ({
      client,
      ownWrites,
      onChanges: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    }),
    [client, ownWrites, listeners],
  );
  return <SyncContext value={sync}>{children}</SyncContext>;
}

function newClient(
  token: string,
  queryClient: QueryClient,
  onSignedOut: (message: string) => void,
  onApplied: (resource: Resource, applied: AppliedChange[]) => void,
): SyncClient {
  const socket = io('/ws', {
    autoConnect: false,
    auth: { token },
    transports: ['websocket', 'polling'],
    tryAllTransports: true,
    reconnectionDelayMax: 3_000,
  });
  return new SyncClient(
    socket,
    {
      onSnapshot: (resource, rows: readonly Row[]) =>
        queryClient.setQueryData<ResourceData>(resourceKey(resource), (known) =>
          applySnapshot(known, rows),
        ),
      onChanges: (resource, changes) => {
        const known = queryClient.getQueryData<ResourceData>(resourceKey(resource));
        const { data, applied } = applyChanges(known ?? applySnapshot(undefined, []), changes);
        queryClient.setQueryData<ResourceData>(resourceKey(resource), data);
        onApplied(resource, applied);
      },
      onSignedOut,
    },
    RESOURCES,
  );
}

let seen = 0;

async function told(
  resource: Resource,
  applied: readonly AppliedChange[],
  ownWrites: OwnWrites,
): Promise<SeenChange[]> {
  return Promise.all(
    applied.map(async (change) => ({
      ...change,
      resource,
      key: `${resource}-${++seen}`,
      own: await ownWrites.isOwn(resource, change),
    })),
  );
}
