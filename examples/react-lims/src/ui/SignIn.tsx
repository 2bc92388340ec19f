import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { signIn } from '../rest';
import { Logo } from './Logo';

interface Props {
  readonly notice: string;
  readonly onSignedIn: (token: string) => void;
}

export function SignIn({ notice, onSignedIn }: Props) {
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const attempt = useMutation({
    mutationFn: () => signIn(username, password),
    onSuccess: onSignedIn,
  });

  function submit(event: FormEvent) {
    event.preventDefault();
    attempt.mutate();
  }

  return (
    <main className="sign-in">
      <form className="card" onSubmit={submit}>
        <h1>
          <Logo /> FreeLIMS
        </h1>
        <p className="quiet">Sign in to see the inventory, live.</p>
        {notice && !attempt.isError && <p className="notice">{notice}</p>}
        <label>
          User name
          <input
            name="username"
            autoComplete="username"
            autoCapitalize="none"
            required
            autoFocus
            value={username}
            onChange={(event) => setUsername(event.target.value)}
          />
        </label>
        <label>
          Password
          <input
            name="password"
            type="password"
            autoComplete="current-password"
            required
            value={password}
            aria-invalid={attempt.isError}
            aria-describedby="sign-in-error"
            onChange={(event) => setPassword(event.target.value)}
          />
        </label>
        <p className="error" id="sign-in-error" role="alert">
          {attempt.error?.message}
        </p>
        <button className="primary" disabled={attempt.isPending}>
          {attempt.isPending ? 'Signing in…' : 'Sign in'}
        </button>
      </form>
    </main>
  );
}
