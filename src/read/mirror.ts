import DataLoader from 'dataloader';
import { getNullableType, isLeafType, type GraphQLResolveInfo } from 'graphql';
import { sql } from 'kysely';
import type { MirrorPool } from '../datasources/mirror/pool.js';
import { parseLsn, type Lsn } from '../datasources/rucio-db/lsn.js';
import { DipperError } from '../errors.js';
import { FREE_FILTER } from './connection.js';
import { explainEmptiness, isEmptyList, type Hint } from './hint.js';
import type { KnownRses, RseList } from './known-rses.js';
import { Look } from './look.js';
import { MARK, readMark, type Mark } from './mark.js';
import { foreignPosition, type Positions } from './position.js';
import { parseJson, RawJson } from './raw-json.js';
import type { ReadRequest } from './request.js';
import { compile, type Sql } from './sql.js';

export interface MirrorOptions {
  readonly pool: MirrorPool;
  readonly rses: KnownRses;
  /** What is read with, made for a list of RSEs. */
  readonly request: (rses: RseList) => ReadRequest;
  readonly positions: Positions;
  readonly signal: AbortSignal;
}

/** What a root field asks; to be written anew where the RSEs that it was worked out from have changed. */
type Write = (request: ReadRequest) => Sql;
interface Prepared { readonly rses: RseList; readonly request: ReadRequest; usesRses: boolean }
interface Asked { readonly answers: readonly (string | null | Error)[]; readonly marks: readonly Mark[] }

/** Reads the mirror for one request: the root fields of an operation share one statement, and so one snapshot. */
export class Mirror {
  readonly #answers = new DataLoader<Write, string | null>((writes) => this.#run(writes), { cache: false });
  readonly #shared = new Map<string, Promise<unknown>>();
  readonly #empty: Look[] = [];
  #prepared: Prepared | undefined;
  #atLeast: Lsn | undefined;
  #earliest: string | null | undefined;
  #isAway = false;

  constructor(private readonly options: MirrorOptions) {}

  /** The query's JSON: text where the root field is a leaf (see raw-json.ts), objects where resolvers have still to work on them; null for no row. */
  async read(info: GraphQLResolveInfo, query: (look: Look, request: ReadRequest) => Sql): Promise<unknown> {
    let look!: Look;
    const text = await this.#answers.load((request) => query(look = Look.at(info, request), request));
    if (text === null) return null;
    if (isEmptyList(look, text)) this.#empty.push(look);
    return isLeafType(getNullableType(info.returnType)) ? new RawJson(text) : parseJson(text);
  }

  /** Why lists of files have come back empty; nothing is asked where none has. Takes a second at most. */
  async hints(): Promise<Hint[]> {
    return this.#empty.length === 0 ? [] : explainEmptiness(this.#empty, this.options.pool, this.options.signal);
  }

  /** Waits until the mirror is at this position; what is read then is not older. Errors as in Positions.reach. */
  async reach(position: string): Promise<void> {
    this.#atLeast = await this.options.positions.reach(position, this.options.signal);
  }

  /** Where the mirror was when it was read, the earliest of several times; where it is now if nothing was. Null where there is no position. */
  async position(): Promise<string | null> {
    if (this.#earliest !== undefined) return this.#earliest;
    return this.#isAway ? null : this.options.positions.now();
  }

  /** What `read` gives, for a field below live objects, many of which want the same answer, such as the RSE of 500 replicas. */
  readShared(info: GraphQLResolveInfo, key: string, query: (look: Look, request: ReadRequest) => Sql): Promise<unknown> {
    const place = `${pathWithoutIndexes(info)} ${key}`;
    const found = this.#shared.get(place) ?? this.read(info, query);
    this.#shared.set(place, found);
    return found;
  }

  /** Filters hold what RSE expressions came to: where the statement finds other RSEs than these, it is written and asked again. */
  async #run(writes: readonly Write[]): Promise<readonly (string | null | Error)[]> {
    try {
      let rses = await this.options.rses.last();
      for (let tries = 0; tries < MOST_TRIES; tries += 1) {
        const { queries, usesRses } = this.#write(writes, rses);
        const { answers, marks } = await this.#ask(queries, usesRses);
        if (!usesRses || marks.every(({ rsesVersion }) => rsesVersion === rses.version)) {
          for (const { position } of marks) this.#note(position);
          return answers;
        }
        rses = await this.options.rses.after(rses);
      }
      throw new DipperError('UNAVAILABLE', 'The RSEs change faster than they can be read. Try again in a moment.');
    } catch (error) {
      this.#isAway = true;
      throw error;
    }
  }

