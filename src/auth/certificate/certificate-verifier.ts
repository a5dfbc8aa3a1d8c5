import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { CertificateRules } from '../../domain/access/certificate-rules.js';
import type { Identity } from '../../domain/identity.js';
import { unlessAborted } from '../../domain/unless-aborted.js';
import { DipperError } from '../../errors.js';
import { askOpenssl } from './ask-openssl.js';
import { createCaFolder } from './ca-folder.js';
import { createLanes } from './lanes.js';
import { readCertificate } from './read-certificate.js';
import { verifyAttributes } from './verify-attributes.js';
import { walkChain, type Chain } from './walk-chain.js';

/** Says whom a chain of certificates (DER, newest first) speaks for. */
export interface CertificateVerifier { verify(shown: readonly Buffer[], signal: AbortSignal): Promise<Identity> }

/** How long what was found out of a chain counts: so long a revocation, or a change of the folders, may take to be seen. */
const GOOD_MS = 60_000;
const BAD_MS = 10_000;

type Verdict = Identity | DipperError;

/** Each chain is verified once in a while; few at a time, and one at a time of the same holder. */
export function createCertificateVerifier({ caFolder, vomsFolder }: CertificateRules): CertificateVerifier {
  const folder = createCaFolder(caFolder);
  const lanes = createLanes({ atATime: 4, waiting: 64, waitingInAll: 512 });
  const verdicts = new LRUCache<string, Verdict>({ max: 10_000, ttl: BAD_MS });
  const underWay = new Map<string, Promise<Verdict>>();

  async function findOut(chain: Chain, key: string): Promise<Verdict> {
    try {
      await askOpenssl(chain, 'person');
      const { groups, until } = vomsFolder === undefined ? { groups: [], until: Infinity } : await verifyAttributes(chain, folder, vomsFolder);
      const identity: Identity = { kind: 'CERTIFICATE', subject: chain.subject, issuer: chain.issuer, groups, scopes: [] };
      const end = Math.min(until, ...[...chain.proxies, chain.holder, ...chain.authorities].map(({ x509 }) => Date.parse(x509.validTo)));
      const ttl = Math.min(GOOD_MS, end - Date.now());
      if (ttl > 0) verdicts.set(key, identity, { ttl });
      return identity;
    } catch (error) {
      if (!(error instanceof DipperError) || error.code !== 'UNAUTHENTICATED') throw error;
      verdicts.set(key, error);
      return error;
    }
  }

  return {
    async verify(shown, signal) {
      const key = shown.map((der) => hash('sha256', der)).join();
      let verdict = verdicts.get(key);
      if (!verdict) {
        let finding = underWay.get(key);
        if (!finding) {
          finding = walkChain(shown.map(readCertificate), folder)
            .then((chain) => lanes.run(chain.holder.x509.fingerprint256, () => findOut(chain, key)))
            .finally(() => underWay.delete(key));
          underWay.set(key, finding);
        }
        verdict = await unlessAborted(finding, signal);
      }
      if (verdict instanceof DipperError) throw verdict;
      return verdict;
    },
  };
}
