import type { User } from '../sync/protocol';
import { ConnectionBadge, ConnectionBanner } from './Connection';
import { Inventory } from './Inventory';
import { Logo } from './Logo';
import { Subscriptions } from './Subscriptions';
import { ThemeSwitch } from './ThemeSwitch';
import { LatestChanges, Toasts, useTold } from './Told';

interface Props {
  readonly user: User;
  readonly onSignOut: () => void;
}

export function Page({ user, onSignOut }: Props) {
  const told = useTold();
  return (
    <>
      <header className="bar">
        <span className="brand">
          <Logo /> FreeLIMS
        </span>
        <ConnectionBadge />
        <span className="spring" />
        <ThemeSwitch />
        <span className="who">{user.full_name ?? user.username}</span>
        <button onClick={onSignOut}>Sign out</button>
      </header>
      <ConnectionBanner />
      <div className="columns">
        <main>
          <Inventory />
        </main>
        <aside>
          <Subscriptions />
          <LatestChanges entries={told.latest} />
        </aside>
      </div>
      <Toasts entries={told.toasts} onDismiss={told.dismiss} />
    </>
  );
}
