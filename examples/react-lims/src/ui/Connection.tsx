import { useSync } from '../sync/hooks';
import type { ConnectionState } from '../sync/SyncClient';

const NAMES: Record<ConnectionState, string> = {
  connecting: 'Connecting…',
  connected: 'Live',
  reconnecting: 'Reconnecting…',
  offline: 'Disconnected',
};

export function ConnectionBadge() {
  const { connection } = useSync();
  return (
    <span className="badge" data-state={connection} role="status">
      {NAMES[connection]}
    </span>
  );
}

/** Says that what is shown may be old, and since when. */
export function ConnectionBanner() {
  const { connection, lostAt, connectNow } = useSync();
  if (connection === 'connected' || lostAt === undefined) {
    return null;
  }
  const time = new Date(lostAt).toLocaleTimeString();
  return (
    <div className="banner" role="alert">
      <p>
        <strong>The connection is lost.</strong> You see the inventory as it was at {time}. What
        changes meanwhile is shown once the server is back.
      </p>
      <button onClick={connectNow}>Try now</button>
    </div>
  );
}
