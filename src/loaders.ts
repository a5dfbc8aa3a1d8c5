import { setImmediate } from 'node:timers/promises';
import DataLoader from 'dataloader';
import type { DidMetadata } from './datasources/rucio/dids.js';
import { deriveMetadata } from './domain/derive-metadata.js';
import { Entity } from './domain/entity.js';
import type { KnownRse } from './domain/known-rse.js';
import type { MetadataField } from './domain/metadata-field.js';
import { pathOfPfn, pfns } from './domain/pfn.js';
import { DipperError } from './errors.js';
import type { LiveAnswer, LiveReader } from './services/live/live-reader.js';
import type { LiveRule } from './datasources/rucio/rules.js';
import { ruleEntity } from './services/live/rule-entity.js';

interface DidName { readonly scope: string; readonly name: string }
type Named = Entity & DidName & { readonly didType: string };
interface ReplicaFilter { readonly rse?: string | null | undefined; readonly state?: readonly string[] | null | undefined }
const keyOf = ({ scope, name }: DidName) => `${scope}:${name}`;

/** Healthy ones first. */
const stateOrder = ['AVAILABLE', 'TEMPORARY_UNAVAILABLE', 'UNAVAILABLE', 'COPYING', 'BEING_DELETED', 'BAD'];

/** What is asked together: as much as Rucio takes in one call. */
const BATCH = 500;

/** What Rucio itself says, for one request: everything asked in one tick goes out in Rucio's bulk calls. */
export interface Live {
  file(did: DidName): Promise<Entity | null>;
  /** Fields of FilesByLfn. */
  filesByLfn(dids: readonly DidName[]): Promise<Entity>;
  replicas(file: Entity, filter: ReplicaFilter): Promise<Entity[]>;
  rules(did: Entity): Promise<Entity[]>;
  parents(did: Entity): Promise<Entity[]>;
  /** Rules as the viewer may see them: what they say of all files of a collection, of those in sight. */
  rulesSeen(rules: readonly LiveRule[]): Promise<Entity[]>;
}

export interface LiveOptions {
  readonly reader: LiveReader;
  readonly fields: readonly MetadataField[];
  readonly rses: () => Promise<(expression?: string) => readonly KnownRse[]>;
  readonly signal: AbortSignal;
  /** What waits for Rucio goes through it. */
  readonly away: <T>(work: Promise<T>) => Promise<T>;
  /** Which DIDs the viewer may see; undefined where that is all. What Rucio says is cut here, after it was kept for all. */
  readonly seen: ((dids: readonly DidMetadata[], signal: AbortSignal) => Promise<readonly boolean[]>) | undefined;
  /** How many files of collections the viewer may see, of how many; undefined where that is all. */
  readonly sharesSeen: ((collections: readonly DidName[], signal: AbortSignal) => Promise<readonly { readonly seen: number; readonly all: number }[]>) | undefined;
}

