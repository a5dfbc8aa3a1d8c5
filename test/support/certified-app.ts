import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request, type RequestOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { createApp } from '../../src/app.js';
import { openPolicy } from '../../src/auth/open-policy.js';
import { freePort } from '../../dev/ports.js';
import { readConfig } from '../../src/config.js';
import type { TestStack } from './stack.js';
import type { Credential } from './test-pki.js';

export interface Asked { readonly status: number; readonly code: string | undefined; readonly message: string | undefined; readonly viewer: { subject: string; issuer: string | null; groups: string[] } | undefined }

export interface CertifiedApp {
  readonly url: string;
  readonly tlsPort: number;
  log(): string;
  /** Asks at the port with TLS who dipper thinks is asking; each time by a connection of its own. */
  who(options?: RequestOptions): Promise<Asked>;
  stop(): Promise<void>;
}

export const WHO = '{"query":"{ viewer { subject issuer groups } }"}';
export const asAnswer = (status: number, text: string): Asked => {
  const { data, errors } = JSON.parse(text) as { data?: { viewer: Asked['viewer'] }; errors?: { message: string; extensions: { code: string } }[] };
  return { status, code: errors?.[0]?.extensions.code, message: errors?.[0]?.message, viewer: data?.viewer };
};

/** A dipper in this process with a port of its own for certificates. Whoever is let in may all. */
export async function certifiedApp(stack: TestStack, host: Credential, certificates: object, access: object = {}, env: Readonly<Record<string, string>> = {}): Promise<CertifiedApp> {
  const tlsPort = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'dipper-access-'));
  const file = join(folder, 'access.yaml');
  const listen = { host: '127.0.0.1', port: tlsPort, certificate: host.certificate, key: host.key };
  writeFileSync(file, JSON.stringify({ policy: {}, ...access, certificates: { listen, ...certificates } })); // JSON is YAML, too
  const lines: string[] = [];
  const config = readConfig('serve', { ...stack.env, DIPPER_PORT: '0', DIPPER_AUTH: 'access', DIPPER_ACCESS: file, ...env });
  rmSync(folder, { recursive: true });
  const app = await createApp(config, { policy: openPolicy(), log: pino({ level: 'trace' }, { write: (line) => { lines.push(line); } }) });
  const url = await app.start().catch(async (error: unknown) => {
    await app.stop();
    throw error;
  });
  return {
    url, tlsPort, log: () => lines.join(''), stop: () => app.stop(),
    who: (options = {}) => new Promise((resolve, reject) => {
      const asking = request({
        host: '127.0.0.1', port: tlsPort, path: '/graphql', method: 'POST', rejectUnauthorized: false, agent: false, timeout: 30_000,
        ...options, headers: { 'content-type': 'application/json', ...options.headers },
      }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => { text += chunk; }).on('end', () => { try { resolve(asAnswer(response.statusCode!, text)); } catch (error) { reject(error as Error); } });
      });
      asking.on('error', reject).end(WHO);
    }),
  };
}
