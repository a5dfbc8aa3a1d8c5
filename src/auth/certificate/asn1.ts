import { AsnProp, AsnPropTypes, OctetString } from '@peculiar/asn1-schema';
import { AlgorithmIdentifier } from '@peculiar/asn1-x509';

/** RFC 3820: what a proxy may do in its holder's name. */
class ProxyPolicy {
  @AsnProp({ type: AsnPropTypes.ObjectIdentifier }) policyLanguage = '';
  @AsnProp({ type: OctetString, optional: true }) policy?: OctetString;
}

export class ProxyCertInfo {
  @AsnProp({ type: AsnPropTypes.Integer, optional: true }) pathLength?: number;
  @AsnProp({ type: ProxyPolicy }) proxyPolicy = new ProxyPolicy();
}

/** VOMS's list of attribute certificates, or of certificates: one sequence in another. The bytes of each are kept, for they are signed. */
export class NestedSequence {
  @AsnProp({ type: AsnPropTypes.Any, repeated: 'sequence' }) items: ArrayBuffer[] = [];
}

/** An attribute certificate with the bytes that are signed. */
export class SignedAttributes {
  @AsnProp({ type: AsnPropTypes.Any }) info = new ArrayBuffer(0);
  @AsnProp({ type: AlgorithmIdentifier }) algorithm = new AlgorithmIdentifier();
  @AsnProp({ type: AsnPropTypes.BitString }) signature = new ArrayBuffer(0);
}
