import type { ParityCatalogue, ParityDid } from './parity-catalogue.js';
import { allOf, anyOf, condition, noneHolds, overlapping, type Condition } from './parity-conditions.js';
import { columns, filterText, Inexpressible } from './parity-dnf.js';
import type { Random } from './parity-random.js';
import { paritySubjects, type Subject } from './parity-subjects.js';

export type DidKind = ParityDid['type'];

/** One question, as dipper and as Rucio are asked it. */
export interface ParityFilter {
  readonly where: Readonly<Record<string, unknown>>;
  /** Rucio's filters, for each of the scopes. */
  readonly filters: string;
  readonly scopes: readonly string[];
  /** Kinds that are compared. Rucio's answers on metadata hold all kinds, whatever was asked for. */
  readonly kinds: readonly DidKind[];
  readonly onMetadata: boolean;
  readonly onName: boolean;
  readonly uses: readonly string[];
}

// Rucio reads the filters from the URL, whose line its server holds to 4,094 letters.
const LONGEST = 3500;
const allKinds: readonly DidKind[] = ['FILE', 'DATASET', 'CONTAINER'];

interface Scopes { readonly where: Readonly<Record<string, unknown>>; readonly scopes: readonly string[]; readonly uses: readonly string[] }

/** Rucio asks one scope at a time; dipper is asked for all of them at once. */
function scopesOf({ scopes }: ParityCatalogue, random: Random): Scopes {
  const [a, b1, bX1] = scopes as [string, string, string];
  const run = a.slice(0, -1);
  const some = (where: object, ...chosen: string[]): Scopes => ({ where: { scope: where }, scopes: chosen, uses: Object.keys(where).map((name) => `scope.${name}`) });
  const single = random.pick(scopes);
  if (random() < 0.8) return some({ eq: single }, single);
  return random.pick([
    some({ in: [b1, a] }, a, b1), some({ startsWith: run }, a, b1, bX1), some({ startsWith: run, ne: a }, b1, bX1), some({ startsWith: run, notIn: [a, bX1] }, b1),
    some({ startsWith: `${run}b_` }, b1), some({ like: `${run}b_1` }, b1, bX1), some({ like: `${run}b\\_%` }, b1), some({ like: `${run}%1`, contains: 'b_' }, b1), some({ contains: `${run.slice(1)}bX` }, bX1),
  ]);
}

/** Makes filters by chance; those operators come first that were drawn least so far. */
export class ParityGenerator {
  readonly counts = new Map<string, number>();
  private readonly subjects: readonly Subject[];
  private readonly witnesses: Readonly<Record<DidKind, readonly ParityDid[]>>;

  constructor(private readonly catalogue: ParityCatalogue, private readonly random: Random) {
    this.subjects = paritySubjects(catalogue);
    const described = (kind: DidKind) => catalogue.dids.filter(({ type, metadata }) => type === kind && metadata);
    this.witnesses = { FILE: described('FILE'), DATASET: described('DATASET'), CONTAINER: described('CONTAINER') };
  }

  next(): ParityFilter {
    for (;;) {
      try {
        const filter = this.draw();
        for (const use of filter.uses) this.counts.set(use, (this.counts.get(use) ?? 0) + 1);
        return filter;
      } catch (error) {
        if (!(error instanceof Inexpressible)) throw error;
      }
    }
  }

  private draw(): ParityFilter {
    const { random } = this;
    const plugin = random() < 0.75 ? 'json' : 'column';
    const onCollections = random() < 0.4;
    const subjects = this.subjects.filter((one) => (one.plugin === 'both' || one.plugin === plugin) && (!onCollections || one.onCollections));
    const kind = onCollections ? random.pick(allKinds) : 'FILE';
    const drawn = this.tree(subjects, this.witnesses[kind], random.pick([0, 0, 1, 1, 1, 2]));
    const filters = filterText(drawn.dnf);
    if (encodeURIComponent(filters).length > LONGEST) throw new Inexpressible('too long');
    const onMetadata = drawn.dnf.flat().some(({ key }) => !columns.has(key));
    if (onMetadata && drawn.dnf.flat().some(({ key, sign }) => key === 'name' && sign === '!=')) throw new Inexpressible('name.ne beside metadata, which Rucio takes for a column');
    const forCollections = drawn.subjects.every((one) => one.onCollections);
    const kinds: readonly DidKind[] = !forCollections ? ['FILE'] : onMetadata || random() < 0.2 ? allKinds : [kind];
    const { where, scopes, uses } = scopesOf(this.catalogue, random);
    return { where: { ...where, and: [drawn.where] }, filters, scopes, kinds, onMetadata, onName: drawn.subjects.some(({ name }) => name === 'name'), uses: [...drawn.uses, ...uses] };
  }

  private tree(subjects: readonly Subject[], witnesses: readonly ParityDid[], depth: number, witness = this.random.pick(witnesses)): Condition {
    const { random } = this;
    if (random() < 0.15) return noneHolds(this.tree(subjects, witnesses, Math.max(0, depth - 1)));
    if (depth === 0) return this.leaf(subjects, witness);
    // What holds for the same DID holds together, so that `and` finds something.
    const parts = Array.from({ length: 2 + random.below(2) }, () => this.tree(subjects, witnesses, depth - 1, random() < 0.7 ? witness : undefined));
    return random() < 0.5 ? anyOf(parts) : allOf(parts, random);
  }

  private leaf(subjects: readonly Subject[], witness: ParityDid): Condition {
    const { random } = this;
    const [start, end] = ['startTime', 'endTime'].map((name) => subjects.find((one) => one.name === name));
    if (start && end && random() < 0.06) return overlapping(start, end, random, witness);
    const rarest = subjects.flatMap((subject) => subject.operators.map((operator) => ({ subject, operator, count: this.counts.get(`${subject.family}.${operator}`) ?? 0, chance: random() })))
      .sort((a, b) => a.count - b.count || a.chance - b.chance);
    const { subject, operator } = random() < 0.6 ? rarest[0]! : random.pick(rarest);
    const more = random() < 0.2 ? [random.pick(subject.operators)].filter((name) => name !== operator) : [];
    return condition(subject, [operator, ...more], random, witness);
  }
}
