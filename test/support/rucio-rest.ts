import { stringify } from 'lossless-json';
import type { TestStack } from './stack.js';

/** A few of Rucio's REST calls, as a writer in tests needs them. */
export class RucioRest {
  private token = '';

  constructor(private readonly stack: TestStack) {}

  /** One call; a bigint in the body is written with all its digits. Answers the body as text, throws on any status but 2xx. */
  async call(method: string, path: string, body?: unknown): Promise<string> {
    this.token ||= await this.login();
    const answer = await fetch(`${this.stack.urls.rucio}${path}`, {
      method,
      // gunicorn ends idle connections after two seconds, perhaps just as one is used again.
      headers: { 'X-Rucio-Auth-Token': this.token, 'Content-Type': 'application/json', Connection: 'close' },
      ...(body === undefined ? {} : { body: stringify(body)! }),
      signal: AbortSignal.timeout(60_000),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text.slice(0, 300)}`);
    return text;
  }

  private async login(): Promise<string> {
    const { env, urls } = this.stack;
    const answer = await fetch(`${urls.rucio}/auth/userpass`, {
      headers: {
        'X-Rucio-Account': env['RUCIO_ACCOUNT']!,
        'X-Rucio-Username': env['RUCIO_USERNAME']!,
        'X-Rucio-Password': env['RUCIO_PASSWORD']!,
      },
      signal: AbortSignal.timeout(30_000),
    });
    const token = answer.headers.get('x-rucio-auth-token');
    if (!token) throw new Error(`Rucio gave no token: ${answer.status}`);
    return token;
  }
}