  #write(writes: readonly Write[], rses: RseList): { queries: readonly (Sql | Error)[]; usesRses: boolean } {
    try {
      const prepared = this.#prepare(rses);
      const queries = writes.map((write) => attempt(() => write(prepared.request)));
      return { queries, usesRses: prepared.usesRses };
    } catch (error) { // what the viewer may see depends on an expression that fits none of these
      return { queries: writes.map(() => error as Error), usesRses: true };
    }
  }

  #prepare(rses: RseList): Prepared {
    if (this.#prepared?.rses === rses) return this.#prepared;
    const uses = { usesRses: false };
    const request = this.options.request({ version: rses.version, find(expression) {
      uses.usesRses = true;
      return rses.find(expression);
    } });
    return this.#prepared = Object.assign(uses, { rses, request });
  }

  /** A value that ends a statement, such as a cursor of another list, fails its own root field alone: each is then asked by itself. */
  async #ask(queries: readonly (Sql | Error)[], mustMark: boolean): Promise<Asked> {
    const good = queries.filter((query): query is Sql => !(query instanceof Error));
    if (good.length === 0 && !mustMark) return { answers: queries as readonly Error[], marks: [] };
    const { answers, marks } = await this.#statement(good).catch(async (error: unknown) => {
      if (good.length < 2 || !(error instanceof DipperError) || (error.code !== 'BAD_CURSOR' && error.code !== 'BAD_USER_INPUT')) throw error;
      const alone: Asked[] = [];
      for (const query of good) alone.push(await this.#statement([query]).catch((one: Error): Asked => ({ answers: [one], marks: [] }))); // in turn: the connections are for all
      return { answers: alone.flatMap((one) => one.answers), marks: alone.flatMap((one) => one.marks) };
    });
    const rest = answers[Symbol.iterator]();
    return { answers: queries.map((query) => (query instanceof Error ? query : rest.next().value as string | null | Error)), marks };
  }

  async #statement(queries: readonly Sql[]): Promise<Asked> {
    const { sql: text, parameters } = compile(sql`select ${sql.join([...queries.map((query) => sql`(${query})::text`), MARK])}`);
    if (parameters.length > MAX_PARAMETERS) throw new DipperError('COST_LIMIT', `The operation compares with ${parameters.length} values; at most ${MAX_PARAMETERS} go into one statement. A list of values in \`in\` counts as one.`);
    if (text.length > MAX_TEXT) throw new DipperError('COST_LIMIT', 'The operation becomes too long a statement. Ask with fewer conditions, or with fewer aliases.');
    const row = await this.options.pool.row({ text, values: parameters, name: statementName(text) }, this.options.signal);
    return { answers: row.slice(0, -1), marks: [readMark(row.at(-1) ?? null)] };
  }

  #note(position: string | null): void {
    const at = position === null ? null : parseLsn(position);
    if (this.#atLeast !== undefined && (at === null || at < this.#atLeast)) throw foreignPosition(); // another database has come since
    if (this.#earliest === undefined || at === null || (this.#earliest !== null && at < parseLsn(this.#earliest))) this.#earliest = position;
  }
}

/** What it gives, or its error. */
function attempt<T>(work: () => T): T | Error {
  try {
    return work();
  } catch (error) {
    return error as Error;
  }
}

function pathWithoutIndexes({ path }: GraphQLResolveInfo): string {
  const keys: string[] = [];
  for (let at: typeof path | undefined = path; at; at = at.prev) if (typeof at.key === 'string') keys.push(at.key);
  return keys.join('.');
}

/** RSEs change by hand: one more try is enough, but for tests. */
const MOST_TRIES = 5;

/** Letters of a statement: Postgres takes seconds to plan one that is longer. */
const MAX_TEXT = 1_000_000;

/** Postgres counts them in 16 bits. */
const MAX_PARAMETERS = 65_535;

// A named statement is planned once a connection. Bounded, for each name stays in every connection and never means another text.
const names = new Map<string, string>();
function statementName(text: string): string | undefined {
  // Free filters are planned anew with their values: a generic plan would pick the wrong index.
  // Plans of long ones would fill Postgres' memory.
  if (text.includes(FREE_FILTER) || text.length > 20_000) return undefined;
  if (!names.has(text) && names.size < 500) names.set(text, `dipper${names.size}`);
  return names.get(text);
}
