import type { GraphQLResolveInfo } from 'graphql';
import { fieldOperators } from '../../../src/domain/metadata-field.js';
import type { Catalogue } from './catalogue.js';
import { checkFilterVariables, refuse, type Input } from './conditions.js';
import { collectionTest, ruleTest } from './filters.js';
import { readLfn } from './names.js';
import { byName, collectionObject, fileList, fileObject, listObject, rseObject, ruleObject } from './objects.js';
import type { PageArguments } from './page.js';
import { completeness, mirrorObject } from './status.js';
import { microseconds } from './values.js';

interface DidName { readonly scope: string; readonly name: string }
type Filtered = PageArguments & { readonly where?: Input | null };
type Resolver<A> = (args: A, context: unknown, info: GraphQLResolveInfo) => unknown;
const resolver = <A>(resolve: Resolver<A>) => resolve;

/** Root value with a function for each field of Query, over plain rows. It reads whatever is asked for from the mirror's rows, live or not. */
export function naiveRoot(catalogue: Catalogue): object {
  const { tables, settings } = catalogue;
  const isOf = ({ scope, name }: DidName) => (row: DidName) => row.scope === scope && row.name === name;
  const fileBy = (did: DidName) => { const row = tables.file.find(isOf(did)); return row ? fileObject(catalogue, row) : null; };
  const collectionBy = (did: DidName, type?: string) => {
    const row = tables.collection.find(isOf(did));
    return row && (!type || row.did_type === type) ? collectionObject(catalogue, row) : null;
  };
  const rseBy = (name: string) => { const rse = catalogue.rses.find((one) => one.name === name); return rse ? rseObject(catalogue, rse) : null; };
  const ruleBy = (id: string) => { const row = tables.rule.find((one) => one.id.replaceAll('-', '') === id.replaceAll('-', '').toLowerCase()); return row ? ruleObject(row) : null; };
  const collections = (type: string) => resolver<Filtered>((args, _context, info) => {
    checkFilterVariables(info);
    const test = args.where ? collectionTest(catalogue, args.where) : () => true;
    const matching = tables.collection.filter((row) => row.did_type === type && test(row));
    return listObject(catalogue, matching, collectionObject, byName.map((of) => ({ of })), [type, args.where ?? {}], args);
  });

  return {
    file: resolver<{ lfn: string }>(({ lfn }) => fileBy(readLfn(lfn))),
    filesByLfn: resolver<{ lfns: string[] }>(({ lfns }) => {
      if (lfns.length > settings.limits.lfnsPerQuery) refuse('Too many names.');
      const found = lfns.map((lfn) => ({ did: readLfn(lfn), file: fileBy(readLfn(lfn)) }));
      return { found: found.flatMap(({ file }) => file ?? []), missing: found.filter(({ file }) => !file).map(({ did }) => did.name), completeness: () => completeness(catalogue) };
    }),
    files: resolver<PageArguments>((args, _context, info) => fileList(catalogue, tables.file, 'files', args, info)),
    did: resolver<DidName>((did) => fileBy(did) ?? collectionBy(did)),
    datasets: collections('DATASET'),
    containers: collections('CONTAINER'),
    rses: resolver<{ expression?: string | null }>(({ expression }) => catalogue.rsesOf(expression).map((rse) => rseObject(catalogue, rse))),
    rse: resolver<{ name: string }>(({ name }) => rseBy(name)),
    rule: resolver<{ id: string }>(({ id }) => ruleBy(id.replace(/^Rule:/, ''))),
    rules: resolver<Filtered>((args, _context, info) => {
      checkFilterVariables(info);
      const test = args.where ? ruleTest(args.where) : () => true;
      return listObject(catalogue, tables.rule.filter(test), (_catalogue, row) => ruleObject(row), [{ of: (row) => microseconds(row.created_at) }, { of: (row) => row.id }], ['rules', args.where ?? {}], args);
    }),
    node: resolver<{ id: string }>(({ id }) => {
      const [, type, key] = /^(\w+):([^]*)$/.exec(id) ?? [];
      const [, scope, name] = /^([^:]*):([^]*)$/.exec(key ?? '') ?? [];
      if (type === 'Rse') return rseBy(key!);
      if (type === 'Rule') return ruleBy(key!);
      if (scope === undefined || name === undefined) return null;
      if (type === 'File') return fileBy({ scope, name });
      return type === 'Dataset' || type === 'Container' ? collectionBy({ scope, name }, type.toUpperCase()) : null;
    }),
    mirror: () => mirrorObject(catalogue),
    fields: () => settings.fields.map((field) => ({ aliases: [], indexed: false, sortable: false, ...field, operators: fieldOperators(field) })),
    limits: () => settings.limits,
    viewer: () => settings.viewer ?? ({ subject: 'anonymous', issuer: null, account: null, groups: [], scopes: [] }),
  };
}
