import { readFileSync } from 'node:fs';
import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { certifiedApp, type Asked, type CertifiedApp } from '../support/certified-app.js';
import { ALICE, BOB, PEOPLE, peoplePki, type PeoplePki } from '../support/people-pki.js';
import { testStack } from '../support/stack.js';
import { authority, shown, type Credential } from '../support/test-pki.js';
import { vomsProxies, type VomsProxies } from '../support/voms-proxy.js';

const SERVER = '/DC=org/DC=example/OU=hosts/CN=voms.example.org';
const serverExtensions = ['basicConstraints=critical,CA:FALSE', 'keyUsage=critical,digitalSignature,keyEncipherment', 'extendedKeyUsage=serverAuth'];
const FQANS = ['-fqan', '/vo.example/Role=NULL/Capability=NULL', '-fqan', '/vo.example/prod/Role=production/Capability=NULL', '-fqan', '/vo.example/shift'];
const GROUPS = ['/vo.example', '/vo.example/prod/Role=production', '/vo.example/shift'];

let world: PeoplePki;
let app: CertifiedApp;
let voms: VomsProxies;
let server: Credential;

beforeAll(async () => {
  world = peoplePki();
  voms = await vomsProxies(world.pki);
  server = world.pki.issue(SERVER, world.people, { extensions: serverExtensions, key: world.pki.newKey() });
  app = await certifiedApp(testStack(), world.host, { caFolder: world.pki.caFolder, vomsFolder: world.pki.vomsFolder });
});
beforeEach(() => voms.lsc(SERVER, PEOPLE));
afterAll(async () => {
  await app?.stop();
  world?.pki.close();
});

/** Proxies of voms-proxy-fake: proxy, key and holder in one file. */
const ask = (proxy: Credential): Promise<Asked> => app.who({ cert: readFileSync(proxy.certificate), key: readFileSync(proxy.key) });
const certificateOf = ({ certificate }: Credential) => new X509Certificate(readFileSync(certificate));

async function refuses(proxy: Credential, why: RegExp): Promise<void> {
  const { status, code, message, viewer } = await ask(proxy);
  expect({ status, code, viewer }).toEqual({ status: 401, code: 'UNAUTHENTICATED', viewer: undefined });
  expect(message).toMatch(why);
}

/** The attribute certificates that a proxy bears, as hex. */
function attributesOf(proxy: Credential): Buffer {
  const der = certificateOf(proxy).raw;
  const at = der.indexOf(Buffer.from('060a2b06010401be45646405', 'hex')) + 12; // then OCTET STRING with a length of two bytes
  return der.subarray(at + 4, at + 4 + der.readUInt16BE(at + 2));
}
/** A proxy of `holder` that bears attributes from elsewhere. */
const bearing = (holder: Credential, name: string, attributes: Buffer) => world.pki.proxy(`${name}/CN=1`, holder, {
  extensions: ['proxyCertInfo=critical,language:id-ppl-inheritAll', `1.3.6.1.4.1.8005.100.100.5=DER:${attributes.toString('hex')}`],
});

describe('VOMS attributes', () => {
  it('are groups, primary first, as the voms tools read them', async () => {
    const proxy = voms.make(world.alice, server, ...FQANS);
    const { status, viewer } = await ask(proxy);
    expect({ status, viewer }).toEqual({ status: 200, viewer: { subject: ALICE, issuer: PEOPLE, groups: GROUPS } });
    expect(voms.fqans(proxy).map((fqan) => fqan.replace('/Capability=NULL', '').replace('/Role=NULL', ''))).toEqual(GROUPS);
  });

  it('count in a proxy of the proxy, too', async () => {
    const first = voms.make(world.alice, server, ...FQANS);
    const second = world.pki.proxy(certificateOf(first).subject.split('\n').map((part) => `/${part}`).join('') + '/CN=2', first);
    expect((await app.who({ cert: readFileSync(second.certificate, 'utf8') + readFileSync(first.certificate, 'utf8'), key: readFileSync(second.key) })).viewer).toEqual({ subject: ALICE, issuer: PEOPLE, groups: GROUPS });
  });

  it('of another server of the VO are known by the next chain of the list', async () => {
    voms.lsc('/DC=org/CN=older', '/DC=org/CN=CA', '------ NEXT CHAIN ------', SERVER, PEOPLE);
    expect((await ask(voms.make(world.alice, server, ...FQANS))).viewer?.groups).toEqual(GROUPS);
  });

  it('say nothing where no folder of VOs is set', async () => {
    const other = await certifiedApp(testStack(), world.host, { caFolder: world.pki.caFolder });
    const proxy = voms.make(world.alice, server, ...FQANS);
    const { viewer } = await other.who({ cert: readFileSync(proxy.certificate), key: readFileSync(proxy.key) });
    await other.stop();
    expect(viewer).toEqual({ subject: ALICE, issuer: PEOPLE, groups: [] });
  });

  it('are none in a plain proxy', async () => {
    expect((await app.who(shown(world.pki.proxy(`${ALICE}/CN=1`, world.alice), world.alice))).viewer?.groups).toEqual([]);
  });
});

