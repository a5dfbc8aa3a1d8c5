import { symlinkSync } from 'node:fs';
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { certifiedApp, WHO, type CertifiedApp } from '../support/certified-app.js';
import { ALICE, PEOPLE, peoplePki, type PeoplePki } from '../support/people-pki.js';
import { testStack } from '../support/stack.js';
import { AUDIENCE, testIssuer } from '../support/test-issuer.js';
import { authority, shown, type Credential } from '../support/test-pki.js';

let world: PeoplePki;
let app: CertifiedApp;

beforeAll(async () => {
  world = peoplePki();
  app = await certifiedApp(testStack(), world.host, { caFolder: world.pki.caFolder });
});
afterAll(async () => {
  await app?.stop();
  world?.pki.close();
});

/** Asked with these certificates: refused with 401, and why. */
async function refuses(certificates: readonly Credential[], why: string | RegExp, options = {}): Promise<void> {
  const { status, code, message, viewer } = await app.who({ ...shown(...certificates), ...options });
  expect({ status, code, viewer }).toEqual({ status: 401, code: 'UNAUTHENTICATED', viewer: undefined });
  expect(message).toMatch(why);
}

describe("a person's certificate at dipper's own port", () => {
  it('names its holder as Rucio does, and the CA', async () => {
    const { status, viewer } = await app.who(shown(world.alice));
    expect({ status, viewer }).toEqual({ status: 200, viewer: { subject: ALICE, issuer: PEOPLE, groups: [] } });
  });

  it('counts once, whatever CAs are shown with it', async () => {
    expect((await app.who(shown(world.alice, world.people, world.root))).viewer?.subject).toBe(ALICE);
  });

  it('is not needed: who shows none has not signed in', async () => {
    expect((await app.who()).viewer).toEqual({ subject: 'anonymous', issuer: null, groups: [] });
  });

  it('is not asked for where all may go', async () => {
    expect((await fetch(`${app.url}/healthz`)).status).toBe(200);
  });

  it('never comes into the log with its key', () => {
    expect(app.log()).not.toMatch(/BEGIN/);
  });
});

describe('case 40: a certificate that does not hold is refused', () => {
  const person = (options: Parameters<PeoplePki['pki']['issue']>[2], subject = ALICE) => world.pki.issue(subject, world.people, options);

  it('of a foreign CA', async () => {
    const foreign = world.pki.issue('/DC=org/DC=foreign/CN=CA', undefined, { extensions: authority() });
    await refuses([world.pki.issue(ALICE, foreign), foreign], /not signed by a CA that is known here/);
  });

  it('of a CA that only bears the name of a known one', async () => {
    const twin = world.pki.issue(PEOPLE, undefined, { extensions: authority(), key: world.pki.newKey() });
    await refuses([world.pki.issue(ALICE, twin), twin], /not signed by a CA that is known here/);
  });

  it('that signed itself', async () => { await refuses([world.pki.issue(ALICE, undefined)], /not signed by a CA that is known here/); });
  it('that has expired', async () => { await refuses([person({ days: -1 })], /certificate has expired/); });
  it('of a CA below a known one that is not in the folder', async () => {
    const below = world.pki.issue('/DC=org/DC=example/OU=people/CN=Sub', world.people, { extensions: authority() });
    await refuses([world.pki.issue(ALICE, below), below], /not signed by a CA that is known here/);
  });
  it('signed by a person', async () => { await refuses([world.pki.issue('/DC=org/DC=example/OU=people/CN=Mallory', world.alice), world.alice], /not signed by a CA that is known here/); });
  it('of a CA itself', async () => { await refuses([world.people], /that of a CA/); });
  it('that is for servers only', async () => {
    await refuses([person({ extensions: ['basicConstraints=critical,CA:FALSE', 'keyUsage=critical,digitalSignature', 'extendedKeyUsage=serverAuth'] })], /unsuitable certificate purpose|unsupported certificate purpose/);
  });
  it('with a critical extension that nobody knows', async () => {
    await refuses([person({ extensions: ['basicConstraints=critical,CA:FALSE', 'extendedKeyUsage=clientAuth', '1.2.3.4=critical,ASN1:NULL'] })], /unhandled critical extension/);
  });
  it('signed with SHA-1', async () => { await refuses([person({ digest: 'sha1' })], /too weak/, { ciphers: 'DEFAULT:@SECLEVEL=0' }); });
  it('with a key of 1024 bits', async () => { await refuses([person({ key: world.pki.newKey(1024) })], /too weak|too small/, { ciphers: 'DEFAULT:@SECLEVEL=0' }); });

  it('of a CA deeper than the one above allows', async () => {
    const { pki } = world;
    const flat = pki.issue('/DC=org/DC=example/CN=Flat', undefined, { extensions: authority(',pathlen:0') });
    const below = pki.issue('/DC=org/DC=example/CN=Below', flat, { extensions: authority() });
    pki.trust(flat, ['/DC=org/*'], '/DC=org/DC=example/CN=Flat');
    pki.trust(below, ['/DC=org/*'], '/DC=org/DC=example/CN=Below');
    const other = await certifiedApp(testStack(), world.host, { caFolder: pki.caFolder });
    const { message } = await other.who(shown(pki.issue(ALICE, below)));
    await other.stop();
    expect(message).toMatch(/path length constraint exceeded/);
  });
});

