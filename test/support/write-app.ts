import { guardedApp } from './guarded-app.js';
import { signInAs, signInWms } from './sign-in.js';
import type { TestStack } from './stack.js';

type Person = 'alice' | 'bob' | 'carol' | 'wms' | 'nobody';

export interface WriteAnswer {
  readonly status: number;
  readonly data: Record<string, unknown> | null | undefined;
  readonly error: { readonly code: string; readonly message: string; readonly retryable: boolean } | undefined;
}

export interface WriteApp {
  readonly url: string;
  log(): string;
  as(person: Person, query: string, variables?: object): Promise<WriteAnswer>;
  stop(): Promise<void>;
}

const tokens = new Map<Person, Promise<string>>();

/** The token of somebody at the stack's issuer, the same for all who ask in this process. */
export function tokenOf(stack: TestStack, person: Exclude<Person, 'nobody'>): Promise<string> {
  const known = tokens.get(person) ?? (person === 'wms' ? signInWms(stack) : signInAs(stack, person)).then(({ access_token: token }) => token);
  tokens.set(person, known);
  return known;
}

/** A dipper in this process by an access file of its own, asked with real tokens. */
export async function writeApp(stack: TestStack, { policy, writes, env = {} }: { policy: object; writes?: object; env?: Readonly<Record<string, string>> }): Promise<WriteApp> {
  const app = await guardedApp(stack, {
    tokens: { audience: [stack.signIn.audience], issuers: [{ issuer: stack.urls.issuer }] }, policy, ...(writes && { writes }),
  }, { isOpen: false, env });
  return {
    url: app.url, log: app.log, stop: app.stop,
    async as(person, query, variables) {
      const response = await fetch(`${app.url}/graphql`, {
        method: 'POST', body: JSON.stringify({ query, variables }), signal: AbortSignal.timeout(30_000),
        headers: { 'content-type': 'application/json', ...(person !== 'nobody' && { authorization: `Bearer ${await tokenOf(stack, person)}` }) },
      });
      const { data, errors } = await response.json() as { data?: Record<string, unknown> | null; errors?: { message: string; extensions: { code: string; retryable: boolean } }[] };
      const [error] = errors ?? [];
      return { status: response.status, data, error: error && { message: error.message, ...error.extensions } };
    },
  };
}
