import { useResourceData, useSync } from '../sync/hooks';
import type { Resource } from '../sync/protocol';
import { RESOURCES } from '../sync/SyncProvider';
import type { SubscriptionState, SubscriptionStatus } from '../sync/SyncClient';
import { RESOURCE_NAMES } from './describe';

const STATUS: Record<SubscriptionStatus, string> = {
  off: 'Off',
  waiting: 'Waiting for the server',
  loading: 'Catching up…',
  live: 'Live',
  refused: 'Refused',
};

export function Subscriptions() {
  const { subscriptions } = useSync();
  return (
    <section className="card" aria-labelledby="subscriptions">
      <h2 id="subscriptions">Subscriptions</h2>
      <ul className="subscriptions">
        {RESOURCES.map((resource) => {
          const state = subscriptions.get(resource);
          return state && <Line key={resource} resource={resource} state={state} />;
        })}
      </ul>
    </section>
  );
}

function Line({ resource, state }: { resource: Resource; state: SubscriptionState }) {
  const { subscribe, unsubscribe } = useSync();
  const { data } = useResourceData(resource);
  const { status, message, changes } = state;
  const on = status !== 'off' && status !== 'refused';
  const count = data && `${data.rows.size} ${data.rows.size === 1 ? 'record' : 'records'}`;
  const told = changes > 0 && `${changes} ${changes === 1 ? 'change' : 'changes'}`;
  return (
    <li data-status={status}>
      <label>
        <input
          type="checkbox"
          role="switch"
          checked={on}
          onChange={() => (on ? unsubscribe(resource) : subscribe(resource))}
        />
        <span className="name">{RESOURCE_NAMES[resource]}</span>
        <span className="quiet">
          {status === 'refused'
            ? `${STATUS.refused}: ${message}`
            : [STATUS[status], count, told].filter(Boolean).join(' · ')}
        </span>
      </label>
    </li>
  );
}
