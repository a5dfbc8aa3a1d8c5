import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

/** Longest life that a token may have. */
const LIFETIME = '6h';
const ALGORITHM = 'RS256'; // what Indigo IAM signs with

/** An issuer that tells its keys, and a token of its own for somebody in a group. */
export async function openIssuer(audience: string, group: string): Promise<{ readonly url: string; readonly token: string; close(): void }> {
  const { privateKey, publicKey } = await generateKeyPair(ALGORITHM);
  const keys = JSON.stringify({ keys: [{ ...await exportJWK(publicKey), kid: 'bench', alg: ALGORITHM, use: 'sig' }] });
  const server = createServer((request, response) => {
    const found = request.url === '/jwks' ? keys : request.url === '/.well-known/openid-configuration' ? JSON.stringify({ issuer: url, jwks_uri: `${url}/jwks` }) : undefined;
    response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' }).end(found);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const token = await new SignJWT({ 'wlcg.ver': '1.0', 'wlcg.groups': [group], scope: 'openid' }).setProtectedHeader({ alg: ALGORITHM, kid: 'bench' })
    .setIssuer(url).setSubject('bench').setAudience(audience).setJti(crypto.randomUUID()).setIssuedAt().setNotBefore('0s').setExpirationTime(LIFETIME).sign(privateKey);
  return { url, token, close() { server.close(); server.closeAllConnections(); } };
}
