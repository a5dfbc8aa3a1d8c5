import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { decodeJwt } from 'jose';
import { describe, expect, it, vi } from 'vitest';
import { runCli, startCli, type RunningCli } from '../support/run-cli.js';
import { browse } from '../support/sign-in.js';
import { testStack } from '../support/stack.js';

const stack = testStack();
const { urls: { issuer, guarded }, signIn } = stack;
const asClient = (id: string, more: readonly string[] = []) => ['token', '--issuer', issuer, '--client-id', id, '--audience', signIn.audience, ...more];
const aToken = /^eyJ[\w-]+\.[\w-]+\.[\w-]+\n$/;

async function subjectOf(token: string): Promise<unknown> {
  const response = await fetch(`${guarded}/graphql`, {
    method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${token.trim()}` }, body: '{"query":"{ viewer { subject } }"}', signal: AbortSignal.timeout(30_000),
  });
  return (await response.json() as { data?: { viewer: { subject: string } } }).data?.viewer.subject;
}

describe.concurrent('dipper token as a service', () => {
  it('prints the token, and nothing else', async () => {
    const { code, stdout, stderr } = await runCli(asClient('wms', ['--scope', 'storage.read:/ctao']), { DIPPER_CLIENT_SECRET: signIn.wms.secret });
    expect([code, stdout, stderr]).toEqual([0, expect.stringMatching(aToken), '']);
    expect(decodeJwt(stdout.trim())).toMatchObject({ sub: 'wms', aud: signIn.audience, scope: 'storage.read:/ctao' });
    expect(await subjectOf(stdout)).toBe('wms');
  });

  it.each<[string, string[], Record<string, string>, RegExp]>([
    ['with a wrong secret', asClient('wms'), { DIPPER_CLIENT_SECRET: 'not-the-secret' }, /^dipper token: The issuer refuses: invalid_client/],
    ['as a client of another kind', asClient(signIn.web.id), { DIPPER_CLIENT_SECRET: signIn.web.secret }, /^dipper token: The issuer refuses: invalid_request \(requested grant type/],
    ['at an issuer that is not there', ['token', '--issuer', 'http://127.0.0.1:1', '--client-id', 'x'], {}, /^dipper token: The issuer cannot be reached\.$/],
    ['at an address that is no issuer', ['token', '--issuer', stack.urls.dipper, '--client-id', 'x'], {}, /^dipper token: The issuer's answer is not what it should be/],
    ['without TLS', ['token', '--issuer', 'http://iam.example.org', '--client-id', 'x'], {}, /^dipper token: --issuer takes an address that begins with https:/],
    ['without an issuer', ['token', '--client-id', 'x'], {}, /required option '--issuer/],
  ])('%s it ends with one sentence', async (_title, args, env, sentence) => {
    const { code, stdout, stderr } = await runCli(args, env);
    expect([code, stdout, stderr.trimEnd()]).toEqual([1, '', expect.stringMatching(sentence)]);
    expect(stderr.trimEnd().split('\n').length).toBe(1);
    for (const secret of Object.values(env)) expect(stderr).not.toContain(secret);
  });
});

describe.concurrent('dipper token for a person', () => {
  const begin = async (): Promise<{ cli: RunningCli; address: string }> => {
    const cli = startCli(asClient(signIn.cli), {});
    await vi.waitFor(() => { expect(cli.told()).toContain('Waiting'); }, 20_000);
    return { cli, address: /or open (\S+)\./.exec(cli.told())![1]! };
  };
  const inputs = (page: string) => Object.fromEntries([...page.matchAll(/<input[^>]*?name="([^"]+)"[^>]*?value="([^"]*)"/g)].map(([, name, value]) => [name!, value!]));
  /** Opens the address, sees the code, and says yes or no. */
  async function decide(address: string, answer: Record<string, string>): Promise<string> {
    const code = new URL(address).searchParams.get('user_code')!;
    const asked = await browse(issuer, address);
    const shown = await browse(issuer, '/device', { ...inputs(asked.page!), user_code: code }, asked.jar);
    expect(shown.page).toContain('Is this your code?');
    const { url, page, jar } = await browse(issuer, '/device', { ...inputs(shown.page!), ...answer }, shown.jar);
    return page!.includes('Password') ? (await browse(issuer, url, { name: 'bob', password: 'bob' }, jar)).page! : page!;
  }

  it('shows an address and a code, waits for the sign-in, and prints the token', async () => {
    const { cli, address } = await begin();
    expect(cli.told()).toMatch(/^Open http:\S+ and enter the code \S+,\nor open \S+\.\nThe code is good for 10 minutes\. Waiting \.\.\.\n$/);
    expect(await decide(address, {})).toContain('You can close this page');
    const { code, stdout } = await cli.ended;
    expect([code, stdout]).toEqual([0, expect.stringMatching(aToken)]);
    expect(await subjectOf(stdout)).toBe('bob');
    expect(decodeJwt(stdout.trim())['wlcg.groups']).toEqual(['/ctao', '/ctao/dpps']);
  });

  it('ends with a sentence when it is refused there', async () => {
    const { cli, address } = await begin();
    await decide(address, { abort: 'yes' });
    const { code, stdout, stderr } = await cli.ended;
    expect([code, stdout, stderr]).toEqual([1, '', expect.stringMatching(/dipper token: The issuer refuses: access_denied.*\n$/)]);
  });

  it('ends at Ctrl-C, also while the issuer says nothing', async () => {
    const { cli } = await begin();
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const other = startCli(['token', '--issuer', `http://127.0.0.1:${(silent.address() as AddressInfo).port}`, '--client-id', 'x'], {});
    await once(silent, 'connection');
    for (const one of [cli, other]) one.kill('SIGINT');
    expect(await Promise.all([cli, other].map(async ({ ended }) => { const { code, stdout } = await ended; return [code, stdout]; }))).toEqual([[130, ''], [130, '']]);
    silent.close();
  });
});
