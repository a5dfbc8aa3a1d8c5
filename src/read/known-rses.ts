import type { KnownRse } from '../domain/known-rse.js';
import type { Protocol } from '../domain/pfn.js';
import { evaluateRseExpression, parseRseExpression, type RseFacts } from '../domain/rse-expression.js';
import type { MirrorPool } from '../datasources/mirror/pool.js';
import { parseLsn, type Lsn } from '../datasources/rucio-db/lsn.js';
import { DipperError } from '../errors.js';
import { fresh } from './fresh.js';
import type { RseSettings } from './request.js';

/** Value of mirror.rse_attribute as a: Rucio keeps booleans as text and gives them out as booleans. */
export const ATTRIBUTE_VALUE = `case a.value when 'true' then to_jsonb(true) when 'false' then to_jsonb(false) else to_jsonb(a.value) end`;

const statement = `
  select (select s.position::text from mirror.source s) as position,
    r.id, r.name, r.deterministic, r.facts, coalesce(a.attributes, '{}') as attributes, coalesce(p.protocols, '[]') as protocols
  from mirror.rse r
  left join lateral (
    select jsonb_object_agg(a.key, ${ATTRIBUTE_VALUE}) as attributes
    from mirror.rse_attribute a where a.rse_id = r.id) a on true
  left join lateral (
    select jsonb_agg(jsonb_build_object('scheme', p.scheme, 'hostname', p.hostname, 'port', p.port, 'prefix', p.prefix, 'impl', p.impl,
      'extendedAttributes', p.extended_attributes, 'domains', jsonb_build_object('lan', jsonb_build_object('read', p.read_lan), 'wan', jsonb_build_object('read', p.read_wan)))) as protocols
    from mirror.rse_protocol p where p.rse_id = r.id) p on true
  where not r.deleted order by r.name`;

/** Rucio keeps these attributes as the text of a JSON object. */
function readJson(text: unknown): unknown {
  try { return JSON.parse(String(text)) as unknown; } catch { return null; }
}

interface Row { position: string | null; id: number; name: string; deterministic: boolean; facts: RseFacts['columns']; attributes: Record<string, string | boolean>; protocols: Protocol[] }

/**
 * The mirrored RSEs, read at most once a second unless they must be as the mirror had them `atLeast` at a position, and Rucio's RSE
 * expressions over them. BAD_USER_INPUT where an expression fits none, as Rucio has it.
 */
export function createKnownRses(pool: MirrorPool, settings: RseSettings): (atLeast?: Lsn) => Promise<(expression?: string) => readonly KnownRse[]> {
  const list = fresh(async (): Promise<{ readonly at: Lsn | null; readonly rses: readonly KnownRse[] }> => {
    const rows = await pool.rows<Row>(statement);
    const position = rows[0]?.position;
    const rses = rows.map(({ position: _, facts, protocols, ...rse }) => ({
      ...rse, columns: facts, protocols: protocols.map((protocol) => ({ ...protocol, extendedAttributes: readJson(protocol.extendedAttributes) })), dataCentre: String(rse.attributes[settings.dataCentre] ?? rse.name),
      pathRule: settings.pathRules[String(rse.attributes['lfn2pfn_algorithm'] ?? settings.lfn2pfnAlgorithm)],
    }));
    return { at: position == null ? null : parseLsn(position), rses };
  });

  return async (atLeast) => {
    const { rses } = await list(({ at }) => atLeast === undefined || (at !== null && at >= atLeast));
    return (expression) => {
      if (expression === undefined) return rses;
      const fitting = evaluateRseExpression(parseRseExpression(expression), rses);
      if (fitting.size === 0) throw new DipperError('BAD_USER_INPUT', `The RSE expression ${JSON.stringify(expression)} fits no RSE.`);
      return rses.filter(({ name }) => fitting.has(name));
    };
  };
}
