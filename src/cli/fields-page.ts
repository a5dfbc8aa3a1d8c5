import { fieldOperators, type MetadataField } from '../domain/metadata-field.js';

const code = (text: string) => `\`${text}\``;
const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n');

/** `key` where `other` is `value`; `old` is read as `new`. */
function notes({ when, map }: MetadataField): string[] {
  const conditions = Object.entries(when ?? {}).map(([key, others]) =>
    `${code(key)} counts only where ${Object.entries(others).map(([other, value]) => `${code(other)} is ${code(value)}`).join(' and ')}.`);
  const words = Object.entries(map ?? {}).map(([key, pairs]) =>
    `In ${code(key)}, ${Object.entries(pairs).map(([from, to]) => `${code(from)} is read as ${code(String(to))}`).join(', ')}.`);
  return [...conditions, ...words];
}

const yes = (is: boolean | undefined) => (is ? 'yes' : '');

/** The page of the field registry: what each field means, where it comes from, and what can be asked of it. Markdown. */
export function fieldsPage(fields: readonly MetadataField[]): string {
  const meaning = table(['field', 'type', 'unit', 'UCD', 'ObsCore', 'meaning'],
    fields.map(({ name, type, unit, ucd, ivoa, description }) => [code(name), code(type), unit ?? '', ucd ?? '', ivoa ?? '', description]));
  const origin = table(['field', 'key in Rucio', 'other keys', 'notes'],
    fields.map((field) => [code(field.name), code(field.key), (field.aliases ?? []).map(code).join(', '), notes(field).join(' ')]));
  const use = table(['field', 'operators', 'index', 'order by it', 'column'],
    fields.map((field) => [code(field.name), fieldOperators(field).map(code).join(' '), yes(field.indexed), yes(field.sortable), code(field.column)]));
  return `# Metadata fields

Made from the field registry by \`dipper schema --fields\`: do not edit. [add-a-field.md](add-a-field.md) says how to change it.

## What they mean

UCD and ObsCore name are for the Virtual Observatory. ObsCore has times as days (MJD); dipper gives them as RFC 3339.

${meaning}

## Where they come from

The first key counts that has a value of the type. Files for which a later key says something else are counted in the metric
\`dipper_mirror_key_conflicts\`.

${origin}

## What can be asked

Every field can be filtered by and counted with \`facet\`.

${use}
`;
}
