import { createHash } from 'node:crypto';
import ipaddr from 'ipaddr.js';
import type { Identity } from './identity.js';

/** What one subscriber of a network has: an IPv4 address, or all of a /64, from which each machine takes as many addresses as it likes. */
function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const known = ipaddr.process(address); // one of IPv4 in the clothes of IPv6 is one of IPv4
  return 'parts' in known ? known.parts.slice(0, 4).map((part) => part.toString(16)).join(':') : known.toString();
}

/** Whose budget a request takes from: that of the subject that the issuer vouches for, however many tokens or certificates it has; without one, that of the address's network. */
export function budgetKey({ kind, issuer, subject }: Identity, address: string): string {
  return createHash('sha256').update(kind === 'NONE' ? `address ${networkOf(address)}` : JSON.stringify([issuer, subject])).digest('hex').slice(0, 32);
}