describe('signing policies', () => {
  it('a subject that the CA may not sign is refused', async () => {
    await refuses([world.pki.issue('/DC=org/DC=other/CN=Alice', world.people)], /signing policy of .*People CA does not let it sign \/DC=org\/DC=other\/CN=Alice/);
  });

  it('a CA without a policy signs for nobody', async () => {
    const { pki } = world;
    const lawless = pki.issue('/DC=org/DC=example/CN=Lawless', undefined, { extensions: authority() });
    pki.trust(lawless, undefined);
    const other = await certifiedApp(testStack(), world.host, { caFolder: pki.caFolder });
    const { status, message } = await other.who(shown(pki.issue(ALICE, lawless)));
    await other.stop();
    expect([status, message]).toEqual([401, expect.stringMatching(/signing policy of .*Lawless/)]);
  });
});

describe('lists of what is revoked', () => {
  it('a revoked certificate is refused, without a restart', async () => {
    const { pki, people, peopleHash } = world;
    const mallory = pki.issue('/DC=org/DC=example/OU=people/CN=Mallory', people);
    pki.crl(people, peopleHash, [mallory]);
    await refuses([mallory], /certificate revoked/);
    expect((await app.who(shown(pki.issue(ALICE, people)))).status).toBe(200);
  });

  it('count for their CA under whichever of its hashes they lie', async () => {
    const { pki, people, peopleHash } = world;
    const mallory = pki.issue('/DC=org/DC=example/OU=people/CN=Mallory', people);
    pki.crl(people, peopleHash, [mallory]);
    // As folders are that know the hashes of OpenSSL before 1.0, too; lists are not always under both.
    for (const kind of ['0', 'signing_policy']) symlinkSync(`${peopleHash}.${kind}`, `${pki.caFolder}/00000000.${kind}`);
    const other = await certifiedApp(testStack(), world.host, { caFolder: pki.caFolder });
    const { status, message } = await other.who(shown(mallory));
    await other.stop();
    for (const kind of ['0', 'signing_policy']) pki.forget('00000000', kind);
    pki.crl(people, peopleHash);
    expect([status, message]).toEqual([401, expect.stringMatching(/certificate revoked/)]);
  });

  it("a revoked CA's people are refused", async () => {
    const { pki, root, rootHash, people } = world;
    pki.crl(root, rootHash, [people]);
    await refuses([pki.issue(ALICE, people)], /certificate revoked/);
    pki.crl(root, rootHash);
  });

  it('a list out of date, or signed by another, lets nobody in', async () => {
    const { pki, people, peopleHash } = world;
    pki.crl(people, peopleHash, [], { isStale: true });
    await refuses([pki.issue(ALICE, people)], /CRL has expired/);
    const forger = pki.issue(PEOPLE, undefined, { extensions: authority(), key: pki.newKey() });
    pki.crl(people, peopleHash, [], { signer: forger });
    await refuses([pki.issue(ALICE, people)], /CRL/);
    pki.crl(people, peopleHash);
  });
});

