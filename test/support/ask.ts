import { parseExactly } from './parse-exactly.js';

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly data: Record<string, unknown> | null | undefined;
  readonly errors: readonly { readonly message: string; readonly path?: readonly unknown[]; readonly extensions: { readonly code: string } }[] | undefined;
}

/** Asks dipper by GraphQL over HTTP. Integers beyond 2^53 come as bigint. */
export async function ask(url: string, query: string, variables?: object, operationName?: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST', headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables, operationName }), signal: AbortSignal.timeout(60_000),
  });
  const text = await response.text();
  const { data, errors } = parseExactly(text) as Pick<Answer, 'data' | 'errors'>;
  return { status: response.status, text, data, errors };
}

/** The data of an answer without errors. */
export async function dataOf<T>(url: string, query: string, variables?: object): Promise<T> {
  const { data, errors, text } = await ask(url, query, variables);
  if (errors || !data) throw new Error(`Unexpected answer: ${text.slice(0, 2000)}`);
  return data as T;
}
