import { makeCatalogue, withAllBelow, type Catalogue, type Settings } from './catalogue.js';
import type { Input, Test } from './conditions.js';
import { collectionTest, fileTest } from './filters.js';
import type { CollectionRow, FileRow, RuleRow, Tables } from './tables.js';

/** What a viewer may see: filters that every file, and every dataset and container must fit. */
export interface Sight { readonly files?: Input; readonly collections?: Input }

/** Files in the collection that a rule is on, at any depth. */
function filesOf(catalogue: Catalogue, { scope, name }: RuleRow): number {
  const top = catalogue.tables.collection.find((row) => row.scope === scope && row.name === name);
  return new Set(top ? [...withAllBelow(catalogue, top)].flatMap((collection) => catalogue.filesIn(collection)) : []).size;
}

/** The rows that are left when others are taken out: rules on what is out go with it, and rules on what holds it tell of the rest. */
export function tablesWith(tables: Tables, settings: Settings, seesFile: Test<FileRow>, seesCollection: Test<CollectionRow>): Tables {
  const [file, collection] = [tables.file.filter(seesFile), tables.collection.filter(seesCollection)];
  const seen = new Set([...file, ...collection].map(({ scope, name }) => `${scope}:${name}`));
  const [whole, left] = [makeCatalogue(tables, settings), makeCatalogue({ ...tables, file, collection }, settings)];
  const told = (rule: RuleRow): RuleRow => {
    if (rule['did_type'] === 'FILE') return rule;
    const [all, some] = [filesOf(whole, rule), filesOf(left, rule)];
    const part = (locks: unknown) => Math.round(Number(locks) * some / Math.max(all, 1));
    return { ...rule, locks_ok_cnt: part(rule['locks_ok_cnt']), locks_replicating_cnt: part(rule['locks_replicating_cnt']), locks_stuck_cnt: part(rule['locks_stuck_cnt']), error: all > 0 && some === all ? rule['error'] : null };
  };
  return { ...tables, file, collection, rule: tables.rule.filter(({ scope, name }) => seen.has(`${scope}:${name}`)).map(told) };
}

/** The rows that are left when those that a viewer may not see are taken out. */
export function visibleTables(tables: Tables, settings: Settings, { files, collections }: Sight): Tables {
  if (!files && !collections) return tables;
  const all = makeCatalogue(tables, settings);
  return tablesWith(tables, settings, fileTest(all, files ?? {}), collectionTest(all, collections ?? {}));
}
