import { AsnConvert } from '@peculiar/asn1-schema';
import { ProxyCertInfo } from './asn1.js';
import type { Ca, CaFolder } from './ca-folder.js';
import type { Certificate } from './read-certificate.js';
import { refused } from './refused.js';
import { slashSubject } from './slash-subject.js';

const PROXY_CERT_INFO = '1.3.6.1.5.5.7.1.14';
const PROXY_CERT_INFO_DER = Buffer.from('06082b0601050507010e', 'hex');
const languages: Readonly<Record<string, string>> = {
  '1.3.6.1.4.1.3536.1.1.1.9': 'limited',
  '1.3.6.1.5.5.7.21.2': 'independent',
};
const INHERIT_ALL = '1.3.6.1.5.5.7.21.1';
const MOST_AUTHORITIES = 8;

/** Who signed what, up to a CA that signed itself. */
export interface Chain {
  /** Newest first. */
  readonly proxies: readonly Certificate[];
  /** Whom the proxies speak for. */
  readonly holder: Certificate;
  /** From the holder's CA up. */
  readonly authorities: readonly Ca[];
  /** As Rucio writes them. */
  readonly subject: string;
  readonly issuer: string;
}

/**
 * Goes from what was shown (newest first) to a CA of the folder by signatures, and holds it to what OpenSSL does not look at: kinds of proxies and
 * signing policies. CAs that are shown are left aside. It is cheap, so that only chains which a CA has begun reach OpenSSL.
 */
export async function walkChain(shown: readonly Certificate[], folder: CaFolder): Promise<Chain> {
  // Who has it not in any place is no proxy: seen without reading all of what nobody may have signed.
  const end = shown.findIndex(({ x509 }) => !x509.raw.includes(PROXY_CERT_INFO_DER));
  const proxies = end === -1 ? shown : shown.slice(0, end);
  const holder = shown[proxies.length];
  if (!holder) throw refused('The proxy was shown without the certificate that signed it.');
  if (holder.x509.ca) throw refused(proxies.length > 0 ? 'The proxy is signed by a CA.' : 'The certificate is that of a CA, which asks nothing.');
  const subject = slashSubject(holder.x509.subject);
  const issuer = slashSubject(holder.x509.issuer);
  const authorities = await findAuthorities(holder.x509, folder, MOST_AUTHORITIES);
  if (!authorities) throw refused(`The certificate is not signed by a CA that is known here: ${issuer}.`);
  for (const [at, proxy] of proxies.entries()) checkProxy(proxy, shown[at + 1]!);
  for (const [at, ca] of authorities.entries()) {
    const signed = at === 0 ? subject : slashSubject(authorities[at - 1]!.x509.subject);
    if (!ca.policy?.allows(slashSubject(ca.x509.subject), signed)) throw refused(`The signing policy of ${slashSubject(ca.x509.subject)} does not let it sign ${signed}.`);
  }
  return { proxies, holder, authorities, subject, issuer };
}

function checkProxy({ x509, details }: Certificate, signer: Certificate): void {
  if (!x509.checkIssued(signer.x509) || !x509.verify(signer.x509.publicKey)) throw refused('The proxy is not signed by the certificate that was shown with it.');
  const { policyLanguage } = readProxyCertInfo(details().extensions.get(PROXY_CERT_INFO)).proxyPolicy;
  if (policyLanguage !== INHERIT_ALL) throw refused(`A proxy that is ${languages[policyLanguage] ?? 'restricted'} does not speak for its holder here.`);
}

function readProxyCertInfo(content: ArrayBuffer | undefined): ProxyCertInfo {
  try {
    return AsnConvert.parse(content!, ProxyCertInfo);
  } catch {
    throw refused('The proxy does not say in a plain way what it may do.');
  }
}

/** The CAs above a certificate, up to one that signed itself. */
async function findAuthorities(signed: Ca['x509'], folder: CaFolder, most: number): Promise<Ca[] | undefined> {
  if (most === 0) return undefined;
  for (const ca of await folder.named(signed.issuer)) {
    if (!ca.x509.ca || !signed.checkIssued(ca.x509) || !signed.verify(ca.x509.publicKey)) continue;
    if (ca.x509.subject === ca.x509.issuer) return [ca];
    const above = await findAuthorities(ca.x509, folder, most - 1);
    if (above) return [ca, ...above];
  }
  return undefined;
}
