import { makeCatalogue, type Settings } from './catalogue.js';
import type { Input, Test } from './conditions.js';
import { collectionTest, fileTest } from './filters.js';
import type { CollectionRow, FileRow, Tables } from './tables.js';

/** What a viewer may see: filters that every file, and every dataset and container must fit. */
export interface Sight { readonly files?: Input; readonly collections?: Input }

/** The rows that are left when others are taken out: rules on what is out go with it. */
export function tablesWith(tables: Tables, seesFile: Test<FileRow>, seesCollection: Test<CollectionRow>): Tables {
  const [file, collection] = [tables.file.filter(seesFile), tables.collection.filter(seesCollection)];
  const seen = new Set([...file, ...collection].map(({ scope, name }) => `${scope}:${name}`));
  return { ...tables, file, collection, rule: tables.rule.filter(({ scope, name }) => seen.has(`${scope}:${name}`)) };
}

/** The rows that are left when those that a viewer may not see are taken out. */
export function visibleTables(tables: Tables, settings: Settings, { files, collections }: Sight): Tables {
  if (!files && !collections) return tables;
  const all = makeCatalogue(tables, settings);
  return tablesWith(tables, fileTest(all, files ?? {}), collectionTest(all, collections ?? {}));
}
