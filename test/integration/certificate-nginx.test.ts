import { existsSync, readFileSync, statSync } from 'node:fs';
import { request as ask } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asAnswer, certifiedApp, WHO, type Asked, type CertifiedApp } from '../support/certified-app.js';
import { NginxServer } from '../support/nginx-server.js';
import { ALICE, BOB, PEOPLE, peoplePki, type PeoplePki } from '../support/people-pki.js';
import { testStack } from '../support/stack.js';
import { shown, type Credential } from '../support/test-pki.js';

let world: PeoplePki;
let app: CertifiedApp;
let nginx: NginxServer;
let socket: string;

beforeAll(async () => {
  world = peoplePki();
  socket = world.pki.path('proxy.sock');
  app = await certifiedApp(testStack(), world.host, { caFolder: world.pki.caFolder, proxySocket: socket });
  nginx = await NginxServer.start(world.pki, world.host, socket);
});
afterAll(async () => {
  await nginx?.stop();
  await app?.stop();
  world?.pki.close();
});

const through = (options: object = {}): Promise<Asked> => app.who({ port: nginx.port, ...options });
const inHeader = ({ certificate }: Credential) => encodeURIComponent(readFileSync(certificate, 'utf8'));

/** Asks at the proxy's socket as nginx would. */
function atSocket(headers: readonly (readonly [string, string])[], socketPath = socket): Promise<Asked> {
  return new Promise((resolve, reject) => {
    const asking = ask({ socketPath, path: '/graphql', method: 'POST', headers: [['host', 'dipper'], ['content-type', 'application/json'], ['content-length', String(WHO.length)], ...headers].flat() }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => { text += chunk; }).on('end', () => { resolve(asAnswer(response.statusCode!, text)); });
    });
    asking.on('error', reject).end(WHO);
  });
}

describe('certificates by the shipped nginx', () => {
  it('a person is who the certificate says', async () => {
    const { status, viewer } = await through(shown(world.alice));
    expect({ status, viewer }).toEqual({ status: 200, viewer: { subject: ALICE, issuer: PEOPLE, groups: [] } });
  });

  it('without one nobody has signed in', async () => {
    expect((await through()).viewer?.subject).toBe('anonymous');
  });

  it('pages and health answer', async () => {
    expect((await through({ path: '/healthz', method: 'GET' }).catch((error: Error) => error))).toMatchObject({ status: 200 });
  });

  it('a certificate that nginx refuses never reaches dipper', async () => {
    const proxy = world.pki.proxy(`${ALICE}/CN=1`, world.alice);
    for (const bad of [[world.pki.issue(ALICE, undefined)], [world.pki.issue(ALICE, world.people, { days: -1 })], [proxy, world.alice]]) {
      const answer: unknown = await through(shown(...bad)).catch((error: unknown) => error);
      expect(answer).toBeInstanceOf(SyntaxError); // nginx's own page: 400
    }
  });

  it('what nginx lets in is held to signing policies and to lists younger than its own', async () => {
    const outside = await through(shown(world.pki.issue('/DC=org/DC=other/CN=Alice', world.people)));
    expect([outside.status, outside.message]).toEqual([401, expect.stringMatching(/signing policy/)]);
    const mallory = world.pki.issue('/DC=org/DC=example/OU=people/CN=Mallory', world.people);
    world.pki.crl(world.people, world.peopleHash, [mallory]);
    const revoked = await through(shown(mallory));
    world.pki.crl(world.people, world.peopleHash);
    expect([revoked.status, revoked.message]).toEqual([401, expect.stringMatching(/certificate revoked/)]);
  });
});

describe('case 40: smuggled identity headers', () => {
  const smuggled = () => ({
    'X-SSL-Client-Verify': 'SUCCESS', 'X-SSL-Client-Cert': inHeader(world.bob), 'X-SSL-Client-S-DN': BOB, 'X-VOMS-FQAN': '/vo.example', 'X-Rucio-Account': 'root',
  });

  it('do not pass nginx, with a certificate or without', async () => {
    expect((await through({ headers: smuggled() })).viewer?.subject).toBe('anonymous');
    expect((await through({ headers: smuggled(), ...shown(world.alice) })).viewer).toEqual({ subject: ALICE, issuer: PEOPLE, groups: [] });
    expect((await through({ headers: { 'x_ssl_client_cert': inHeader(world.bob), 'X-SSL-Client-cert': inHeader(world.bob) } })).viewer?.subject).toBe('anonymous');
  });

  it("are refused at dipper's own ports", async () => {
    expect((await app.who({ headers: smuggled() })).status).toBe(401);
    expect((await fetch(`${app.url}/graphql`, { method: 'POST', body: WHO, headers: { 'content-type': 'application/json', ...smuggled() } })).status).toBe(401);
  });

  it('twice, or in part, are refused at the socket, too', async () => {
    const verify = ['X-SSL-Client-Verify', 'SUCCESS'] as const;
    const bob = ['X-SSL-Client-Cert', inHeader(world.bob)] as const;
    expect((await atSocket([verify, bob])).viewer?.subject).toBe(BOB); // so nginx would say it
    for (const headers of [[verify, bob, ['x-ssl-client-cert', inHeader(world.alice)]], [verify, verify, bob], [verify], [bob], [['X-SSL-Client-Verify', 'FAILED:revoked'], bob], [['X-SSL-Client-Verify', 'success'], bob], [verify, ['X-SSL-Client-Cert', '%zz']], [verify, ['X-SSL-Client-Cert', 'x']]] as const) {
      const { status, code } = await atSocket(headers as readonly (readonly [string, string])[]);
      expect({ status, code }).toEqual({ status: 401, code: 'UNAUTHENTICATED' });
    }
  });

  it('at the socket say nothing but by these two', async () => {
    expect((await atSocket([['X-SSL-Client-S-DN', BOB], ['X-VOMS-FQAN', '/vo.example']])).viewer).toEqual({ subject: 'anonymous', issuer: null, groups: [] });
  });
});

describe("the proxy's socket", () => {
  it('gives each address that the proxy names a budget and a place in the log of its own', async () => {
    const path = world.pki.path('budget.sock');
    const other = await certifiedApp(testStack(), world.host, { caFolder: world.pki.caFolder, proxySocket: path }, {}, { DIPPER_COST: '100', DIPPER_POINTS_PER_MINUTE: '100' });
    const of = async (address: string) => (await atSocket([['X-Forwarded-For', address]], path)).status;
    let asked = 0;
    while (asked < 300 && await of('192.0.2.1') === 200) asked += 1;
    const [made, another] = [await of('203.0.113.7, 192.0.2.1'), await of('192.0.2.2')];
    await other.stop();
    expect(asked).toBeLessThan(300);
    expect([made, another]).toEqual([429, 200]); // what the client wrote before does not count
    expect(new Set([...other.log().matchAll(/"address":("[^"]*")/g)].map(([, address]) => address))).toEqual(new Set(['"192.0.2.1"', '"192.0.2.2"']));
  });

  it('is closed to all but owner and group, and is gone with dipper', async () => {
    const path = world.pki.path('other.sock');
    const other = await certifiedApp(testStack(), world.host, { caFolder: world.pki.caFolder, proxySocket: path });
    expect(statSync(path).mode & 0o777).toBe(0o660);
    await expect(certifiedApp(testStack(), world.host, { caFolder: world.pki.caFolder, proxySocket: path })).rejects.toThrow(/Another process listens/);
    await other.stop();
    expect(existsSync(path)).toBe(false);
  });
});
