import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { seeded } from '../support/parity-random.js';
import { kinds, type Kind, type Question } from './questions.js';

/** What became of a question. `code` is `ok`, a code of the catalogue, or one of WRONG, LOST, LATE and BROKEN, which must never be. */
export interface Outcome { readonly kind: Kind; readonly code: string; readonly ms: number; readonly endedAt: number; readonly detail?: string | undefined }

export interface LoadOptions {
  readonly url: string;
  readonly seed: number;
  /** Between two questions of one who asks. */
  readonly pauseMs: number;
  /** Answers that take longer are late. */
  readonly lateMs: number;
}

const askers: Record<Kind, number> = { mirror: 4, live: 2, newcomer: 1, stranger: 1 };
const STATUS_OF: Readonly<Record<string, readonly number[]>> = { UNAVAILABLE: [503], TIMEOUT: [200, 504], UPSTREAM_UNAVAILABLE: [200, 502], UPSTREAM_TRUNCATED: [200, 502], UNAUTHENTICATED: [401] };

/** Many who ask one dipper, each one question after the other, and check every answer. */
export class Load {
  readonly outcomes: Outcome[] = [];
  readonly #pool: Pool;
  readonly #stop = new AbortController();
  #running: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: LoadOptions) {
    this.#pool = new Pool(options.url, { connections: 16, headersTimeout: 4 * options.lateMs, bodyTimeout: 4 * options.lateMs });
  }

  /** Begins; `questions` is asked for each question anew. */
  begin(questions: (kind: Kind) => readonly Question[]): void {
    const random = seeded(this.options.seed);
    const { signal } = this.#stop;
    const one = async (kind: Kind) => {
      while (!signal.aborted) {
        this.outcomes.push(await this.ask(random.pick(questions(kind))));
        await sleep(this.options.pauseMs * (0.5 + random()), undefined, { signal }).catch(() => undefined);
      }
    };
    this.#running = Promise.all(kinds.flatMap((kind) => Array.from({ length: askers[kind] }, () => one(kind))));
  }

  async end(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.#pool.destroy();
  }

  /** The answer to one question, or throws. */
  async post(headers: Readonly<Record<string, string>>, body: string): Promise<{ status: number; text: string }> {
    const { statusCode, body: answer } = await this.#pool.request({ path: '/graphql', method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });
    return { status: statusCode, text: await answer.text() };
  }

  private async ask({ kind, headers, body, expected }: Question): Promise<Outcome> {
    const begun = performance.now();
    const [code, detail] = await this.post(headers, body).then((answer) => judge(kind, answer, expected), (error: unknown) => ['LOST', String(error)]);
    const ms = performance.now() - begun;
    return { kind, code: ms > this.options.lateMs ? 'LATE' : code!, ms, endedAt: Date.now(), detail: ms > this.options.lateMs ? `${code} after ${Math.round(ms)} ms: ${body.slice(0, 200)}` : detail };
  }
}

interface Said { readonly data?: Record<string, unknown> | null; readonly errors?: readonly { readonly extensions?: { readonly code?: string } }[] }

function judge(kind: Kind, { status, text }: { status: number; text: string }, expected: string): [code: string, detail?: string] {
  let said: Said;
  try {
    said = JSON.parse(text) as Said;
  } catch {
    return ['BROKEN', `${status} ${text.slice(0, 300)}`];
  }
  const { data, errors } = said;
  if (!errors) return status === 200 && JSON.stringify(data) === expected ? ['ok'] : ['WRONG', `${status} ${text.slice(0, 300)} and not ${expected.slice(0, 300)}`];
  const code = errors[0]?.extensions?.code ?? 'none';
  const isEmpty = Object.values(data ?? {}).every((value) => value === null);
  if (!isEmpty) return ['WRONG', `some data beside an error: ${text.slice(0, 300)}`];
  if (!STATUS_OF[code]?.includes(status)) return ['BROKEN', `${status} ${text.slice(0, 300)}`];
  return kind === 'stranger' && code === 'UNAUTHENTICATED' ? ['ok'] : [code];
}
