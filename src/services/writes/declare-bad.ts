import type { DidMetadata } from '../../datasources/rucio/dids.js';
import type { LiveReplica } from '../../datasources/rucio/replicas.js';
import type { Rucio } from '../../datasources/rucio/rucio.js';
import { isStorableText } from '../../domain/storable-text.js';
import { DipperError } from '../../errors.js';
import type { Audited, Writer } from './audited.js';

interface DidName { readonly scope: string; readonly name: string }

interface BadOrder { readonly lfns: readonly string[]; readonly rse: string; readonly reason: string; readonly force: boolean }
interface BadAnswer { readonly declared: readonly string[]; readonly refused: readonly { readonly lfn: string; readonly reason: string }[] }

export interface DeclareBadOptions {
  readonly audited: Audited;
  readonly rucio: Pick<Rucio, 'declareBad' | 'replicas'>;
  /** Those of the DIDs that Rucio has, and that are in the viewer's sight, by `<scope>:<name>`. */
  readonly inSight: (dids: readonly DidName[], writer: Writer) => Promise<ReadonlyMap<string, DidMetadata>>;
  readonly isRse: (name: string) => Promise<boolean>;
  readonly parseLfn: (text: string) => DidName;
  /** One at a time of all, so that two do not each count on the copy that the other declares bad. */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>;
}

/** What Rucio's table holds. */
const LONGEST_REASON = 255;

const refuse = (message: string) => new DipperError('BAD_USER_INPUT', message);
const keyOf = ({ scope, name }: DidName) => `${scope}:${name}`;

/** Declares copies on one RSE bad, as the viewer's own account, where a good copy remains elsewhere or the viewer insists. */
export function createDeclareBad({ audited, rucio, inSight, isRse, parseLfn, inTurn }: DeclareBadOptions): (order: BadOrder, writer: Writer) => Promise<BadAnswer> {
  /** All copies, as Rucio has them now. */
  async function copiesOf(dids: readonly DidName[], signal: AbortSignal): Promise<Map<string, readonly LiveReplica[]>> {
    const copies = new Map<string, readonly LiveReplica[]>();
    if (dids.length === 0) return copies;
    for await (const file of rucio.replicas(dids, { signal })) copies.set(keyOf(file), file.replicas);
    return copies;
  }

  return async (input, writer) => {
    const { rse, reason, force } = input;
    const { signal } = writer;
    const dids = [...new Map(input.lfns.map(parseLfn).map(({ scope, name }) => [name, { scope, name }])).values()];
    if (dids.length === 0) throw refuse('No files are named.');
    if (reason.trim() === '' || reason.length > LONGEST_REASON || !isStorableText(reason)) throw refuse(`A reason is a text of at most ${LONGEST_REASON} characters.`);
    if (!isStorableText(rse)) throw refuse('There is no RSE of this name.');

    return audited(writer, { operation: 'declareBad', verb: 'declare replicas bad', input }, async (actor, note) => {
      if (!await isRse(rse)) throw refuse(`There is no RSE ${JSON.stringify(rse)}.`);
      return inTurn(async () => {
        const known = await inSight(dids, writer);
        const files = dids.filter((did) => known.get(keyOf(did))?.didType === 'FILE');
        const copies = await copiesOf(files, signal);
        const refused = new Map<string, string>();
        for (const did of dids) {
          const fault = files.includes(did) ? faultOf(copies.get(keyOf(did)) ?? [], rse, force) : 'The catalogue knows no such file.';
          if (fault !== undefined) refused.set(did.name, fault);
        }
        const asked = dids.filter(({ name }) => !refused.has(name));
        const answer = (): BadAnswer => ({
          declared: asked.filter(({ name }) => !refused.has(name)).map(({ name }) => name),
          refused: dids.flatMap(({ name: lfn }) => (refused.has(lfn) ? [{ lfn, reason: refused.get(lfn)! }] : [])),
        });
        if (asked.length > 0) {
          const untaken = await rucio.declareBad(actor, { rse, dids: asked, reason }, signal);
          note(answer());
          if (untaken.length > 0) { // told in sentences: what has come of it is seen by looking again
            const now = await copiesOf(asked, signal);
            for (const did of asked) if (stateOn(now.get(keyOf(did)) ?? [], rse) !== 'BAD') refused.set(did.name, 'Rucio did not take this declaration.');
          }
        }
        note(answer());
        return answer();
      });
    });
  };
}

const stateOn = (copies: readonly LiveReplica[], rse: string) => copies.find((copy) => copy.rse === rse)?.state;

function faultOf(copies: readonly LiveReplica[], rse: string, force: boolean): string | undefined {
  const state = stateOn(copies, rse);
  if (state === undefined) return `There is no copy on ${rse}.`;
  if (state === 'BAD') return `The copy on ${rse} has been declared bad already.`;
  if (force || copies.some((copy) => copy.rse !== rse && copy.state === 'AVAILABLE')) return undefined;
  return 'No good copy would remain. Say `force: true` if that is meant.';
}
