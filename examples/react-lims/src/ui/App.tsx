import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { me, RestError } from '../rest';
import { SyncProvider } from '../sync/SyncProvider';
import { Page } from './Page';
import { SignIn } from './SignIn';
import { TokenContext } from './token';

const TOKEN = 'freelims-token';
const ENDED = 'Your sign-in has ended. Sign in again to go on.';

/** Who is signed in, for as long as this tab is open. */
export function App() {
  const queryClient = useQueryClient();
  const [token, setToken] = useState(() => sessionStorage.getItem(TOKEN));
  const [notice, setNotice] = useState('');
  const user = useQuery({
    queryKey: ['me', token],
    queryFn: () => me(token ?? ''),
    enabled: token !== null,
    staleTime: Infinity,
    retry: (_, error) => !(error instanceof RestError) || error.status === 0 || error.status >= 500,
    retryDelay: 2_000,
  });

  function signedIn(newToken: string) {
    sessionStorage.setItem(TOKEN, newToken);
    setNotice('');
    setToken(newToken);
  }

  function signedOut(message: string) {
    sessionStorage.removeItem(TOKEN);
    queryClient.clear();
    setNotice(message);
    setToken(null);
  }

  if (token === null) {
    return <SignIn notice={notice} onSignedIn={signedIn} />;
  }
  if (user.data) {
    return (
      <SyncProvider
        key={token}
        token={token}
        actor={`user:${user.data.id}`}
        onSignedOut={() => signedOut(ENDED)}
      >
        <TokenContext value={token}>
          <Page user={user.data} onSignOut={() => signedOut('')} />
        </TokenContext>
      </SyncProvider>
    );
  }
  if (user.error) {
    return <SignIn notice={ENDED} onSignedIn={signedIn} />;
  }
  return (
    <p className="opening" role="status">
      {user.failureCount === 0 ? 'Opening…' : 'The server can’t be reached. Trying again…'}
    </p>
  );
}
