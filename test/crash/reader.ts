import { setTimeout as sleep } from 'node:timers/promises';
import { askWhole, observe, Refused, type Observation } from './observe.js';
import type { Series } from './series.js';
import type { Writer } from './writer.js';

/** Longest time without an answer after the last disturbance, in ms. */
const ANSWERS_WITHIN_MS = 30_000;

export interface ReaderOptions {
  readonly url: string;
  readonly writer: Writer;
  /** When something was last done to the parts that a reader needs, in ms since 1970; Infinity while they are held down. */
  readonly disturbedAt: () => number;
  readonly onFault: (text: string) => void;
}

/** Reads over GraphQL all the time, and tells of all that must not be seen. */
export class Reader {
  last: Observation | null = null;
  answers = 0;
  walks = 0;
  readonly refusals = new Map<string, number>();
  longestWaitMs = 0;
  longestLag = 0;
  private answeredAt = Date.now();

  constructor(private readonly options: ReaderOptions) {}

  async read(signal: AbortSignal): Promise<void> {
    this.answeredAt = Date.now();
    await Promise.all([this.#look(signal), this.#walk(signal)]);
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { url, writer, onFault } = this.options;
    while (!signal.aborted) {
      try {
        const seen = await observe(url, writer);
        this.answers += 1;
        this.#answered();
        for (const fault of [...seen.faults, ...this.#compare(seen)]) onFault(fault);
        this.last = seen;
        this.longestLag = Math.max(this.longestLag, seen.lagSeconds ?? 0);
      } catch (error) {
        this.#refused(error);
      }
      await sleep(50, undefined, { signal }).catch(() => undefined);
    }
  }

  #answered(): void {
    this.longestWaitMs = Math.max(this.longestWaitMs, this.#silentMs());
    this.answeredAt = Date.now();
  }

  /** Time without an answer though nothing was done to the parts. */
  #silentMs(): number {
    return Math.max(0, Date.now() - Math.max(this.answeredAt, this.options.disturbedAt()));
  }

  #refused(error: unknown): void {
    const kind = (error as Error).message;
    if (error instanceof Refused) this.refusals.set(kind, (this.refusals.get(kind) ?? 0) + 1);
    else this.options.onFault(kind);
    const silent = this.#silentMs();
    if (silent > ANSWERS_WITHIN_MS) {
      this.options.onFault(`no answer for ${(silent / 1000).toFixed(1)} s: ${kind}`);
      this.answeredAt = Date.now();
    }
  }

  /** What cannot be, after what was seen and by what the writer did. */
  #compare(seen: Observation): string[] {
    const { last } = this;
    const faults: string[] = [];
    if (last?.asOf && !(seen.asOf !== null && seen.asOf >= last.asOf)) faults.push(`asOf ran back from ${last.asOf} to ${seen.asOf}`);
    if (last?.position && !(seen.position !== null && seen.position >= last.position)) faults.push(`position ran back from ${last.position} to ${seen.position}`);
    if (seen.asOf === null) return faults;
    const moment = { asOf: Date.parse(seen.asOf), position: seen.position };
    for (const [name, series] of Object.entries(this.options.writer.series) as [keyof Writer['series'], Series<unknown>][]) {
      const value = seen.values[name];
      const admissible = series.admissible(moment);
      if (value !== undefined && !admissible.includes(value)) faults.push(`${name} is ${String(value)} at asOf ${seen.asOf}, position ${seen.position}: then it was ${admissible.join(' or ')}`);
    }
    for (const name of ['numbers', 'huge'] as const) {
      if (Number(seen.values[name]) < Number(last?.values[name])) faults.push(`${name} ran back from ${String(last?.values[name])} to ${String(seen.values[name])}`);
    }
    return faults;
  }

  /** Walks all files of the huge transactions, page by page, whatever happens to the mirror meanwhile: each is met once. */
  async #walk(signal: AbortSignal): Promise<void> {
    const { url, writer: { hugeScope: scope, sizes }, onFault } = this.options;
    const query = 'query ($scope: String!, $after: String) { files(where: {scope: {eq: $scope}}, first: 500, after: $after) { nodes { name } pageInfo { endCursor hasNextPage } } }';
    interface Page { files: { nodes: { name: string }[]; pageInfo: { endCursor: string; hasNextPage: boolean } } }
    let names: string[] = [];
    let after: string | null = null;
    while (!signal.aborted) {
      const data: object | undefined = this.last?.asOf ? await askWhole(url, query, { scope, after }).catch((error: unknown) => { this.#refused(error); return undefined; }) : undefined;
      if (data) {
        const { nodes, pageInfo }: Page['files'] = (data as Page).files;
        names.push(...nodes.map(({ name }) => name));
        after = pageInfo.endCursor;
        if (!pageInfo.hasNextPage) {
          const inOrder = names.every((name, at) => at === 0 || name > names[at - 1]!);
          if (names.length !== sizes.huge || !inOrder) onFault(`a walk met ${names.length} of ${sizes.huge} files, ${inOrder ? '' : 'not '}in order`);
          this.walks += 1;
          names = [];
          after = null;
        }
      }
      await sleep(200, undefined, { signal }).catch(() => undefined);
    }
  }
}
