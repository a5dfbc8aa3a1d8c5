import { LRUCache } from 'lru-cache';
import type { PolicyRules } from '../domain/access/policy-rules.js';
import type { Identity } from '../domain/identity.js';
import { unlessAborted } from '../domain/unless-aborted.js';
import type { Identities, RucioIdentity } from '../datasources/rucio/identities.js';
import { DipperError } from '../errors.js';
import { fits } from './fits.js';

export interface Accounts {
  /** The Rucio account that somebody acts as; null where there is none, and unless one must know, where Rucio cannot say so now. Throws the signal's reason. */
  of(identity: Identity, signal: AbortSignal, options?: { readonly mustKnow?: boolean }): Promise<string | null>;
}

/** How long an account is kept: so long one that was taken away in Rucio is still used. */
const SECONDS = 60;
const MOST = 10_000;
const PATIENCE_MS = 3_000;

/** As Rucio and its sync with IAM write identities; a certificate's subject is written so already. */
function inRucio({ kind, subject, issuer }: Identity): RucioIdentity | undefined {
  if (kind === 'TOKEN') return { key: `SUB=${subject}, ISS=${issuer}`, type: 'OIDC' };
  return kind === 'CERTIFICATE' ? { key: subject, type: 'X509' } : undefined;
}

/** Accounts by the policy's lines; for whom there is none, by the identities that Rucio knows. */
export function createAccounts(rules: PolicyRules['accounts'], rucio: Identities): Accounts {
  const known = new LRUCache<string, { readonly account: string | null }, RucioIdentity>({
    max: MOST, ttl: SECONDS * 1000,
    async fetchMethod(_key, _stale, { context }) {
      const found = await rucio.accountsOf(context, { signal: AbortSignal.timeout(PATIENCE_MS) });
      return { account: found.length === 1 ? found[0]! : null }; // of several nobody can tell which one is meant
    },
  });

  return {
    async of(identity, signal, { mustKnow = false } = {}) {
      const line = rules.find(({ who }) => fits(who, identity, null));
      if (line) return line.account;
      const own = inRucio(identity);
      if (!own) return null;
      const asked = known.fetch(JSON.stringify([own.type, own.key]), { context: own }).then((found) => found?.account ?? null);
      return unlessAborted(asked.catch((cause: unknown) => {
        if (mustKnow) throw new DipperError('UPSTREAM_UNAVAILABLE', 'Rucio cannot say now which account you have.', { cause });
        return null;
      }), signal);
    },
  };
}
