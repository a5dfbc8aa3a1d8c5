import { deserialize, serialize } from 'node:v8';
import type { Cache, CacheTier } from '../../datasources/cache/cache.js';
import type { ChangeTag } from '../../datasources/mirror/change-tag.js';
import type { ChangeLog, Stamp, View } from '../../datasources/mirror/read-change-log.js';
import type { DidMetadata, DidParent } from '../../datasources/rucio/dids.js';
import type { FileReplicas } from '../../datasources/rucio/replicas.js';
import type { Rucio } from '../../datasources/rucio/rucio.js';
import type { LiveRule } from '../../datasources/rucio/rules.js';
import { Ask } from './ask.js';
import { keyOf, liveKinds, type DidName, type LiveKind } from './live-kinds.js';
import { stillHolds } from './still-holds.js';

/** What Rucio says, and the moment up to which all its changes are in it, in ms since 1970. */
export interface LiveAnswer<T> {
  readonly value: T;
  readonly asOf: number;
}

type Answers<T> = Promise<readonly (LiveAnswer<T> | Error)[]>;
type Read<T> = (dids: readonly DidName[], signal: AbortSignal) => Answers<T>;

/** Asks Rucio about many DIDs at once, each once in the list; answers in their order. Throws the signal's reason. */
export interface LiveReader {
  readonly didMetadata: Read<DidMetadata | null>;
  readonly replicas: Read<FileReplicas | null>;
  readonly rules: Read<LiveRule[]>;
  /** Rules by which Rucio holds a file, its own among them. */
  readonly associatedRules: Read<LiveRule[]>;
  readonly parents: Read<DidParent[]>;
}

/** Where parts of live answers came from: `stale` was found and not used, `error` could not be had. */
export type ObserveRead = (tier: CacheTier | 'flight' | 'rucio', result: 'hit' | 'stale' | 'error', count: number) => void;

export interface LiveReaderOptions {
  readonly rucio: Rucio;
  /** The account that Rucio is asked as: its answers are for nobody else. */
  readonly account: string;
  readonly changes: ChangeLog;
  /** Undefined where nothing is to be kept: Rucio is asked each time. */
  readonly cache: Cache | undefined;
  /** How long an answer may be kept. */
  readonly seconds: number;
  readonly observe: ObserveRead;
}

/** A call that has ended can be joined by who has looked into the cache before, and has waited for the mirror since. */
const LINGER_MS = 1_500;

/** Calls that one read waits for before it asks by itself. */
const MOST_JOINS = 3;

interface Kept<T> { readonly stamp: Stamp; readonly value: T }
interface Flight { readonly ask: Ask<ReadonlyMap<string, unknown>>; readonly stamp: Stamp }

/**
 * Keeps what Rucio said, for all requests of this process, and asks nothing twice at a time. What was kept or is under way is used only
 * if the mirror, asked anew each time, says that nothing it depends on has changed since the question went out.
 */
