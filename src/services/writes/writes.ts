import type { Logger } from 'pino';
import type { Audit } from '../../datasources/mirror/audit.js';
import type { DidMetadata } from '../../datasources/rucio/dids.js';
import type { Rucio } from '../../datasources/rucio/rucio.js';
import type { WriteRules } from '../../domain/access/write-rules.js';
import type { KnownRse } from '../../domain/known-rse.js';
import type { Sight } from '../../domain/sight.js';
import { createAddRule } from './add-rule.js';
import { createAudited } from './audited.js';
import { createDeclareBad } from './declare-bad.js';

interface DidName { readonly scope: string; readonly name: string }

export interface WritesOptions {
  readonly rucio: Rucio;
  readonly audit: Audit;
  readonly rules: WriteRules;
  readonly log: Logger;
  readonly rses: () => Promise<(expression?: string) => readonly KnownRse[]>;
  /** Which of the DIDs are in a sight; undefined where that is all. */
  readonly seen: (sight: Sight) => ((dids: readonly DidMetadata[], signal: AbortSignal) => Promise<readonly boolean[]>) | undefined;
  readonly parseLfn: (text: string) => DidName;
  readonly isDidName: (did: DidName) => boolean;
  /** Most DIDs of one addRule. */
  readonly mostDids: number;
}

/** What viewers may have changed in Rucio. */
export interface Writes {
  readonly addRule: ReturnType<typeof createAddRule>;
  readonly declareBad: ReturnType<typeof createDeclareBad>;
}

export function createWrites({ rucio, audit, rules, log, rses, seen, parseLfn, isDidName, mostDids }: WritesOptions): Writes {
  const audited = createAudited({ audit, rules, log });
  const inSight: Parameters<typeof createAddRule>[0]['inSight'] = async (dids, { viewer, signal }) => {
    // Asked anew, not of what is kept: what was made a moment ago counts.
    const known = await rucio.didMetadata(dids.filter(isDidName), { signal });
    const found = [...known];
    const sight = await seen(viewer.sight)?.(found.map(([, did]) => did), signal);
    return sight ? new Map(found.filter((_, at) => sight[at])) : known;
  };
  return {
    addRule: createAddRule({ audited, rucio, inSight, mostDids, countRses: async (expression) => (await rses())(expression).length }),
    declareBad: createDeclareBad({
      audited, rucio, inSight, parseLfn, inTurn: (work) => audit.inTurn('declareBad', work),
      isRse: async (name) => (await rses())().some((rse) => rse.name === name),
    }),
  };
}
