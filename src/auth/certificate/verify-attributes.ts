import { verify } from 'node:crypto';
import { askOpenssl } from './ask-openssl.js';
import type { CaFolder } from './ca-folder.js';
import { readAttributes, type Attributes } from './read-attributes.js';
import { readCertificate, type Certificate } from './read-certificate.js';
import { readLsc } from './read-lsc.js';
import { refused } from './refused.js';
import { walkChain, type Chain } from './walk-chain.js';

const ATTRIBUTES = '1.3.6.1.4.1.8005.100.100.5';
const SKEW_MS = 60_000;
/** RSA and ECDSA, with SHA-2. */
const digests: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.11': 'sha256', '1.2.840.113549.1.1.12': 'sha384', '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.3.2': 'sha256', '1.2.840.10045.4.3.3': 'sha384', '1.2.840.10045.4.3.4': 'sha512',
};

export interface VomsGroups {
  /** Primary first. */
  readonly groups: readonly string[];
  /** When the first of the attributes, or of the servers' certificates, ends; in ms. */
  readonly until: number;
}

/**
 * The groups that the newest proxy with VOMS attributes bears. All of its attributes must hold: granted to this holder, in time, and signed by a
 * server that the folder of VOs names and a known CA vouches for. Debian's voms tools are not asked: `voms-proxy-info` shows attributes that
 * failed, and ends well.
 */
export async function verifyAttributes({ proxies, holder }: Chain, folder: CaFolder, vomsFolder: string): Promise<VomsGroups> {
  const content = proxies.map(({ details }) => details().extensions.get(ATTRIBUTES)).find((found) => found);
  if (!content) return { groups: [], until: Infinity };
  const groups: string[] = [];
  let until = Infinity;
  for (const attributes of readAttributes(content)) {
    until = Math.min(until, await verifyOne(attributes, holder, folder, vomsFolder));
    groups.push(...attributes.fqans);
  }
  return { groups, until };
}

async function verifyOne(attributes: Attributes, holder: Certificate, folder: CaFolder, vomsFolder: string): Promise<number> {
  const { vo, host, from, until } = attributes;
  const { issuerName, serial } = holder.details();
  if (!attributes.holder.issuerName.equals(issuerName) || attributes.holder.serial !== serial) {
    throw refused('The VOMS attributes were granted to another certificate.');
  }
  const now = Date.now();
  if (!(from.getTime() <= now + SKEW_MS)) throw refused('The VOMS attributes are not valid yet.');
  if (!(until.getTime() > now)) throw refused('The VOMS attributes have expired.');

  const server = readCertificate(attributes.server);
  const digest = digests[attributes.algorithm];
  if (!digest || !server.details().subjectName.equals(attributes.serverName) || !verify(digest, attributes.signed, server.x509.publicKey, attributes.signature)) {
    throw refused('The VOMS attributes are not signed by the server that they name.');
  }
  const chain = await walkChain([server], folder);
  if (!(await readLsc(vomsFolder, vo, host)).some(({ subject, issuer }) => subject === chain.subject && issuer === chain.issuer)) {
    throw refused(`The server that signed the VOMS attributes is not known here as one of ${vo}.`);
  }
  await askOpenssl(chain, 'any');
  return Math.min(until.getTime(), Date.parse(server.x509.validTo));
}