export function createLiveReader({ rucio, account, changes, cache, seconds, observe }: LiveReaderOptions): LiveReader {
  const flights = new Map<string, Flight>();
  const kinds = liveKinds(rucio);

  /** Rucio's answers, or why there is none, from one call that others may join. */
  function ask<T>(kind: LiveKind<T>, dids: readonly DidName[], keys: readonly string[], stamp: Stamp, signal: AbortSignal): Promise<ReadonlyMap<string, T | Error>> {
    const call = new Ask(async (stop) => {
      const answers = await kind.ask(dids, stop).catch((error: Error) => dids.map(() => error));
      const good = new Map(keys.flatMap((key, at) => (answers[at] instanceof Error ? [] : [[key, encode({ stamp, value: answers[at] as T })]])));
      observe('rucio', 'hit', good.size);
      if (!stop.aborted) observe('rucio', 'error', keys.length - good.size);
      if (good.size > 0) void cache!.setMany(good);
      const land = (some: Iterable<string>) => { for (const key of some) if (flights.get(key) === flight) flights.delete(key); };
      land(keys.filter((key) => !good.has(key)));
      setTimeout(land, LINGER_MS, good.keys()).unref();
      return new Map(keys.map((key, at) => [key, answers[at]!]));
    });
    const flight: Flight = { ask: call, stamp };
    for (const key of keys) flights.set(key, flight);
    return call.wait(signal);
  }

  async function askAlone<T>(kind: LiveKind<T>, dids: readonly DidName[], signal: AbortSignal): Answers<T> {
    const asOf = Date.now();
    const answers = await kind.ask(dids, signal).catch((error: Error) => dids.map(() => error));
    signal.throwIfAborted();
    const failed = answers.filter((answer) => answer instanceof Error).length;
    observe('rucio', 'hit', answers.length - failed);
    observe('rucio', 'error', failed);
    return answers.map((value) => (value instanceof Error ? value : { value, asOf }));
  }

  async function read<T>(kind: LiveKind<T>, dids: readonly DidName[], signal: AbortSignal): Answers<T> {
    if (!cache) return askAlone(kind, dids, signal);
    const keys = dids.map((did) => `${account} ${kind.name} ${keyOf(did)}`);
    const tags = dids.map((did) => kind.tags(did));
    const found = await cache.getMany(keys);
    const kept = found.map((one) => (one ? decode<T>(one.value) : null));
    const tagsOf = (at: number, one: Kept<T> | null) => [...tags[at]!, ...(one ? kind.more(one.value) : [])];
    const view = await changes.view(kept.flatMap((one, at) => tagsOf(at, one)));
    signal.throwIfAborted();
    if (!view) {
      for (const one of found) if (one) observe(one.tier, 'stale', 1);
      return askAlone(kind, dids, signal);
    }

    const answers = new Map<number, LiveAnswer<T> | Error>();
    const take = ({ stamp, value }: Kept<T>, at: number) => answers.set(at, { value, asOf: Math.max(stamp.at, view.asOf) });
    const holds = ({ stamp }: { readonly stamp: Stamp }, own: readonly ChangeTag[], now: View) => now.at - stamp.at < seconds * 1000 && stillHolds(stamp, own, now);
    const missing: number[] = [];
    for (const at of keys.keys()) {
      const one = kept[at] ?? null;
      const good = one && holds(one, tagsOf(at, one), view);
      if (one) observe(found[at]!.tier, good ? 'hit' : 'stale', 1);
      if (good) take(one, at);
      else missing.push(at);
    }

    const askFor = async (places: readonly number[]) => {
      if (places.length === 0) return;
      const said = await ask(kind, places.map((at) => dids[at]!), places.map((at) => keys[at]!), view, signal);
      for (const at of places) {
        const value = said.get(keys[at]!)!;
        if (value instanceof Error) answers.set(at, value);
        else take({ stamp: view, value }, at);
      }
    };
    /** Joins calls that are under way, and asks for what nobody has asked for. */
    const get = async (places: readonly number[], tries: number): Promise<void> => {
      const asking: number[] = [];
      const joining = new Map<Flight, number[]>();
      for (const at of places) {
        const flight = tries > 0 ? flights.get(keys[at]!) : undefined;
        if (!flight || flight.ask.left || !holds(flight, tags[at]!, view)) asking.push(at);
        else if (!joining.get(flight)?.push(at)) joining.set(flight, [at]);
      }
      await Promise.all([askFor(asking), ...[...joining].map((one) => join(one, tries))]);
    };
    const join = async ([flight, places]: readonly [Flight, readonly number[]], tries: number) => {
      const { ask: call, stamp } = flight;
      const said = await call.wait(signal) as ReadonlyMap<string, T | Error>;
      const joined = places.flatMap((at) => {
        const value = said.get(keys[at]!);
        if (value instanceof Error) answers.set(at, value); // it failed a moment ago: to ask at once, many times over, would not help
        return value === undefined || value instanceof Error ? [] : [{ at, stamp, value }];
      });
      // Only now it is known what else these answers depend on.
      const later = joined.some(({ value }) => kind.more(value).length > 0) ? await changes.view(joined.flatMap((one) => tagsOf(one.at, one))) : view;
      for (const one of joined) if (later && holds(one, tagsOf(one.at, one), later)) take(one, one.at);
      observe('flight', 'hit', places.filter((at) => answers.has(at)).length);
      // What no longer holds is asked for anew: by one, whom the others join.
      const rest = places.filter((at) => !answers.has(at));
      for (const at of rest) if (flights.get(keys[at]!) === flight) flights.delete(keys[at]!);
      await get(rest, tries - 1);
    };
    await get(missing, MOST_JOINS);
    return dids.map((_, at) => answers.get(at)!);
  }

  const of = <T>(kind: LiveKind<T>): Read<T> => (dids, signal) => read(kind, dids, signal);
  return { didMetadata: of(kinds.didMetadata), replicas: of(kinds.replicas), rules: of(kinds.rules), associatedRules: of(kinds.associatedRules), parents: of(kinds.parents) };
}

const encode = <T>({ stamp: { era, position, at }, value }: Kept<T>): Buffer => serialize({ stamp: { era, position, at }, value });

/** Null for what another version of Node wrote. */
function decode<T>(bytes: Buffer): Kept<T> | null {
  try {
    return deserialize(bytes) as Kept<T>;
  } catch {
    return null;
  }
}
