import { unlessAborted } from '../../domain/unless-aborted.js';

export interface Token {
  value: string;
  /** Milliseconds since the epoch. */
  expires: number;
}

export interface Session {
  /** A token that is good for another while; callers at the same time share one login. */
  token(signal?: AbortSignal): Promise<string>;
  /** Takes note that Rucio refused the token. */
  forget(token: string): void;
}

/** A token this close to its end is renewed. */
const MARGIN_MS = 60_000;

/** Keeps one token by logging in where there is none. */
export function createSession(login: () => Promise<Token>): Session {
  let current: Token | undefined;
  let pending: Promise<Token> | undefined;

  async function renew(): Promise<Token> {
    try {
      return current = await login();
    } finally {
      pending = undefined;
    }
  }

  return {
    async token(signal) {
      if (current && current.expires - MARGIN_MS > Date.now()) return current.value;
      pending ??= renew();
      return (await unlessAborted(pending, signal)).value;
    },
    forget(token) {
      // Another caller may have renewed it since.
      if (current?.value === token) current = undefined;
    },
  };
}
