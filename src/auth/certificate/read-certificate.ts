import { X509Certificate } from 'node:crypto';
import { AsnConvert } from '@peculiar/asn1-schema';
import { Certificate as Syntax, type Name } from '@peculiar/asn1-x509';
import { refused } from './refused.js';

/** A certificate with what Node does not show of it, which takes milliseconds to find. */
export interface Certificate { readonly x509: X509Certificate; details(): Details }

interface Details {
  /** Of each extension its content, by its OID. */
  readonly extensions: ReadonlyMap<string, ArrayBuffer>;
  /** DER of the issuer's and of the own name. */
  readonly issuerName: Buffer;
  readonly subjectName: Buffer;
  /** In hex. */
  readonly serial: string;
}

export const nameBytes = (name: Name): Buffer => Buffer.from(AsnConvert.serialize(name));

const unreadable = () => refused('What was shown cannot be read as a certificate.');

/** Reads a certificate (DER). */
export function readCertificate(der: Uint8Array): Certificate {
  let known: Details | undefined;
  try {
    const x509 = new X509Certificate(der);
    return { x509, details: () => (known ??= readDetails(x509.raw)) };
  } catch {
    throw unreadable();
  }
}

function readDetails(der: Uint8Array): Details {
  try {
    const { issuer, subject, serialNumber, extensions = [] } = AsnConvert.parse(der, Syntax).tbsCertificate;
    const contents = new Map(extensions.map(({ extnID, extnValue }) => [extnID, extnValue.buffer]));
    if (contents.size < extensions.length) throw new Error('an extension twice');
    return { extensions: contents, issuerName: nameBytes(issuer), subjectName: nameBytes(subject), serial: Buffer.from(serialNumber).toString('hex') };
  } catch {
    throw unreadable();
  }
}
