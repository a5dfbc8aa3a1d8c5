import { readFileSync } from 'node:fs';

/** The dev stack that the tests run on, as `npm test` describes it in the file that DIPPER_TEST_STACK names. */
export interface TestStack {
  readonly home: string;
  readonly urls: { readonly dipper: string; readonly guarded: string; readonly sync: string; readonly issuer: string; readonly rucio: string; readonly storage: string };
  /** Clients of the issuer, and what their tokens are for. */
  readonly signIn: { readonly audience: string; readonly web: { readonly id: string; readonly secret: string }; readonly wms: { readonly id: string; readonly secret: string }; readonly cli: string };
  /** Settings of dipper's processes, and RUCIO_CONFIG and PATH for Rucio's own client. */
  readonly env: Readonly<Record<string, string>>;
  /** POST /stop/<process> and /start/<process>: postgres, rucio, issuer, sync, serve, guarded. */
  readonly controlUrl: string;
  /** Of Rucio's database, as its owner. */
  readonly rucioOwnerUrl: string;
}

export function testStack(): TestStack {
  const file = process.env['DIPPER_TEST_STACK'];
  if (!file) throw new Error('These tests run on the dev stack: start them with `npm test`.');
  return describeStack(JSON.parse(readFileSync(file, 'utf8')) as Described);
}

type Described = Omit<TestStack, 'rucioOwnerUrl'> & { readonly dipperEnv: Readonly<Record<string, string>> };

/** A stack as its starter describes it. */
export function describeStack({ dipperEnv, env, home, urls, signIn, controlUrl }: Described): TestStack {
  return { home, urls, signIn, controlUrl, env: { ...env, ...dipperEnv }, rucioOwnerUrl: env['RUCIO_DATABASE_URL']! };
}

/** Stops or starts a process of the stack, and waits until it has. */
export async function control(stack: TestStack, action: 'stop' | 'start', name: string): Promise<void> {
  const answer = await fetch(`${stack.controlUrl}/${action}/${name}`, { method: 'POST', signal: AbortSignal.timeout(60_000) });
  if (!answer.ok) throw new Error(`${action} ${name}: ${await answer.text()}`);
}
