import { createContext, useContext } from 'react';

/** The sign-in, for requests to the web API. */
export const TokenContext = createContext('');

export function useToken(): string {
  return useContext(TokenContext);
}
