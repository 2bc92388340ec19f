import type { InventoryItem, User } from './sync/protocol';

/** A request that the server refused, or that never reached it; the message is fit to be shown. */
export class RestError extends Error {
  constructor(
    message: string,
    /** The HTTP status; 0 if there was no answer. */
    readonly status: number,
  ) {
    super(message);
  }
}

/** Signs in and returns the token. */
export async function signIn(username: string, password: string): Promise<string> {
  const body = new URLSearchParams({ username, password });
  const answer = await request<{ access_token: string }>('POST', '/api/token', { body });
  return answer.access_token;
}

export function me(token: string): Promise<User & { is_admin: boolean }> {
  return request('GET', '/api/users/me', { token });
}

export function putQuantity(token: string, id: number, quantity: number): Promise<InventoryItem> {
  return request('PUT', `/api/inventory/items/${id}`, { token, json: { quantity } });
}

interface Options {
  readonly token?: string;
  readonly body?: URLSearchParams;
  readonly json?: unknown;
}

async function request<T>(method: string, path: string, options: Options): Promise<T> {
  const headers: Record<string, string> = {};
  if (options.token !== undefined) {
    headers['Authorization'] = `Bearer ${options.token}`;
  }
  if (options.json !== undefined) {
    headers['Content-Type'] = 'application/json';
  }
  const body = options.json === undefined ? (options.body ?? null) : JSON.stringify(options.json);
  let response: Response;
  try {
    response = await fetch(path, { method, headers, body });
  } catch {
    throw new RestError('The server can’t be reached. Try again in a moment.', 0);
  }
  const text = await response.text();
  const answer = parse(text);
  if (!response.ok) {
    throw new RestError(detail(answer, response.status), response.status);
  }
  return answer as T;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The server's own words: a sentence, or for a form a list with a sentence for each field. */
function detail(answer: unknown, status: number): string {
  const given = (answer as { detail?: string | { msg: string }[] } | undefined)?.detail;
  if (typeof given === 'string') {
    return given;
  }
  if (Array.isArray(given)) {
    return given.map(({ msg }) => msg).join('. ');
  }
  return status >= 500
    ? 'The server can’t be reached. Try again in a moment.'
    : `The server refused (${status}).`;
}
