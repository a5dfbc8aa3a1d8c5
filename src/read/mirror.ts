import DataLoader from 'dataloader';
import { getNullableType, isLeafType, type GraphQLResolveInfo } from 'graphql';
import { sql } from 'kysely';
import type { MirrorPool } from '../datasources/mirror/pool.js';
import { parseLsn, type Lsn } from '../datasources/rucio-db/lsn.js';
import { DipperError } from '../errors.js';
import { FREE_FILTER } from './connection.js';
import { explainEmptiness, isEmptyList, type Hint } from './hint.js';
import { Look } from './look.js';
import { foreignPosition, POSITION, type Positions } from './position.js';
import { parseJson, RawJson } from './raw-json.js';
import type { ReadRequest } from './request.js';
import { compile, type Sql } from './sql.js';

export interface MirrorOptions {
  readonly pool: MirrorPool;
  /** Made once a request, when the first mirror field is read. */
  readonly request: (atLeast: Lsn | undefined) => Promise<ReadRequest>;
  readonly positions: Positions;
  readonly signal: AbortSignal;
}

/** Reads the mirror for one request: the root fields of an operation share one statement, and so one snapshot. */
export class Mirror {
  readonly #answers = new DataLoader<Sql, string | null>((queries) => this.#run(queries), { cache: false });
  readonly #shared = new Map<string, Promise<unknown>>();
  readonly #empty: Look[] = [];
  #request: Promise<ReadRequest> | undefined;
  #atLeast: Lsn | undefined;
  #earliest: string | null | undefined;
  #asked = false;

  constructor(private readonly options: MirrorOptions) {}

  /** The query's JSON: text where the root field is a leaf (see raw-json.ts), objects where resolvers have still to work on them; null for no row. */
  async read(info: GraphQLResolveInfo, query: (look: Look, request: ReadRequest) => Sql): Promise<unknown> {
    this.#asked = true;
    const request = await (this.#request ??= this.options.request(this.#atLeast));
    const look = Look.at(info, request);
    const text = await this.#answers.load(query(look, request));
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

  /** The position that was waited for. */
  get atLeast(): Lsn | undefined {
    return this.#atLeast;
  }

  /** Where the mirror was when it was read, the earliest of several times; where it is now if nothing was. Null where there is no position. */
  async position(): Promise<string | null> {
    return this.#asked ? this.#earliest ?? null : this.options.positions.now();
  }

  /** What `read` gives, for a field below live objects, many of which want the same answer, such as the RSE of 500 replicas. */
  readShared(info: GraphQLResolveInfo, key: string, query: (look: Look, request: ReadRequest) => Sql): Promise<unknown> {
    const place = `${pathWithoutIndexes(info)} ${key}`;
    const found = this.#shared.get(place) ?? this.read(info, query);
    this.#shared.set(place, found);
    return found;
  }

  /** A value that ends a statement, such as a cursor of another list, fails its own root field alone: each is then asked by itself. */
  async #run(queries: readonly Sql[]): Promise<(string | null | Error)[]> {
    try {
      return await this.#statement(queries);
    } catch (error) {
      if (queries.length === 1 || !(error instanceof DipperError) || (error.code !== 'BAD_CURSOR' && error.code !== 'BAD_USER_INPUT')) throw error;
      const answers: (string | null | Error)[] = [];
      for (const query of queries) answers.push(await this.#statement([query]).then(([text]) => text ?? null, (alone: Error) => alone)); // in turn: the connections are for all
      return answers;
    }
  }

  async #statement(queries: readonly Sql[]): Promise<(string | null)[]> {
    const { sql: text, parameters } = compile(sql`select ${sql.join(queries.map((query) => sql`(${query})::text`))}, ${POSITION}`);
    if (parameters.length > MAX_PARAMETERS) throw new DipperError('COST_LIMIT', `The operation compares with ${parameters.length} values; at most ${MAX_PARAMETERS} go into one statement. A list of values in \`in\` counts as one.`);
    if (text.length > MAX_TEXT) throw new DipperError('COST_LIMIT', 'The operation becomes too long a statement. Ask with fewer conditions, or with fewer aliases.');
    const row = await this.options.pool.row({ text, values: parameters, name: statementName(text) }, this.options.signal);
    this.#note(row.at(-1) ?? null);
    return row.slice(0, -1);
  }

  #note(position: string | null): void {
    const at = position === null ? null : parseLsn(position);
    if (this.#atLeast !== undefined && (at === null || at < this.#atLeast)) throw foreignPosition(); // another database has come since
    if (this.#earliest === undefined || at === null || (this.#earliest !== null && at < parseLsn(this.#earliest))) this.#earliest = position;
  }
}

function pathWithoutIndexes({ path }: GraphQLResolveInfo): string {
  const keys: string[] = [];
  for (let at: typeof path | undefined = path; at; at = at.prev) if (typeof at.key === 'string') keys.push(at.key);
  return keys.join('.');
}

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
