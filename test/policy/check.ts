import { foreignCursor } from '../../src/domain/cursor.js';
import { ask, type Answer } from '../support/ask.js';
import { CursorPairs } from '../support/corpus-compare.js';
import { compare, onObjects } from '../support/corpus-run.js';
import type { Catalogue } from '../support/naive/catalogue.js';
import { fileTest } from '../support/naive/filters.js';
import { askReference } from '../support/naive/reference.js';
import { filterParts } from '../../src/read/filter-parts.js';
import { parseExactly } from '../support/parse-exactly.js';
import { requestOf, type Question } from './doors.js';
import { asUser, type Sides } from './sides.js';

interface Hint { readonly conditions: readonly { readonly condition: string; readonly files: number | null; readonly values?: readonly unknown[]; readonly keys?: readonly unknown[] }[] }
interface Body { readonly data?: unknown; readonly errors?: unknown; readonly extensions?: { readonly hints?: readonly Hint[]; readonly cost?: unknown } }

const said = ({ status, text }: Answer) => { const { data, errors, extensions } = JSON.parse(text) as Body; return JSON.stringify({ data, errors, status, cost: extensions?.cost }); };

/** Names in an answer, those within cursors among them. */
function namesIn(text: string): string[] {
  const cursors = [...text.matchAll(/"([A-Za-z0-9_-]{40,})"/g)].map(([, cursor]) => Buffer.from(cursor!, 'base64url').toString('utf8'));
  return [text, ...cursors].flatMap((one) => [...one.matchAll(/"(?:File:|Dataset:|Container:)?(?:[\w.-]+:)?(\/(?:[^"\\]|\\.)*)"/g)].map(([, name]) => JSON.parse(`"${name}"`) as string));
}

/** A value of an answer as Postgres writes it, with what JSON escapes. */
const asStored = (value: unknown) => (typeof value === 'bigint' ? String(value) : JSON.stringify(value)).replace(/^"|"$/g, '').replace(/^(\d{4}-\d\d-\d\d)T(.*)\+00:00$/, '$1 $2+00');

