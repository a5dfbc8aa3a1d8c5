import { createHash } from 'node:crypto';
import type { Identity } from './identity.js';

/** Whose budget a request takes from: that of the subject that the issuer vouches for, however many tokens or certificates it has; without one, that of the address. */
export function budgetKey({ kind, issuer, subject }: Identity, address: string): string {
  return createHash('sha256').update(kind === 'NONE' ? `address ${address}` : JSON.stringify([issuer, subject])).digest('hex').slice(0, 32);
}
