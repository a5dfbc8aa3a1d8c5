import { dataOf } from '../../test/support/ask.js';

interface Collection { readonly id: string; readonly scope: string; readonly name: string }
interface Archive {
  readonly files: { readonly nodes: readonly { id: string; lfn: string; name: string; scope: string; account: string; startTime: string | null; obsId: number | null; bytes: number; dataType: string | null; dataLevel: string | null }[] };
  readonly datasets: { readonly nodes: readonly Collection[] };
  readonly containers: { readonly nodes: readonly Collection[] };
  readonly rules: { readonly nodes: readonly { id: string }[] };
  readonly rses: readonly { id: string; name: string }[];
  readonly fields: readonly { name: string; key: string }[];
}

const QUESTION = `{
  files(first: 60) { nodes { id lfn name scope account startTime obsId bytes dataType dataLevel } }
  datasets(first: 30) { nodes { id scope name } } containers(first: 20) { nodes { id scope name } }
  rules(first: 20) { nodes { id } } rses { id name } fields { name key }
}`;

const different = <T>(values: readonly (T | null)[]): T[] => [...new Set(values.filter((value) => value !== null))];

/** Some of what an archive has, by kind: what questions must name to find anything. */
export async function readKnown(url: string): Promise<Readonly<Record<string, readonly unknown[]>>> {
  const { files: { nodes: files }, datasets, containers, rules, rses, fields } = await dataOf<Archive>(url, QUESTION);
  const collections = [...datasets.nodes, ...containers.nodes];
  const ids = [files, datasets.nodes, containers.nodes, rules.nodes, rses].flatMap((some) => some.slice(0, 10).map(({ id }) => id));
  return {
    ids, dids: [...files, ...collections].map((did) => [did.name, did.scope]), files: files.map(({ lfn }) => lfn), collections: collections.map(({ name }) => name), scopes: different([...files, ...collections].map(({ scope }) => scope)),
    accounts: different(files.map(({ account }) => account)), times: different(files.map(({ startTime }) => startTime)),
    numbers: different(files.flatMap(({ obsId, bytes }) => [obsId, bytes])), values: different(files.flatMap(({ dataType, dataLevel }) => [dataType, dataLevel])),
    rses: rses.map(({ name }) => name), fields: fields.map(({ name }) => name), keys: fields.map(({ key }) => key),
  };
}