/** All values in sight as one text, made once. */
const texts = new WeakMap<Catalogue, string>();
function textOf(catalogue: Catalogue): string {
  const text = texts.get(catalogue) ?? JSON.stringify(catalogue.tables.file.map((file) => Object.values(file)), (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
  texts.set(catalogue, text);
  return text;
}

/** What an answer tells of rows that the user may not see, beside what the user has said; undefined where that is nothing. */
function leak({ seen, tables, world }: Sides, user: number, answer: Answer, where: object | undefined, request: string): string | undefined {
  const known = request + JSON.stringify(world.users[user]!.scopes);
  const { catalogue, hidden } = seen[user]!;
  const name = namesIn(answer.text.replace(/"message":"(?:[^"\\]|\\.)*"/g, '')).find((one) => hidden.has(one) && !known.includes(JSON.stringify(one).slice(1, -1)));
  if (name !== undefined) return `the answer names ${name}, which is hidden`;
  for (const { conditions } of (parseExactly(answer.text) as Body).extensions?.hints ?? []) {
    const parts = filterParts(where ?? {});
    for (const [at, { condition, files, values = [], keys = [] }] of conditions.entries()) {
      const part = parts[at]!;
      const count = catalogue.tables.file.filter(fileTest(catalogue, part.filter as never)).length;
      if (files !== null && files !== Math.min(count, 10_000)) return `the hint counts ${files} files for ${condition}, of ${count} in sight`;
      const isThere = (value: unknown) => tables.file.length === catalogue.tables.file.length || textOf(catalogue).includes(asStored(value));
      const other = part.name === 'replica' ? undefined : [...values, ...keys].find((value) => typeof value !== 'object' && !isThere(value));
      if (other !== undefined) return `the hint for ${condition} shows ${typeof other === 'string' ? JSON.stringify(other) : String(other)}, which no file in sight has`;
    }
  }
  return undefined;
}

/** Asks one question as one user, and its next page as others; what is wrong with an answer, or undefined. `objects`: off the way of text, too. */
export async function check(sides: Sides, user: number, question: Question, { objects, heirs }: { objects: boolean; heirs: readonly number[] }): Promise<string | undefined> {
  const { url, schema, seen, world } = sides;
  const { catalogue, hidden } = seen[user]!;
  const request = requestOf(question);
  const where = question.args['where']?.value as object | undefined;
  const expected = await askReference(schema, catalogue, request);
  const cursors = new CursorPairs();
  const as = (who: number, { query, variables }: typeof request) => ask(url, query, variables, undefined, asUser(who));

  const answer = await as(user, request);
  if (answer.status >= 500) return `status ${answer.status}: ${answer.text.slice(0, 300)}`;
  const wrong = compare(expected, answer, cursors, true) ?? leak(sides, user, answer, where, JSON.stringify(request.variables));
  if (wrong) return wrong;
  if (objects && !question.live && seen[user]!.maySeeSchema) { // the schema's part is what takes a question off the way of text
    const differs = compare(expected, await as(user, { ...request, query: onObjects(request.query)! }), cursors, false);
    if (differs) return `by objects: ${differs}`;
  }

  // What is hidden is as good as absent, to the letter.
  if (question.twin && hidden.has(question.twin[0]) && JSON.stringify(request.variables).includes(JSON.stringify(question.twin[0]).slice(1, -1))) {
    const [own, other] = question.twin.map((name) => JSON.stringify(name).slice(1, -1)) as [string, string];
    const twin = { ...request, variables: JSON.parse(JSON.stringify(request.variables).replaceAll(other, own).replaceAll(own, other)) as Record<string, unknown> };
    const told = said(await as(user, twin)).replaceAll(other, own);
    if (told !== said(answer).replaceAll(other, own)) return `hidden differs from absent: ${said(answer).slice(0, 200)} and ${told.slice(0, 200)}`;
  }

  // Cursors: the next page is what it should be, and those of one user are of no use to another.
  const page = (answer.data?.[question.field] as { pageInfo?: { endCursor?: string | null } } | null | undefined)?.pageInfo;
  const naive = (JSON.parse(expected.data ?? 'null') as Record<string, { pageInfo?: { endCursor?: string | null } } | null> | null)?.[question.field]?.pageInfo;
  if (question.args['first'] && typeof page?.endCursor === 'string' && typeof naive?.endCursor === 'string') {
    const after = (cursor: string) => requestOf(question, { after: { type: 'String', value: cursor } });
    const next = await as(user, after(page.endCursor));
    const differs = compare(await askReference(schema, catalogue, after(naive.endCursor)), next, cursors, true) ?? leak(sides, user, next, where, '');
    if (differs) return `next page: ${differs}`;
    for (const heir of heirs) {
      const handed = await as(heir, after(page.endCursor));
      if (handed.errors?.[0]?.extensions.code !== 'BAD_CURSOR') {
        if (seen[heir]!.print !== seen[user]!.print) return `a cursor of user ${user} is taken from user ${heir}, who sees something else: ${JSON.stringify(world.users[heir])}`;
      } else if (handed.errors[0].message !== foreignCursor) return `a cursor of another is refused in other words: ${handed.errors[0].message}`;
    }
  }
  return undefined;
}

/** The smallest part of a question that is still answered wrong. */
export async function shrink(question: Question, isWrong: (smaller: Question) => Promise<boolean>): Promise<Question> {
  const { args, selection } = question;
  const where = args['where']?.value as Record<string, unknown> | undefined;
  const branches = where && (['and', 'or'] as const).flatMap((name) => (where[name] as object[] | undefined) ?? []);
  const smaller: Question[] = [
    ...selection.flatMap((_, at) => (selection.length > 1 ? [{ ...question, selection: selection.filter((_one, place) => place !== at) }] : [])),
    ...Object.keys(args).filter((name) => !args[name]!.type.endsWith('!')).map((name) => ({ ...question, args: Object.fromEntries(Object.entries(args).filter(([one]) => one !== name)) })),
    ...(branches ?? []).map((value) => ({ ...question, args: { ...args, where: { type: args['where']!.type, value } } })),
  ];
  for (const one of smaller) if (await isWrong(one)) return shrink(one, isWrong);
  return question;
}
