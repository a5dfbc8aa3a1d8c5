import { existsSync, readFileSync } from 'node:fs';

/** One question and what came of it, as hooks.py writes it down. */
export interface Case {
  readonly operation: string;
  readonly status: number;
  readonly codes: readonly string[];
  readonly ms: number;
  readonly hasData: boolean;
  readonly tellsSomething: boolean;
  readonly faults?: readonly string[];
  readonly query?: string;
}

export function readCases(file: string): Case[] {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line) as Case) : [];
}

/** How many, how many were carried out and told something, how long they took, and why the others were refused. */
export function tellCases(cases: readonly Case[]): string {
  const share = (fits: (one: Case) => boolean) => `${(100 * cases.filter(fits).length / Math.max(cases.length, 1)).toFixed(0)} %`;
  const times = cases.map(({ ms }) => ms).sort((a, b) => a - b);
  const codes = new Map<string, number>();
  for (const { codes: of } of cases) for (const code of of) codes.set(code, (codes.get(code) ?? 0) + 1);
  const refused = [...codes].sort(([, a], [, b]) => b - a).map(([code, count]) => `${code} ${count}`).join(', ');
  return `${cases.length} cases, ${share(({ hasData }) => hasData)} with data, ${share(({ tellsSomething }) => tellsSomething)} told something; `
    + `half in ${times[times.length >> 1] ?? 0} ms, the slowest ${times.at(-1) ?? 0} ms${refused && `; ${refused}`}`;
}

/** Each kind of fault once for each operation, by the shortest question that has it. */
export function tellFaults(cases: readonly Case[]): string[] {
  const shortest = new Map<string, Case>();
  for (const one of cases.filter(({ faults }) => faults?.length)) {
    const kind = `${one.operation}: ${one.faults!.join('; ').replace(/\d+/g, 'N').slice(0, 60)}`;
    const before = shortest.get(kind);
    if (!before || one.query!.length < before.query!.length) shortest.set(kind, one);
  }
  return [...shortest.values()].map(({ operation, faults, query }) => `${operation}: ${faults!.join('; ')}\n${query!}`);
}
