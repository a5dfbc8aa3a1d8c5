import { makeCatalogue, type Settings } from './catalogue.js';
import type { Input } from './conditions.js';
import { collectionTest, fileTest } from './filters.js';
import type { Tables } from './tables.js';

/** What a viewer may see: filters that every file, and every dataset and container must fit. */
export interface Sight { readonly files?: Input; readonly collections?: Input }

/** The rows that are left when those that a viewer may not see are taken out. */
export function visibleTables(tables: Tables, settings: Settings, sight: Sight): Tables {
  const all = makeCatalogue(tables, settings);
  const file = tables.file.filter(fileTest(all, sight.files ?? {}));
  const collection = tables.collection.filter(collectionTest(all, sight.collections ?? {}));
  const seen = new Set([...file, ...collection].map(({ scope, name }) => `${scope}:${name}`));
  const isHidden = Boolean(sight.files ?? sight.collections);
  return { ...tables, file, collection, rule: tables.rule.filter(({ scope, name }) => !isHidden || seen.has(`${scope}:${name}`)) };
}
