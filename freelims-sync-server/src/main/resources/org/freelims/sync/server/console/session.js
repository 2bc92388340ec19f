// Who is signed in. The token is kept for this tab only, and shown in a header: no other site can use it.
const KEY = 'freelims-sync-console-token';

/** A sign-in is over or was never one: ask for a new one. */
export class SignInNeeded extends Error {}

export const token = () => sessionStorage.getItem(KEY);

export function signOut() {
  sessionStorage.removeItem(KEY);
}

/** Signs in as all clients of FreeLIMS do. */
export async function signIn(username, password) {
  const response = await fetch('/api/token', {
    method: 'POST',
    body: new URLSearchParams({ username, password }),
  });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) {
    const detail = typeof answer.detail === 'string' ? answer.detail : '';
    throw new SignInNeeded(detail || `The server refused (${response.status}).`);
  }
  sessionStorage.setItem(KEY, answer.access_token);
}

/** Asks the console's own endpoints; fails with SignInNeeded where only a new sign-in helps. */
export async function ask(path, method = 'GET') {
  const response = await fetch(`/console/api/${path}`, {
    method,
    headers: { Authorization: `Bearer ${token()}` },
    signal: AbortSignal.timeout(15_000),
  });
  const answer = await response.json().catch(() => ({}));
  if (response.status === 401) {
    throw new SignInNeeded('Your sign-in has ended.');
  }
  if (response.status === 403) {
    throw new SignInNeeded('This account is not an administrator’s.');
  }
  if (!response.ok) {
    throw new Error(answer.detail ?? `The server answered ${response.status}.`);
  }
  return answer;
}
