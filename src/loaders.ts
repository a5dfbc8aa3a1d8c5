import DataLoader from 'dataloader';
import type { DidMetadata } from './datasources/rucio/dids.js';
import type { FileReplicas } from './datasources/rucio/replicas.js';
import type { Rucio } from './datasources/rucio/rucio.js';
import type { LiveRule } from './datasources/rucio/rules.js';
import { deriveMetadata } from './domain/derive-metadata.js';
import { Entity } from './domain/entity.js';
import type { KnownRse } from './domain/known-rse.js';
import type { MetadataField } from './domain/metadata-field.js';
import { pathOfPfn, pfns } from './domain/pfn.js';
import { DipperError } from './errors.js';

interface DidName { readonly scope: string; readonly name: string }
type Named = Entity & DidName & { readonly didType: string };
const keyOf = ({ scope, name }: DidName) => `${scope}:${name}`;

/** Healthy ones first. */
const stateOrder = ['AVAILABLE', 'TEMPORARY_UNAVAILABLE', 'UNAVAILABLE', 'COPYING', 'BEING_DELETED', 'BAD'];

/** What Rucio itself says, for one request: everything asked in one tick goes out in Rucio's bulk calls. */
export interface Live {
  file(did: DidName): Promise<Entity | null>;
  /** Fields of FilesByLfn. */
  filesByLfn(dids: readonly DidName[]): Promise<Entity>;
  replicas(file: Entity, filter: { rse?: string | null | undefined; state?: readonly string[] | null | undefined }): Promise<Entity[]>;
  rules(did: Entity): Promise<Entity[]>;
  parents(did: Entity): Promise<Entity[]>;
}

export interface LiveOptions {
  readonly rucio: Rucio;
  readonly fields: readonly MetadataField[];
  readonly rses: () => Promise<(expression?: string) => readonly KnownRse[]>;
  readonly signal: AbortSignal;
  /** Whether the viewer may see all that there is: Rucio's answers are not cut to what others may. */
  readonly seesAll: boolean;
}

export function createLive({ rucio, fields, rses, signal, seesAll }: LiveOptions): Live {
  const reading = { signal };
  const metadata = new DataLoader<DidName, DidMetadata | null, string>(async (dids) => {
    const found = await rucio.didMetadata(dids, reading);
    return dids.map((did) => found.get(keyOf(did)) ?? null);
  }, { cacheKeyFn: keyOf });
  const replicas = new DataLoader<DidName, FileReplicas | null, string>(async (dids) => {
    const found = new Map<string, FileReplicas>();
    for await (const file of rucio.replicas(dids, reading)) found.set(keyOf(file), file);
    return dids.map((did) => found.get(keyOf(did)) ?? null);
  }, { cacheKeyFn: keyOf });

  async function file(did: DidName): Promise<Entity | null> {
    if (!seesAll) throw new DipperError('FORBIDDEN', 'Only who may see the whole archive may read it live. Leave out `consistency`.');
    const found = await metadata.load(did);
    return found?.didType === 'FILE' ? didEntity(found, fields) : null;
  }

  return {
    file,

    async filesByLfn(dids) {
      const asOf = new Date().toISOString();
      const found = await Promise.all(dids.map(file));
      return new Entity('FilesByLfn', {
        found: found.filter((entity) => entity !== null), missing: dids.filter((_, index) => !found[index]).map(({ name }) => name),
        completeness: new Entity('Completeness', { complete: true, truncatedBy: null, asOf, position: null }), // Rucio does not tell where in its log it was
      });
    },

    async replicas(entity, { rse, state }) {
      const did = entity as Named;
      const [found, known] = await Promise.all([replicas.load(did), rses()]);
      const byName = new Map(known().map((one) => [one.name, one]));
      const wanted = rse === null || rse === undefined ? undefined : new Set(known(rse).map(({ name }) => name));
      return (found?.replicas ?? [])
        .filter((replica) => (!wanted || wanted.has(replica.rse)) && (!state || state.includes(replica.state)))
        .sort((a, b) => stateOrder.indexOf(a.state) - stateOrder.indexOf(b.state) || (a.rse < b.rse ? -1 : 1))
        .map((replica) => {
          const on = byName.get(replica.rse);
          if (!on) throw new DipperError('UNAVAILABLE', `The RSE ${replica.rse} is not in the mirror yet. Try again in a moment.`);
          const path = on.deterministic || !replica.pfn ? null : pathOfPfn(on.protocols, replica.pfn);
          return new Entity('Replica', {
            rseName: replica.rse, state: replica.state, bytes: found!.bytes, adler32: found!.adler32, createdAt: null, updatedAt: null,
            pfns: pfns(on, did.scope, did.name, path).map((pfn) => new Entity('Pfn', { ...pfn })),
          });
        });
    },

    async rules(entity) {
      const did = entity as Named;
      const found = new Map<string, LiveRule>();
      for await (const rule of rucio.rules(did, reading)) found.set(rule.ruleId, rule);
      if (did.didType === 'FILE') for await (const rule of rucio.associatedRules(did, reading)) found.set(rule.ruleId, rule);
      return [...found.values()]
        .sort((a, b) => (a.createdAt === b.createdAt ? (a.ruleId < b.ruleId ? -1 : 1) : a.createdAt < b.createdAt ? -1 : 1))
        .map((rule) => new Entity('Rule', { id: `Rule:${rule.ruleId}`, ...rule, locksOkCnt: Number(rule.locksOkCnt), locksReplicatingCnt: Number(rule.locksReplicatingCnt), locksStuckCnt: Number(rule.locksStuckCnt) }));
    },

    async parents(entity) {
      const names: DidName[] = [];
      for await (const parent of rucio.parents(entity as Named, reading)) names.push(parent);
      const found = await Promise.all(names.map((name) => metadata.load(name)));
      return found.filter((parent) => parent !== null).sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)).map((parent) => didEntity(parent, fields));
    },
  };
}

const typeNames = { FILE: 'File', DATASET: 'Dataset', CONTAINER: 'Container' } as const;

function didEntity(row: DidMetadata, fields: readonly MetadataField[]): Entity {
  const typename = typeNames[row.didType];
  const did = { ...row, id: `${typename}:${keyOf(row)}` };
  if (typename !== 'File') return new Entity(typename, did);
  const derived = deriveMetadata(fields, row.metadata);
  const checksums = (['adler32', 'md5'] as const).filter((type) => row[type]).map((type) => new Entity('Checksum', { type, checksum: row[type] }));
  return new Entity(typename, { ...did, lfn: row.name, checksums, ...Object.fromEntries(fields.map(({ name, column }) => [name, derived[column]])) });
}
