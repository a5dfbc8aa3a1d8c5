import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { createApp, type Overrides } from '../../src/app.js';
import { openPolicy } from '../../src/auth/open-policy.js';
import { readConfig } from '../../src/config.js';
import type { TestStack } from './stack.js';

export interface Asked { readonly status: number; readonly code: string | undefined; readonly message: string | undefined; readonly viewer: { subject: string; issuer: string | null; groups: string[]; scopes: string[] } | undefined; readonly headers: Headers }

export interface GuardedApp {
  readonly url: string;
  /** All that it has logged so far, at the most talkative level. */
  log(): string;
  /** Asks who dipper thinks is asking. */
  who(headers?: Record<string, string> | readonly [string, string][], path?: string): Promise<Asked>;
  stop(): Promise<void>;
}

/** A dipper in this process that asks who is there, by an access file. Whoever is let in may all, unless the file's own policy is to count. */
export async function guardedApp(stack: TestStack, access: object, { env = {}, isOpen = true, ...overrides }: Overrides & { env?: Readonly<Record<string, string>>; isOpen?: boolean } = {}): Promise<GuardedApp> {
  const folder = mkdtempSync(join(tmpdir(), 'dipper-access-'));
  const file = join(folder, 'access.yaml');
  writeFileSync(file, JSON.stringify({ policy: {}, ...access })); // JSON is YAML, too
  const lines: string[] = [];
  const config = readConfig('serve', { ...stack.env, DIPPER_PORT: '0', DIPPER_AUTH: 'access', DIPPER_ACCESS: file, ...env });
  rmSync(folder, { recursive: true });
  const app = await createApp(config, { ...(isOpen && { policy: openPolicy() }), log: pino({ level: 'trace' }, { write: (line) => { lines.push(line); } }), ...overrides });
  const url = await app.start();
  return {
    url, log: () => lines.join(''), stop: () => app.stop(),
    async who(headers = {}, path = '/graphql') {
      const response = await fetch(url + path, {
        method: 'POST', headers: [...(Array.isArray(headers) ? headers as [string, string][] : Object.entries(headers)), ['content-type', 'application/json']],
        body: '{"query":"{ viewer { subject issuer groups scopes } }"}', signal: AbortSignal.timeout(30_000),
      });
      const { data, errors } = await response.json() as { data?: { viewer: Asked['viewer'] }; errors?: { message: string; extensions: { code: string } }[] };
      return { status: response.status, code: errors?.[0]?.extensions.code, message: errors?.[0]?.message, viewer: data?.viewer, headers: response.headers };
    },
  };
}
