import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTPayload } from 'jose';

interface Key { readonly kid: string; readonly alg: string; readonly secret: CryptoKey; readonly jwk: JWK }

export interface TestIssuer {
  readonly issuer: string;
  /** Paths that were asked for, in order. */
  readonly asked: string[];
  key: Key;
  /** A key of its own from now on; the old one is no longer told. */
  rotate(alg?: string): Promise<Key>;
  /** What it answers instead of what it should. */
  answer: ((path: string) => { status: number; headers?: Record<string, string>; body?: string } | undefined) | undefined;
  /** A token as the WLCG profile has it, but for what is given; undefined leaves a claim out. */
  sign(claims?: Record<string, unknown>, header?: Record<string, unknown>): Promise<string>;
  close(): Promise<void>;
}

export const AUDIENCE = 'https://dipper.test';

export async function makeKey(alg: string): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(jwk);
  return { kid, alg, secret: privateKey, jwk: { ...jwk, kid, alg, use: 'sig' } };
}

/** An issuer of tokens in this process that counts who asks it for its keys. `now` is the clock of its tokens. */
export async function testIssuer(now: () => number = Date.now): Promise<TestIssuer> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url!);
    const odd = it.answer?.(request.url!);
    if (odd) { response.writeHead(odd.status, odd.headers).end(odd.body); return; }
    const body = request.url === '/jwks' ? { keys: [it.key.jwk] } : request.url === '/.well-known/openid-configuration' ? { issuer: it.issuer, jwks_uri: `${it.issuer}/jwks` } : undefined;
    response.writeHead(body ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(body ?? {}));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const it: TestIssuer = {
    issuer: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, answer: undefined, key: await makeKey('ES256'),
    async rotate(alg = 'ES256') { return it.key = await makeKey(alg); },
    async sign(claims = {}, header = {}) {
      const at = Math.floor(now() / 1000);
      const payload: JWTPayload = { iss: it.issuer, sub: 'alice', aud: AUDIENCE, exp: at + 3600, iat: at, nbf: at, jti: crypto.randomUUID(), 'wlcg.ver': '1.0', scope: 'openid', ...claims };
      return new SignJWT(JSON.parse(JSON.stringify(payload)) as JWTPayload).setProtectedHeader(JSON.parse(JSON.stringify({ alg: it.key.alg, kid: it.key.kid, ...header })) as { alg: string }).sign(it.key.secret);
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => { server.close(resolve); });
    },
  };
  return it;
}
