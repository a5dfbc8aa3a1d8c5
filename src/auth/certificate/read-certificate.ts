import { X509Certificate } from 'node:crypto';
import { AsnConvert } from '@peculiar/asn1-schema';
import { Certificate as Syntax, type Name } from '@peculiar/asn1-x509';
import { refused } from './refused.js';

/** A certificate with what Node does not show of it. */
export interface Certificate {
  readonly x509: X509Certificate;
  /** Of each extension its content, by its OID. */
  readonly extensions: ReadonlyMap<string, ArrayBuffer>;
  /** DER of the issuer's and of the own name. */
  readonly issuerName: Buffer;
  readonly subjectName: Buffer;
}

export const nameBytes = (name: Name): Buffer => Buffer.from(AsnConvert.serialize(name));

/** Reads a certificate (DER). */
export function readCertificate(der: Uint8Array): Certificate {
  try {
    const x509 = new X509Certificate(der);
    const { issuer, subject, extensions = [] } = AsnConvert.parse(x509.raw, Syntax).tbsCertificate;
    const contents = new Map(extensions.map(({ extnID, extnValue }) => [extnID, extnValue.buffer]));
    if (contents.size < extensions.length) throw new Error('an extension twice');
    return { x509, extensions: contents, issuerName: nameBytes(issuer), subjectName: nameBytes(subject) };
  } catch {
    throw refused('What was shown cannot be read as a certificate.');
  }
}
