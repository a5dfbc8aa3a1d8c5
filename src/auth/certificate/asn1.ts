import { AsnProp, AsnPropTypes } from '@peculiar/asn1-schema';
import { AlgorithmIdentifier, GeneralNames } from '@peculiar/asn1-x509';

/** RFC 3820: what a proxy may do in its holder's name. */
class ProxyPolicy {
  @AsnProp({ type: AsnPropTypes.ObjectIdentifier }) policyLanguage = '';
  @AsnProp({ type: AsnPropTypes.OctetString, optional: true }) policy?: ArrayBuffer;
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

/** RFC 5755's IetfAttrSyntax as VOMS fills it: `vo://host:port`, and groups. */
export class GroupsOfVo {
  @AsnProp({ type: GeneralNames, context: 0, implicit: true }) authority = new GeneralNames();
  @AsnProp({ type: AsnPropTypes.OctetString, repeated: 'sequence' }) values: ArrayBuffer[] = [];
}
