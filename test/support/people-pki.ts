import { authority, TestPki, type Credential } from './test-pki.js';

/** A root, a CA of people below it, a host and two people: what most tests begin with. */
export interface PeoplePki { readonly pki: TestPki; readonly root: Credential; readonly people: Credential; readonly rootHash: string; readonly peopleHash: string; readonly host: Credential; readonly alice: Credential; readonly bob: Credential }

export const ROOT = '/DC=org/DC=example/CN=Root';
export const PEOPLE = '/DC=org/DC=example/CN=People CA';
export const ALICE = '/DC=org/DC=example/OU=people/CN=Alice';
export const BOB = '/DC=org/DC=example/OU=people/CN=Bob';

export function peoplePki(): PeoplePki {
  const pki = new TestPki();
  const root = pki.issue(ROOT, undefined, { extensions: authority(), key: pki.newKey() });
  const people = pki.issue(PEOPLE, root, { extensions: authority(), key: pki.newKey() });
  const rootHash = pki.trust(root, ['/DC=org/DC=example/*'], ROOT);
  const peopleHash = pki.trust(people, ['/DC=org/DC=example/OU=people/*', '/DC=org/DC=example/OU=hosts/*'], PEOPLE);
  pki.crl(root, rootHash);
  pki.crl(people, peopleHash);
  const host = pki.issue('/DC=org/DC=example/OU=hosts/CN=localhost', people, {
    extensions: ['basicConstraints=critical,CA:FALSE', 'keyUsage=critical,digitalSignature,keyEncipherment', 'extendedKeyUsage=serverAuth,clientAuth', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
  });
  return { pki, root, people, rootHash, peopleHash, host, alice: pki.issue(ALICE, people), bob: pki.issue(BOB, people) };
}
