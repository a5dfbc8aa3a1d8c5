import { truth } from '../support/truth.js';
import { signInAs } from '../support/sign-in.js';
import type { TestStack } from '../support/stack.js';
import type { TestIssuer } from '../support/test-issuer.js';

/** Who asks: people of the stack's issuer and nobody in particular, by the mirror or by Rucio; somebody whose issuer was not met before; somebody with a key that no issuer has. */
export const kinds = ['mirror', 'live', 'newcomer', 'stranger'] as const;
export type Kind = (typeof kinds)[number];

export interface Question { readonly kind: Kind; readonly headers: Readonly<Record<string, string>>; readonly body: string; readonly expected: string }

interface Text { readonly query: string; readonly variables: Record<string, unknown> }
/** Asks a dipper that nothing is wrong with; the answer's data as JSON. */
type AskWell = (headers: Readonly<Record<string, string>>, body: string) => Promise<string>;

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const FILE = 'query ($lfn: LFN!, $c: Consistency! = MIRROR) { file(lfn: $lfn, consistency: $c) { lfn bytes adler32 replicas { rse { name } state } } }';
const BY_LFN = 'query ($lfns: [LFN!]!, $c: Consistency! = MIRROR) { filesByLfn(lfns: $lfns, consistency: $c) { found { lfn bytes } missing } }';

function texts(): { mirror: Text[]; live: Text[]; hidden: Text } {
  const all = truth();
  const dpps = all.filter(({ scope }) => scope === 'dpps');
  const some = [...all.filter((_, at) => at % 9 === 0), ...dpps.slice(0, 8)].map(({ name }) => name);
  const perFile = some.map((lfn): Text => ({ query: FILE, variables: { lfn } }));
  const perFew = some.map((_, at): Text => ({ query: BY_LFN, variables: { lfns: some.slice(at, at + 5) } }));
  const lists = ['{ files(first: 20) { totalCount nodes { lfn bytes replicas { state } } } }', '{ datasets(first: 10) { totalCount nodes { name } } }', '{ files(where: { bytes: { gt: 5000 } }) { totalCount nodes { lfn } } }']
    .map((query): Text => ({ query, variables: {} }));
  return { mirror: [...perFile, ...perFew, ...lists, ...lists], live: [...perFile, ...perFew], hidden: { query: FILE, variables: { lfn: all.find(({ scope }) => scope === 'acada')!.name } } };
}

/** A token of somebody in the group that sees everything, of an issuer of the tests. */
export const newcomerToken = (issuer: TestIssuer, audience: string): Promise<string> => issuer.sign({ aud: audience, 'wlcg.groups': ['/all'] });

/** All questions but those of newcomers, each with the one right answer. Throws where dipper's answers are not those of the seed's plan. */
export async function makeQuestions(stack: TestStack, stranger: TestIssuer, askWell: AskWell): Promise<{ questions: Question[]; newcomers: (token: string) => Question[] }> {
  const [alice, bob, carol] = await Promise.all((['alice', 'bob', 'carol'] as const).map(async (name) => bearer((await signInAs(stack, name)).access_token)));
  const nobody = {};
  const { mirror, live, hidden } = texts();
  const say = ({ query, variables }: Text, more: Record<string, unknown> = {}) => JSON.stringify({ query, variables: { ...variables, ...more } });
  const questions: Question[] = [];
  const aliceSees: string[] = [];
  for (const headers of [alice!, bob!, carol!, nobody]) {
    const answers: string[] = [];
    for (const text of mirror) answers.push(await askWell(headers, say(text)));
    questions.push(...mirror.map((text, at) => ({ kind: 'mirror' as const, headers, body: say(text), expected: answers[at]! })));
    // Rucio and the mirror say the same.
    if (headers === alice || headers === bob) questions.push(...live.map((text, at) => ({ kind: 'live' as const, headers, body: say(text, { c: 'LIVE' }), expected: answers[at]! })));
    if (headers === alice) aliceSees.push(...answers);
  }
  const known = truth().find(({ name }) => name === mirror[0]!.variables['lfn'])!;
  if (!aliceSees[0]!.includes(`"bytes":"${known.bytes}"`) && !aliceSees[0]!.includes(`"bytes":${known.bytes}`)) throw new Error(`alice is told ${aliceSees[0]}, and the file has ${known.bytes} bytes.`);
  for (const [who, headers] of Object.entries({ bob: bob!, carol: carol!, nobody })) {
    const told = await askWell(headers, say(hidden));
    if (told !== '{"file":null}') throw new Error(`${who} is told what only alice may see: ${told}`);
  }
  // The stack's issuer is named, and none of its keys.
  const forged = bearer(await stranger.sign({ iss: stack.urls.issuer, aud: stack.signIn.audience }, { kid: 'none-of-its-keys' }));
  questions.push({ kind: 'stranger', headers: forged, body: say(mirror[0]!), expected: '' });
  return { questions, newcomers: (token) => mirror.map((text, at) => ({ kind: 'newcomer' as const, headers: bearer(token), body: say(text), expected: aliceSees[at]! })) };
}