describe('the connection', () => {
  const speak = (socket: TLSSocket) => new Promise<string>((resolve, reject) => {
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => { text += chunk; if (text.includes('}}}') || text.includes(']}')) resolve(text); }).on('error', reject).on('close', () => resolve(text));
    socket.write(`POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${WHO.length}\r\n\r\n${WHO}`);
  });

  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    it(`is verified anew each time: no session is resumed (${maxVersion})`, async () => {
      const options = { host: '127.0.0.1', port: app.tlsPort, rejectUnauthorized: false, maxVersion, ...shown(world.alice) };
      const first = connect(options);
      let session: Buffer | undefined;
      first.on('session', (given: Buffer) => { session = given; });
      expect(await speak(first)).toContain(ALICE);
      session ??= first.getSession();
      first.destroy();
      const second = connect({ ...options, session });
      const answer = await speak(second);
      expect(second.isSessionReused()).toBe(false);
      expect(answer).toContain(ALICE);
      second.destroy();
    });
  }

  it('answers what is no HTTP as the other port does', async () => {
    const socket = connect({ host: '127.0.0.1', port: app.tlsPort, rejectUnauthorized: false });
    socket.write('no HTTP\r\n\r\n');
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    expect(text).toMatch(/^HTTP\/1\.1 400 .*"code":"BAD_REQUEST"/s);
  });

  it('does without TLS 1.1', async () => {
    await expect(app.who({ ...shown(world.alice), minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' })).rejects.toThrow();
  });

  it('is not believed without the key', async () => {
    await expect(app.who({ cert: shown(world.alice).cert, key: shown({ ...world.alice, key: world.people.key }).key })).rejects.toThrow();
  });
});

describe('case 40: smuggled identity headers are refused', () => {
  for (const header of ['X-SSL-Client-S-DN', 'x-ssl-client-verify', 'X-SSL-CLIENT-CERT', 'X-VOMS-FQAN']) {
    it(`${header}, at either port`, async () => {
      const headers = { [header]: 'SUCCESS', 'content-type': 'application/json' };
      const plain = await fetch(`${app.url}/graphql`, { method: 'POST', body: WHO, headers });
      expect(plain.status).toBe(401);
      expect(await plain.text()).toContain('counts only from the reverse proxy');
      await refuses([world.alice], /counts only from the reverse proxy/, { headers });
    });
  }

  it('X-Rucio-Account says nothing', async () => {
    expect((await app.who({ headers: { 'x-rucio-account': 'root' } })).viewer?.subject).toBe('anonymous');
    expect((await app.who({ ...shown(world.alice), headers: { 'x-rucio-account': 'root' } })).viewer?.subject).toBe(ALICE);
  });
});

describe('case 40: subjects that could be taken for others are refused', () => {
  const of = (subject: string) => world.pki.issue(`/DC=org/DC=example/OU=people${subject}`, world.people);

  it('with `/CN=` inside a part', async () => { await refuses([of('/CN=Mallory\\/CN=Bob')], /could be taken for several/); });
  it('of two attributes in one part', async () => { await refuses([of('/CN=Mallory+OU=Bob')], /two attributes/); });
  it('with a backslash', async () => { await refuses([of('/CN=Mallory\\\\xC3')], /cannot be shown/); });
  it('with a letter that does not show', async () => { await refuses([of('/CN=Ali\u200bce')], /cannot be shown/); });
  it('with an attribute that is not known', async () => { await refuses([of('/description=x/CN=Alice')], /not known here: description/); });

  it('a comma, letters of any language and e-mail addresses are told as they are', async () => {
    const subject = '/O=Example, Inc./CN=host\\/alice.example.org/CN=Zoë Σ/emailAddress=zoe@example.org';
    expect((await app.who(shown(of(subject)))).viewer?.subject).toBe(`/DC=org/DC=example/OU=people${subject.replace('\\', '')}`);
  });

  it('an escaped comma is no part of its own', async () => {
    const { viewer } = await app.who(shown(of('/O=x,CN=Bob/CN=Mallory')));
    expect(viewer?.subject).toBe('/DC=org/DC=example/OU=people/O=x,CN=Bob/CN=Mallory');
  });
});

it('case 41: a token and a certificate at once are refused', async () => {
  const issuer = await testIssuer();
  const other = await certifiedApp(testStack(), world.host, { caFolder: world.pki.caFolder }, { tokens: { audience: [AUDIENCE], issuers: [{ issuer: issuer.issuer }] } });
  const headers = { authorization: `Bearer ${await issuer.sign()}` };
  const both = await other.who({ ...shown(world.alice), headers });
  const [token, certificate] = [await other.who({ headers }), await other.who(shown(world.alice))];
  await other.stop();
  await issuer.close();
  expect([token.viewer?.subject, certificate.viewer?.subject]).toEqual(['alice', ALICE]);
  expect({ status: both.status, code: both.code, viewer: both.viewer }).toEqual({ status: 400, code: 'BAD_USER_INPUT', viewer: undefined });
});

it('a name in any alphabet can be refused', async () => {
  const foreign = world.pki.issue('/O=Ωmega "quoted" 🔭/CN=CA', undefined, { extensions: authority() });
  await refuses([world.pki.issue('/CN=Σ', foreign)], /not signed by a CA that is known here: \/O=Ωmega/);
});

describe('settings', () => {
  it('a folder that is not there lets nobody in, and says so', async () => {
    const other = await certifiedApp(testStack(), world.host, { caFolder: world.pki.path('nowhere') });
    const { status, code } = await other.who(shown(world.alice));
    expect({ status, code }).toEqual({ status: 503, code: 'UNAVAILABLE' });
    await other.stop();
  });

  it('a door has to be named', async () => {
    await expect(certifiedApp(testStack(), world.host, { caFolder: world.pki.caFolder, listen: undefined })).rejects.toThrow(/neither `proxySocket` nor `listen`/);
  });
});
