import { AsnConvert } from '@peculiar/asn1-schema';
import { AttributeCertificateInfo } from '@peculiar/asn1-x509-attr';
import { GroupsOfVo, NestedSequence, SignedAttributes } from './asn1.js';
import { nameBytes } from './read-certificate.js';
import { refused } from './refused.js';

const FQANS = '1.3.6.1.4.1.8005.100.100.4';
const SERVER_CERTIFICATES = '1.3.6.1.4.1.8005.100.100.10';
const TARGETS = '2.5.29.55';

/** A VOMS attribute certificate, as it says and not yet verified. */
export interface Attributes {
  readonly signed: Buffer;
  readonly signature: Buffer;
  readonly algorithm: string;
  readonly holder: { readonly issuerName: Buffer; readonly serial: string };
  /** DER of the server's name. */
  readonly serverName: Buffer;
  /** DER of the server's certificate. */
  readonly server: Buffer;
  readonly from: Date;
  readonly until: Date;
  readonly vo: string;
  readonly host: string;
  readonly fqans: readonly string[];
}

/** Reads a proxy's list of attribute certificates. */
export function readAttributes(content: ArrayBuffer): Attributes[] {
  try {
    return AsnConvert.parse(content, NestedSequence).items.map(readOne);
  } catch {
    throw refused('The VOMS attributes of the proxy cannot be read.');
  }
}

function readOne(der: ArrayBuffer): Attributes {
  const { info, algorithm, signature } = AsnConvert.parse(der, SignedAttributes);
  const { holder, issuer, signature: inner, attrCertValidityPeriod: { notBeforeTime, notAfterTime }, attributes, extensions = [] } = AsnConvert.parse(info, AttributeCertificateInfo);
  if (algorithm.algorithm !== inner.algorithm) throw new Error('two algorithms');
  // Targets name the hosts that attributes are for; a critical extension has to be understood, and none is.
  if (extensions.some(({ critical, extnID }) => critical || extnID === TARGETS)) throw new Error('a condition');
  const certificates = extensions.filter(({ extnID }) => extnID === SERVER_CERTIFICATES);
  const { authority, values } = AsnConvert.parse(one(one(attributes.filter(({ type }) => type === FQANS)).values), GroupsOfVo);
  const { vo, host } = /^(?<vo>[A-Za-z0-9][\w.-]*):\/\/(?<host>[A-Za-z0-9][A-Za-z0-9.-]*):\d+$/.exec(one(authority).uniformResourceIdentifier ?? '')!.groups as { vo: string; host: string };
  const fqans = values.map((value) => Buffer.from(value).toString('latin1'));
  if (fqans.some((fqan) => !/^[\x21-\x7e]+$/.test(fqan) || (fqan !== `/${vo}` && !fqan.startsWith(`/${vo}/`)))) throw new Error('a group of another VO');
  return {
    signed: Buffer.from(info), signature: Buffer.from(signature), algorithm: algorithm.algorithm,
    holder: { issuerName: nameBytes(one(holder.baseCertificateID!.issuer).directoryName!), serial: Buffer.from(holder.baseCertificateID!.serial).toString('hex') },
    serverName: nameBytes(one(issuer.v2Form!.issuerName!).directoryName!),
    server: Buffer.from(AsnConvert.parse(one(certificates).extnValue.buffer, NestedSequence).items[0]!),
    from: notBeforeTime, until: notAfterTime, vo, host,
    fqans: fqans.map((fqan) => fqan.replace(/\/Capability=NULL$/, '').replace(/\/Role=NULL$/, '')),
  };
}

function one<T>(list: readonly T[]): T {
  if (list.length !== 1) throw new Error('not one');
  return list[0]!;
}
