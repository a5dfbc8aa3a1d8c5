import { Kind, NoUnusedVariablesRule, parse, print, specifiedRules, validate, valueFromAST, visit, type GraphQLInputType, type GraphQLSchema } from 'graphql';
import type { ReadFilter } from '../domain/access/policy-filter.js';
import type { MetadataField } from '../domain/metadata-field.js';
import { DipperError } from '../errors.js';
import { didCondition } from './filter/did-filter.js';
import { fileCondition } from './filter/file-filter.js';
import { parseFilter } from './parse-filter.js';
import { table } from './sql.js';
import { visibleTables } from './visible-tables.js';

const rules = specifiedRules.filter((rule) => rule !== NoUnusedVariablesRule); // not every filter asks for the time
const lists = { FileFilter: 'files', DidFilter: 'datasets' } as const;
/** What hangs on other rows: whether a file is seen is decided by the file, so that Rucio's own answers can be judged, too. */
const elsewhere = ['within', 'replica', 'preservation'];
const never = () => [];

/** Reads filters of the access file with the schema itself: what clients may not ask, a policy may not say. `$now` stands for the time. */
export function createPolicyFilterReader(schema: GraphQLSchema, { fields, parseLfn }: {
  readonly fields: readonly MetadataField[];
  readonly parseLfn: (text: string) => { readonly scope: string; readonly name: string };
}): ReadFilter {
  const context = { fields, parseLfn, rses: never };
  const whole = { ...context, tables: visibleTables({}, context) };

  return (type, text) => {
    const of = schema.getType(type) as GraphQLInputType;
    const none = (...problems: string[]) => ({ problems, filter: () => ({ scope: { in: [] } }) });
    try {
      const node = parseFilter(text);
      const faults = validate(schema, parse(`query ($now: DateTime!) { ${lists[type]}(where: ${print(node)}) { totalCount } }`), rules);
      const names: string[] = [];
      visit(node, { [Kind.OBJECT_FIELD](field: { readonly name: { readonly value: string } }) { names.push(field.name.value); } });
      const problems = [...faults.map(({ message }) => message), ...elsewhere.filter((name) => names.includes(name)).map((name) => `${name} depends on more than the row itself, which a policy cannot`)];
      if (problems.length > 0) return none(...problems);
      const filter = (now: string) => valueFromAST(node, of, { now }) as object;
      (type === 'FileFilter' ? fileCondition : didCondition)(table('m'), filter('2026-01-01T00:00:00Z'), whole);
      return { filter, problems };
    } catch (error) {
      if (error instanceof DipperError) return none(error.message);
      throw error;
    }
  };
}