export function createLive({ reader, fields, rses, signal, seen, sharesSeen, away }: LiveOptions): Live {
  let oldest = Infinity;
  const loader = <T>(read: (dids: readonly DidName[], signal: AbortSignal) => Promise<readonly (LiveAnswer<T> | Error)[]>) => new DataLoader<DidName, T, string>(async (dids) => {
    const answers = await away(read(dids, signal));
    return answers.map((answer) => {
      if (answer instanceof Error) return answer;
      oldest = Math.min(oldest, answer.asOf);
      return answer.value;
    });
  }, { cacheKeyFn: keyOf, maxBatchSize: BATCH });
  const [metadata, replicas, rules, associatedRules, parents] = [visible(loader(reader.didMetadata)), loader(reader.replicas), loader(reader.rules), loader(reader.associatedRules), loader(reader.parents)];
  /** What is hidden is as good as absent. */
  function visible(all: DataLoader<DidName, DidMetadata | null, string>): typeof all {
    if (!seen) return all;
    return new DataLoader(async (dids) => {
      const found = await all.loadMany(dids);
      const known = found.filter((did): did is DidMetadata => did !== null && !(did instanceof Error));
      const sight = new Map((await seen(known, signal)).map((isSeen, at) => [known[at], isSeen]));
      return found.map((did) => (did === null || did instanceof Error || sight.get(did) ? did : null));
    }, { cacheKeyFn: keyOf, maxBatchSize: BATCH });
  }
  let known: ReturnType<typeof rses> | undefined;
  const knownRses = () => known ??= rses();

  const underWay = new Set<Promise<unknown>>();
  /** What Rucio is asked for, so that `asOf` can wait for it. */
  function tracked<T>(work: Promise<T>): Promise<T> {
    underWay.add(work);
    const end = () => { underWay.delete(work); };
    work.then(end, end);
    return work;
  }
  /** The moment of the oldest part of the answer; known once no resolver asks for more. */
  async function asOf(): Promise<string> {
    do {
      await Promise.allSettled(underWay);
      await setImmediate(); // resolvers of what has just come begin
    } while (underWay.size > 0);
    return new Date(Math.min(oldest, Date.now())).toISOString();
  }

  async function file(did: DidName): Promise<Entity | null> {
    const found = await metadata.load(did);
    return found?.didType === 'FILE' ? didEntity(found, fields) : null;
  }

  async function replicasOf(did: DidName, { rse, state }: ReplicaFilter): Promise<Entity[]> {
    const [found, all] = await Promise.all([replicas.load(did), knownRses()]);
    const byName = new Map(all().map((one) => [one.name, one]));
    const wanted = rse === null || rse === undefined ? undefined : new Set(all(rse).map(({ name }) => name));
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
  }

  async function rulesOf(did: Named): Promise<Entity[]> {
    const isFile = did.didType === 'FILE';
    const [own, associated, holders] = await Promise.all([rules.load(did), isFile ? associatedRules.load(did) : [], isFile && seen ? holdersOf(did) : undefined]);
    const shown = associated.filter((rule) => !holders || holders.has(keyOf(rule)));
    return rulesSeen([...new Map([...own, ...shown].map((rule) => [rule.ruleId, rule])).values()]
      .sort((a, b) => (a.createdAt === b.createdAt ? (a.ruleId < b.ruleId ? -1 : 1) : a.createdAt < b.createdAt ? -1 : 1)));
  }

  /** Many rules are on the same collection, and what is asked in one tick goes into one statement. */
  const shares = sharesSeen && new DataLoader((collections: readonly DidName[]) => sharesSeen(collections, signal), { cacheKeyFn: keyOf, maxBatchSize: BATCH });
  const rulesSeen = (rules: readonly LiveRule[]): Promise<Entity[]> => Promise.all(rules.map(async (rule) => {
    if (!shares || rule.didType === 'FILE') return ruleEntity(rule);
    const { seen: some, all } = await shares.load(rule);
    const part = (locks: string) => String(Math.round(Number(locks) * some / Math.max(all, 1)));
    return ruleEntity({ ...rule, locksOkCnt: part(rule.locksOkCnt), locksReplicatingCnt: part(rule.locksReplicatingCnt), locksStuckCnt: part(rule.locksStuckCnt), error: all > 0 && some === all ? rule.error : null });
  }));

  async function visibleParents(did: DidName): Promise<DidMetadata[]> {
    const found = await Promise.all((await parents.load(did)).map((parent) => metadata.load(parent)));
    return found.filter((parent) => parent !== null);
  }

  /** Keys of the DID and of all that holds it, at any height, where each on the way is in sight. */
  async function holdersOf(did: DidName, found = new Set<string>()): Promise<Set<string>> {
    if (found.has(keyOf(did))) return found;
    found.add(keyOf(did));
    for (const parent of await visibleParents(did)) await holdersOf(parent, found);
    return found;
  }

  const parentsOf = async (did: DidName): Promise<Entity[]> =>
    (await visibleParents(did)).sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)).map((parent) => didEntity(parent, fields));

  return {
    file: (did) => tracked(file(did)),
    async filesByLfn(dids) {
      const found = await tracked(Promise.all(dids.map(file)));
      return new Entity('FilesByLfn', {
        found: found.filter((entity) => entity !== null), missing: dids.filter((_, index) => !found[index]).map(({ name }) => name),
        completeness: new Entity('Completeness', { complete: true, truncatedBy: null, asOf: asOf(), position: null }), // Rucio does not tell where in its log it was
      });
    },
    replicas: (entity, filter) => tracked(replicasOf(entity as Named, filter)),
    rules: (entity) => tracked(rulesOf(entity as Named)),
    parents: (entity) => tracked(parentsOf(entity as Named)),
    rulesSeen,
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
