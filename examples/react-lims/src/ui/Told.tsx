import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useChanges } from '../sync/hooks';
import type { SeenChange } from '../sync/SyncProvider';
import { type Description, describe, RESOURCE_NAMES } from './describe';

const LATEST = 30;
const TOASTS = 3;
const TOAST_MS = 6_000;

export interface Entry extends Description {
  readonly key: string;
  readonly at: string;
  readonly own: boolean;
}

export interface Told {
  readonly latest: readonly Entry[];
  readonly toasts: readonly Entry[];
  readonly dismiss: (key: string) => void;
}

/** Puts what changed into words: all of it for the list, what others did for the toasts. */
export function useTold(): Told {
  const queryClient = useQueryClient();
  const [latest, setLatest] = useState<readonly Entry[]>([]);
  const [toasts, setToasts] = useState<readonly Entry[]>([]);

  useChanges(
    useCallback(
      (changes: readonly SeenChange[]) => {
        const shown = changes.slice(-LATEST).reverse();
        setLatest((known) =>
          [...shown.map((change) => entry(change, describe(change, queryClient))), ...known].slice(
            0,
            LATEST,
          ),
        );
        const others = changes.filter((change) => !change.own);
        if (others.length > 0) {
          const fresh =
            others.length > TOASTS
              ? [summary(others)]
              : others.map((change) => entry(change, describe(change, queryClient)));
          setToasts((known) => [...known, ...fresh].slice(-TOASTS));
        }
      },
      [queryClient],
    ),
  );

  const dismiss = useCallback(
    (key: string) => setToasts((known) => known.filter((toast) => toast.key !== key)),
    [],
  );
  return { latest, toasts, dismiss };
}

function entry(change: SeenChange, description: Description): Entry {
  const { key, own, at } = change;
  return { key, own, at: at ?? new Date().toISOString(), ...description };
}

function summary(changes: readonly SeenChange[]): Entry {
  const resources = [...new Set(changes.map((change) => RESOURCE_NAMES[change.resource]))];
  const last = changes[changes.length - 1] as SeenChange;
  return {
    key: `all-${last.key}`,
    own: false,
    at: last.at ?? new Date().toISOString(),
    who: `${changes.length} changes`,
    did: 'by others:',
    what: resources.join(', '),
    how: '',
  };
}

interface ToastsProps {
  readonly entries: readonly Entry[];
  readonly onDismiss: (key: string) => void;
}

export function Toasts({ entries, onDismiss }: ToastsProps) {
  return (
    <div className="toasts" role="log" aria-label="Changes by others" aria-live="polite">
      {entries.map((toast) => (
        <Toast key={toast.key} toast={toast} onDismiss={onDismiss} />
      ))}
    </div>
  );
}

/** Goes by itself, but not while it is pointed at or has the focus. */
function Toast({ toast, onDismiss }: { toast: Entry; onDismiss: (key: string) => void }) {
  const [held, setHeld] = useState(false);
  const dismiss = useRef(onDismiss);
  useEffect(() => {
    if (held) {
      return undefined;
    }
    const timer = setTimeout(() => dismiss.current(toast.key), TOAST_MS);
    return () => clearTimeout(timer);
  }, [held, toast.key]);
  return (
    <div
      className="toast"
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <p>
        <Sentence entry={toast} />
      </p>
      <button aria-label="Dismiss" onClick={() => onDismiss(toast.key)}>
        ×
      </button>
    </div>
  );
}

function Sentence({ entry: { who, did, what, how } }: { entry: Entry }) {
  return (
    <>
      {who} {did} <strong>{what}</strong>
      {how && <span className="how">{how}</span>}
    </>
  );
}

export function LatestChanges({ entries }: { entries: readonly Entry[] }) {
  return (
    <section className="card" aria-labelledby="latest">
      <h2 id="latest">Latest changes</h2>
      {entries.length === 0 ? (
        <p className="quiet">None since this page was opened.</p>
      ) : (
        <ol className="latest" tabIndex={0} aria-labelledby="latest">
          {entries.map((change) => (
            <li key={change.key}>
              <time dateTime={change.at}>{new Date(change.at).toLocaleTimeString()}</time>
              <span>
                <Sentence entry={change} />
              </span>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
