import { generateKeyPairSync, randomBytes } from 'node:crypto';
import path from 'node:path';
import { type Home, readJson, writeWhole } from '../home.js';
import { service, type Service } from '../processes.js';
import { repository } from '../repository.js';
import type { StackFailure } from '../stack-failure.js';
import { answers } from '../until.js';
import type { IssuerSettings } from './provider.js';

/** What tests and people need to sign in at the stack's own issuer. */
export interface SignIn {
  /** What tokens for the guarded dipper are for. */
  readonly audience: string;
  /** Client id and secret of dipper's pages. */
  readonly web: Client;
  /** The same of the WMS, which signs in for itself. */
  readonly wms: Client;
  /** Client of `dipper token`, which has no secret. */
  readonly cli: string;
}
interface Client { readonly id: string; readonly secret: string }

function newKeys(): IssuerSettings['keys'] {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: randomBytes(8).toString('hex'), use: 'sig', alg: 'RS256' }] } as IssuerSettings['keys'];
}

/** A real issuer of tokens. Its keys and secrets are made at the first start, and kept in the home. */
export function issuer(home: Home, { port, audience, onExit }: { port: number; audience: string; onExit: (failure: StackFailure) => void }): { url: string; signIn: SignIn; service: Service } {
  const file = home.file('issuer.json');
  const kept = readJson(file) as Partial<IssuerSettings> | undefined;
  const fresh = () => randomBytes(18).toString('base64url');
  const secrets = kept?.secrets ?? { web: fresh(), wms: fresh(), cookies: fresh() };
  const settings: IssuerSettings = { port, audience, redirectUri: `${audience}/auth/callback`, secrets, keys: kept?.keys ?? newKeys() };
  writeWhole(file, `${JSON.stringify(settings, null, 2)}\n`, 0o600);
  const url = `http://127.0.0.1:${port}`;
  return {
    url, signIn: { audience, web: { id: 'dipper-web', secret: secrets.web }, wms: { id: 'wms', secret: secrets.wms }, cli: 'dipper-cli' },
    service: service(home, {
      name: 'issuer', command: process.execPath, args: [path.join(repository, 'dist', 'dev', 'issuer', 'main.js'), file],
      isReady: (signal) => answers(`${url}/.well-known/openid-configuration`, signal), readySeconds: 60, onExit,
    }),
  };
}
