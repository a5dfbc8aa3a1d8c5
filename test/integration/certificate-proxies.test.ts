import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { certifiedApp, type CertifiedApp } from '../support/certified-app.js';
import { ALICE, BOB, PEOPLE, peoplePki, type PeoplePki } from '../support/people-pki.js';
import { testStack } from '../support/stack.js';
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

const proxy = (...args: Parameters<PeoplePki['pki']['proxy']>) => world.pki.proxy(...args);

describe('a proxy (RFC 3820) speaks for its holder', () => {
  it('of one generation', async () => {
    const { status, viewer } = await app.who(shown(proxy(`${ALICE}/CN=1`, world.alice), world.alice));
    expect({ status, viewer }).toEqual({ status: 200, viewer: { subject: ALICE, issuer: PEOPLE, groups: [] } });
  });

  it('of three', async () => {
    const first = proxy(`${ALICE}/CN=1`, world.alice, { key: world.pki.newKey() });
    const second = proxy(`${ALICE}/CN=1/CN=2`, first, { pathLength: 1 });
    const third = proxy(`${ALICE}/CN=1/CN=2/CN=3`, second);
    expect((await app.who(shown(third, second, first, world.alice))).viewer?.subject).toBe(ALICE);
  });

  it('with the CAs that curl sends along', async () => {
    expect((await app.who(shown(proxy(`${ALICE}/CN=1`, world.alice), world.alice, world.people, world.root))).viewer?.subject).toBe(ALICE);
  });
});

describe('case 40: a proxy that does not hold is refused', () => {
  /** Refused with 401, and why. */
  async function refuses(certificates: readonly Credential[], why: RegExp): Promise<void> {
    const { status, code, message, viewer } = await app.who(shown(...certificates));
    expect({ status, code, viewer }).toEqual({ status: 401, code: 'UNAUTHENTICATED', viewer: undefined });
    expect(message).toMatch(why);
  }
  const LIMITED = '1.3.6.1.4.1.3536.1.1.1.9';

  it('limited', async () => { await refuses([proxy(`${ALICE}/CN=1`, world.alice, { language: LIMITED }), world.alice], /A proxy that is limited does not speak for its holder/); });
  it('full, of a limited one', async () => {
    const limited = proxy(`${ALICE}/CN=1`, world.alice, { language: LIMITED });
    await refuses([proxy(`${ALICE}/CN=1/CN=2`, limited), limited, world.alice], /A proxy that is limited/);
  });
  it('independent', async () => { await refuses([proxy(`${ALICE}/CN=1`, world.alice, { language: 'id-ppl-independent' }), world.alice], /A proxy that is independent/); });
  it('of a policy of its own', async () => { await refuses([proxy(`${ALICE}/CN=1`, world.alice, { language: 'id-ppl-anyLanguage,policy:text:x' }), world.alice], /A proxy that is restricted/); });
  it('expired', async () => { await refuses([proxy(`${ALICE}/CN=1`, world.alice, { days: -1 }), world.alice], /certificate has expired/); });
  it('of an expired certificate', async () => {
    const old = world.pki.issue(ALICE, world.people, { days: -1 });
    await refuses([proxy(`${ALICE}/CN=1`, old), old], /certificate has expired/);
  });
  it('of a revoked certificate', async () => {
    const { pki, people, peopleHash } = world;
    const mallory = pki.issue('/DC=org/DC=example/OU=people/CN=Mallory', people);
    pki.crl(people, peopleHash, [mallory]);
    await refuses([proxy('/DC=org/DC=example/OU=people/CN=Mallory/CN=1', mallory), mallory], /certificate revoked/);
    pki.crl(people, peopleHash);
  });
  it("foreign: signed by another's key", async () => {
    const forger = world.pki.issue(ALICE, undefined, { key: world.pki.newKey() });
    await refuses([proxy(`${ALICE}/CN=1`, forger), world.alice], /without the certificate that signed it/); // it names the forger's key
    const anonymous = proxy(`${ALICE}/CN=1`, forger, { extensions: ['keyUsage=critical,digitalSignature', 'authorityKeyIdentifier=none', 'proxyCertInfo=critical,language:id-ppl-inheritAll'] });
    await refuses([anonymous, world.alice], /not signed by the certificate that was shown/);
  });
  it('foreign: of a holder of an unknown CA', async () => {
    const foreign = world.pki.issue('/DC=org/DC=foreign/CN=CA', undefined, { extensions: authority() });
    const holder = world.pki.issue(ALICE, foreign);
    await refuses([proxy(`${ALICE}/CN=1`, holder), holder], /not signed by a CA that is known here/);
  });
  it("in another's name", async () => { await refuses([proxy(`${BOB}/CN=1`, world.alice), world.alice], /proxy subject name violation/); });
  it('with more than one new part', async () => { await refuses([proxy(`${ALICE}/CN=1/CN=2`, world.alice), world.alice], /proxy subject name violation/); });
  it('with a new part that is no CN', async () => { await refuses([proxy(`${ALICE}/OU=1`, world.alice), world.alice], /proxy subject name violation/); });
  it('deeper than an older one allows', async () => {
    const first = proxy(`${ALICE}/CN=1`, world.alice, { pathLength: 0 });
    await refuses([proxy(`${ALICE}/CN=1/CN=2`, first), first, world.alice], /proxy path length constraint exceeded/);
  });
  it('signed by a CA', async () => {
    await refuses([proxy(`${PEOPLE}/CN=1`, world.people), world.people], /without the certificate that signed it/); // its key may sign certificates alone
    const able = world.pki.issue(ALICE, world.people, { extensions: ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,digitalSignature'] });
    await refuses([proxy(`${ALICE}/CN=1`, able), able], /The proxy is signed by a CA/);
  });
  it('that does not say it is one', async () => { await refuses([world.pki.issue(`${ALICE}/CN=1`, world.alice), world.alice], /not signed by a CA that is known here/); });
  it('of the old kind', async () => { await refuses([world.pki.issue(`${ALICE}/CN=proxy`, world.alice), world.alice], /not signed by a CA that is known here/); });
  it('that is a CA', async () => {
    const info = 'proxyCertInfo=critical,language:id-ppl-inheritAll';
    await refuses([world.pki.issue(`${ALICE}/CN=1`, world.alice, { extensions: ['basicConstraints=critical,CA:TRUE', info] }), world.alice], /./);
  });
  it('without its holder', async () => { await refuses([proxy(`${ALICE}/CN=1`, world.alice)], /without the certificate that signed it/); });
  it('signed with SHA-1', async () => {
    const weak = proxy(`${ALICE}/CN=1`, world.alice, { digest: 'sha1' });
    const { status, message } = await app.who({ ...shown(weak, world.alice), ciphers: 'DEFAULT:@SECLEVEL=0' });
    expect([status, message]).toEqual([401, expect.stringMatching(/too weak/)]);
  });
  it('of a chain longer than any that is needed', async () => {
    const chain = [world.alice];
    for (let n = 1, name = `${ALICE}/CN=1`; n <= 12; n++, name += `/CN=${n}`) chain.unshift(proxy(name, chain[0]!));
    await refuses(chain, /More than 12 certificates/);
  });
});
