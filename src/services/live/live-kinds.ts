import { didTag, lostRuleTag, rsesTag, type ChangeTag } from '../../datasources/mirror/change-tag.js';
import type { DidMetadata, DidParent } from '../../datasources/rucio/dids.js';
import type { FileReplicas } from '../../datasources/rucio/replicas.js';
import type { ListReading } from '../../datasources/rucio/listing.js';
import type { Rucio } from '../../datasources/rucio/rucio.js';
import type { LiveRule } from '../../datasources/rucio/rules.js';
import { DipperError } from '../../errors.js';

export interface DidName { readonly scope: string; readonly name: string }

export const keyOf = ({ scope, name }: DidName) => `${scope}:${name}`;

/** One kind of question to Rucio about a DID. */
export interface LiveKind<T> {
  readonly name: string;
  /** Answers in the order of the DIDs, errors among them; throws where it fails for all. */
  ask(dids: readonly DidName[], signal: AbortSignal): Promise<(T | Error)[]>;
  /** What the answer about a DID depends on, as far as that is known without it. */
  tags(did: DidName): readonly ChangeTag[];
  /** What this very answer depends on beside that. */
  more(answer: T): readonly ChangeTag[];
}

export interface LiveKinds {
  readonly didMetadata: LiveKind<DidMetadata | null>;
  readonly replicas: LiveKind<FileReplicas | null>;
  readonly rules: LiveKind<LiveRule[]>;
  readonly associatedRules: LiveKind<LiveRule[]>;
  readonly parents: LiveKind<DidParent[]>;
}

/** Requests at a time where Rucio takes one DID a request. */
const AT_ONCE = 8;

async function all<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const row of rows) list.push(row);
  return list;
}

async function each<T>(dids: readonly DidName[], signal: AbortSignal, ask: (did: DidName) => Promise<T>): Promise<(T | Error)[]> {
  const answers: (T | Error)[] = [];
  const rest = dids.entries();
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (const [at, did] of rest) {
      signal.throwIfAborted();
      answers[at] = await ask(did).catch((error: Error) => error);
    }
  }));
  return answers;
}

export function liveKinds(rucio: Rucio): LiveKinds {
  const own = (...others: ChangeTag[]) => (did: DidName) => [didTag(keyOf(did)), ...others];
  const more = () => [];

  /** One call about many: a row that is not as Rucio makes them is its own DID's error, and what is missing is unknown only if Rucio says so: a cut answer must not look like it. */
  async function bulk<T>(dids: readonly DidName[], signal: AbortSignal, read: (reading: ListReading) => Promise<ReadonlyMap<string, T>>): Promise<(T | null | Error)[]> {
    const bad = new Set<string>();
    const found = await read({ signal, onFault: ({ row }) => { bad.add(keyOf(row as DidName)); } });
    const missing = dids.filter((did) => !found.has(keyOf(did)) && !bad.has(keyOf(did)));
    const unknown = new Set(missing.length === 0 ? [] : (await rucio.unknown(missing, { signal })).map(keyOf));
    return dids.map((did) => {
      const key = keyOf(did);
      if (bad.has(key)) return new DipperError('UPSTREAM_UNAVAILABLE', `What Rucio says of ${key} cannot be right.`);
      return found.get(key) ?? (unknown.has(key) ? null : new DipperError('UPSTREAM_TRUNCATED', "Rucio's answer is not complete."));
    });
  }

  return {
    didMetadata: { name: 'didMetadata', tags: own(), more, ask: (dids, signal) => bulk(dids, signal, (reading) => rucio.didMetadata(dids, reading)) },
    replicas: { name: 'replicas', tags: own(rsesTag), more, ask: (dids, signal) => bulk(dids, signal, async (reading) => {
      const found = new Map<string, FileReplicas>();
      for await (const file of rucio.replicas(dids, reading)) found.set(keyOf(file), file);
      return found;
    }) },
    rules: { name: 'rules', tags: own(lostRuleTag), more, ask: (dids, signal) => each(dids, signal, (did) => all(rucio.rules(did, { signal }))) },
    associatedRules: {
      // Rucio counts the locks of each replica on the replica itself: a rule that takes hold of a file, or lets go, changes one of the file's.
      name: 'associatedRules', tags: own(lostRuleTag),
      more: (rules) => rules.map((rule) => didTag(keyOf(rule))),
      ask: (dids, signal) => each(dids, signal, (did) => all(rucio.associatedRules(did, { signal }))),
    },
    parents: { name: 'parents', tags: own(), more, ask: (dids, signal) => each(dids, signal, (did) => all(rucio.parents(did, { signal }))) },
  };
}