describe('VOMS attributes that fail end the request, not only the groups', () => {
  it('a wrong LSC', async () => {
    voms.lsc('/DC=org/DC=example/OU=hosts/CN=other.example.org', PEOPLE);
    await refuses(voms.make(world.alice, server, ...FQANS), /not known here as one of vo\.example/);
  });
  it('an LSC of another CA', async () => {
    voms.lsc(SERVER, '/DC=org/DC=example/CN=Root');
    await refuses(voms.make(world.alice, server, ...FQANS), /not known here as one of vo\.example/);
  });
  it('no LSC', async () => {
    voms.lsc();
    await refuses(voms.make(world.alice, server, ...FQANS), /not known here as one of vo\.example/);
  });
  it('expired attributes in a proxy that holds', async () => {
    await refuses(voms.make(world.alice, server, ...FQANS, '-pastac', '20:00'), /have expired/);
  });
  it('case 40: VOMS AC of another holder', async () => {
    const attributes = attributesOf(voms.make(world.alice, server, ...FQANS));
    expect((await app.who(shown(bearing(world.alice, ALICE, attributes), world.alice))).viewer?.groups).toEqual(GROUPS); // the way to do it works
    const { status, message } = await app.who(shown(bearing(world.bob, BOB, attributes), world.bob));
    expect([status, message]).toEqual([401, 'The VOMS attributes were granted to another certificate.']);
  });
  it("case 40: VOMS AC of another CA's certificate of the same number", async () => {
    const { pki } = world;
    const other = pki.issue('/DC=org/DC=example/CN=Other', undefined, { extensions: authority(), key: pki.newKey() });
    pki.trust(other, ['/DC=org/DC=example/OU=people/*'], '/DC=org/DC=example/CN=Other');
    const twin = pki.issue(ALICE, other, { serial: `0x${certificateOf(world.alice).serialNumber}` });
    const attributes = attributesOf(voms.make(world.alice, server, ...FQANS));
    const fresh = await certifiedApp(testStack(), world.host, { caFolder: pki.caFolder, vomsFolder: pki.vomsFolder });
    const { status, message } = await fresh.who(shown(bearing(twin, ALICE, attributes), twin));
    await fresh.stop();
    expect([status, message]).toEqual([401, 'The VOMS attributes were granted to another certificate.']);
  });
  it('attributes that were changed', async () => {
    const attributes = Buffer.from(attributesOf(voms.make(world.alice, server, ...FQANS)));
    attributes.write('root', attributes.indexOf('prod'));
    const { status, message } = await app.who(shown(bearing(world.alice, ALICE, attributes), world.alice));
    expect([status, message]).toEqual([401, 'The VOMS attributes are not signed by the server that they name.']);
  });
  it('attributes that cannot be read', async () => {
    for (const attributes of [Buffer.from('0500', 'hex'), Buffer.from('30053003020101', 'hex'), attributesOf(voms.make(world.alice, server, ...FQANS)).subarray(0, 300)]) {
      const { status, message } = await app.who(shown(bearing(world.alice, ALICE, attributes), world.alice));
      expect([status, message]).toEqual([401, 'The VOMS attributes of the proxy cannot be read.']);
    }
  });
  it("a server of the right name that no known CA vouches for, with its CA's certificate in the attributes", async () => {
    const fake = world.pki.issue(PEOPLE, undefined, { extensions: authority(), key: world.pki.newKey() });
    await refuses(voms.make(world.alice, world.pki.issue(SERVER, fake, { extensions: serverExtensions }), ...FQANS), /not signed by a CA that is known here/);
  });
  it('a server whose certificate has expired, or was revoked', async () => {
    const { pki, people, peopleHash } = world;
    await refuses(voms.make(world.alice, pki.issue(SERVER, people, { extensions: serverExtensions, days: -1 }), ...FQANS), /certificate has expired/);
    const lost = pki.issue(SERVER, people, { extensions: serverExtensions });
    pki.crl(people, peopleHash, [lost]);
    await refuses(voms.make(world.alice, lost, ...FQANS), /certificate revoked/);
    pki.crl(people, peopleHash);
  });
  it('a person who signs attributes', async () => {
    await refuses(voms.make(world.alice, world.bob, ...FQANS), /not known here as one of vo\.example/);
  });
  it('attributes for other hosts', async () => {
    const attributes = Buffer.from(attributesOf(voms.make(world.alice, server, ...FQANS)));
    attributes.writeUInt8(0x37, attributes.indexOf(Buffer.from('0603551d38', 'hex')) + 4); // targets instead of noRevAvail
    const { status, message } = await app.who(shown(bearing(world.alice, ALICE, attributes), world.alice));
    expect([status, message]).toEqual([401, 'The VOMS attributes of the proxy cannot be read.']);
  });
  it('attributes with a critical extension that nobody knows', async () => {
    await refuses(voms.make(world.alice, server, ...FQANS, '-acextension', '1.2.3.4/true:xx'), /cannot be read/);
    expect((await ask(voms.make(world.alice, server, ...FQANS, '-acextension', '1.2.3.4/false:xx'))).viewer?.groups).toEqual(GROUPS);
  });
  it('a group of another VO', async () => {
    await refuses(voms.make(world.alice, server, '-fqan', '/other/Role=NULL'), /cannot be read/);
  });
});
