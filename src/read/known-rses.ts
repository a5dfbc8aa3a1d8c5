import type { KnownRse } from '../domain/known-rse.js';
import type { Protocol } from '../domain/pfn.js';
import { evaluateRseExpression, parseRseExpression, type RseFacts } from '../domain/rse-expression.js';
import type { MirrorPool } from '../datasources/mirror/pool.js';
import { DipperError } from '../errors.js';
import type { Mark } from './mark.js';
import type { RseSettings } from './request.js';

/** Value of mirror.rse_attribute as a: Rucio keeps booleans as text and gives them out as booleans. */
export const ATTRIBUTE_VALUE = `case a.value when 'true' then to_jsonb(true) when 'false' then to_jsonb(false) else to_jsonb(a.value) end`;

const statement = `
  select s.rses_version::text as version,
    r.id, r.name, r.deterministic, r.facts, coalesce(a.attributes, '{}') as attributes, coalesce(p.protocols, '[]') as protocols
  from (select) one left join mirror.source s on true left join mirror.rse r on not r.deleted
  left join lateral (
    select jsonb_object_agg(a.key, ${ATTRIBUTE_VALUE}) as attributes
    from mirror.rse_attribute a where a.rse_id = r.id) a on true
  left join lateral (
    select jsonb_agg(jsonb_build_object('scheme', p.scheme, 'hostname', p.hostname, 'port', p.port, 'prefix', p.prefix, 'impl', p.impl,
      'extendedAttributes', p.extended_attributes, 'domains', jsonb_build_object('lan', jsonb_build_object('read', p.read_lan), 'wan', jsonb_build_object('read', p.read_wan)))) as protocols
    from mirror.rse_protocol p where p.rse_id = r.id) p on true
  order by r.name`;

/** Rucio keeps these attributes as the text of a JSON object. */
function readJson(text: unknown): unknown {
  try { return JSON.parse(String(text)) as unknown; } catch { return null; }
}

interface Row { version: string | null; id: number; name: string; deterministic: boolean; facts: RseFacts['columns']; attributes: Record<string, string | boolean>; protocols: Protocol[] }

/** RSEs as they were at one time, and Rucio's RSE expressions over them: BAD_USER_INPUT where one fits none, as Rucio has it. */
export interface RseList {
  readonly version: Mark['rsesVersion'];
  readonly find: (expression?: string) => readonly KnownRse[];
}

/** The mirrored RSEs, read again only where they have changed. */
export interface KnownRses {
  /** As they were read last. What is worked out from them must be checked: the statement that uses it tells the version. */
  last(): Promise<RseList>;
  /** Newer ones than these. */
  after(old: RseList): Promise<RseList>;
  /** As they are now. */
  now(): Promise<RseList>;
}

export function createKnownRses(pool: MirrorPool, settings: RseSettings): KnownRses {
  let known: Promise<RseList> | undefined;

  async function read(): Promise<RseList> {
    const rows = await pool.rows<Row>(statement);
    const rses = rows.filter(({ id }) => id !== null).map(({ version: _, facts, protocols, ...rse }): KnownRse => ({
      ...rse, columns: facts, protocols: protocols.map((protocol) => ({ ...protocol, extendedAttributes: readJson(protocol.extendedAttributes) })), dataCentre: String(rse.attributes[settings.dataCentre] ?? rse.name),
      pathRule: settings.pathRules[String(rse.attributes['lfn2pfn_algorithm'] ?? settings.lfn2pfnAlgorithm)],
    }));
    return { version: rows[0]?.version ?? null, find(expression) {
      if (expression === undefined) return rses;
      const fitting = evaluateRseExpression(parseRseExpression(expression), rses);
      if (fitting.size === 0) throw new DipperError('BAD_USER_INPUT', `The RSE expression ${JSON.stringify(expression)} fits no RSE.`);
      return rses.filter(({ name }) => fitting.has(name));
    } };
  }

  function load(): Promise<RseList> {
    const loading = read();
    loading.catch(() => { if (known === loading) known = undefined; });
    return known = loading;
  }
  const last = () => known ?? load();

  return {
    last,
    async after(old) {
      const found = await last();
      return found === old ? load() : found; // another request may have read them anew
    },
    async now() {
      const [row] = await pool.rows<{ version: string }>('select rses_version::text as version from mirror.source');
      const found = await last();
      return found.version === (row?.version ?? null) ? found : load();
    },
  };
}
