import { mkdirSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import {
  FileByNameDocument, FilesByNameDocument, MirrorAndFieldsDocument, MonitoringFilesDocument, OffsiteCopiesDocument, StorageElementsDocument,
  type TypedDocumentString,
} from '../../web/src/generated/graphql.js';
import { dataOf } from '../support/ask.js';
import { ensureChromium } from '../support/chromium.js';
import { testStack } from '../support/stack.js';

const { dipper, guarded, issuer } = testStack().urls;
const run = <T>(document: TypedDocumentString<T, Record<string, never>>) => dataOf<T>(dipper, String(document));

let browser: Browser;
let page: Page;
let requests: string[];
let complaints: string[];

beforeAll(async () => {
  browser = await chromium.launch({
    executablePath: await ensureChromium(),
    // Without these the browser itself looks for hosts of its maker at every start.
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}, 20 * 60_000);

vi.setConfig({ testTimeout: 120_000 });

afterAll(() => browser?.close());

beforeEach(async () => {
  page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  requests = [];
  complaints = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('requestfailed', (request) => complaints.push(`failed: ${request.url()}`));
  // What the content security policy forbids is an error of the console, too.
  page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) complaints.push(message.text()); });
  page.on('pageerror', (error) => complaints.push(String(error)));
});

afterEach(() => page.close());

const eventually = <T>(read: () => Promise<T>, message?: string) => expect.poll(read, { timeout: 20_000, ...(message && { message }) });
/** Opens the page and waits until it has read the schema and made its editors: clicks before that come to nothing. */
async function open() {
  const [response] = await Promise.all([page.goto(`${dipper}/graphiql`), page.waitForResponse(`${dipper}/graphql`)]);
  await eventually(() => page.locator('.graphiql-query-editor .view-lines').innerText()).toContain('MonitoringFiles');
  await page.locator('.result-window .view-lines').waitFor({ state: 'attached' });
  return response;
}
const execute = () => page.getByRole('button', { name: /Execute query/ }).click();
/** What the answer's pane shows, in one line: the editor wraps long ones, and has no-break spaces. */
const answer = async () => (await page.locator('.result-window .view-lines').innerText()).replace(/\s+/g, ' ');
/** The same without any space: a long name is wrapped, too. */
const letters = async () => (await answer()).replaceAll(' ', '');

test('GraphiQL loads, runs its first example and asks no other host', async () => {
  const { files } = await run(MonitoringFilesDocument);
  const response = await open();
  expect(response?.headers()['content-security-policy']).toContain("script-src 'self';");
  expect(await page.title()).toBe('dipper');

  await execute();
  await eventually(answer).toContain(`"totalCount": ${files.totalCount}`);
  expect(await letters()).toContain(files.nodes[0]!.lfn);
  // Hovering brings up the documentation from the schema, which a worker reads.
  await eventually(async () => {
    await page.mouse.move(0, 0); // what was shown before the schema was read is not made anew under a mouse that rests
    await page.locator('.graphiql-query-editor').getByText('adler32').hover();
    await page.locator('.monaco-hover-content', { hasText: 'File.' }).first().waitFor({ timeout: 3000 }).catch(() => undefined);
    return page.locator('.monaco-hover-content').allInnerTexts();
  }).toContainEqual(expect.stringContaining('File.adler32'));

  await screenshot('graphiql');
  expect(requests.filter((url) => !url.startsWith(`${dipper}/`) && !url.startsWith('data:'))).toEqual([]);
  expect(requests.filter((url) => url.includes('worker')).length).toBeGreaterThan(2);
  expect(complaints).toEqual([]);
});

test('each tab has an example that runs', async () => {
  await open();
  const tabs = page.getByRole('tab');
  await eventually(() => tabs.count()).toBe(6);
  for (const tab of await tabs.all()) {
    await tab.click();
    await eventually(async () => {
      const [response] = await Promise.all([page.waitForResponse(`${dipper}/graphql`), execute()]);
      return response.json() as Promise<unknown>;
    }, await tab.innerText()).toEqual({ data: expect.any(Object), extensions: { cost: expect.any(Object) } });
  }
  expect(complaints).toEqual([]);
});

test('the examples find something in the demo archive', async () => {
  const { files } = await run(MonitoringFilesDocument);
  expect(files.totalCount).toBeGreaterThan(0);
  expect((await run(FileByNameDocument)).file?.replicas.length).toBeGreaterThan(0);
  const { filesByLfn } = await run(FilesByNameDocument);
  expect([filesByLfn.found.length, filesByLfn.missing.length]).toEqual([1, 1]);
  expect((await run(OffsiteCopiesDocument)).files.totalCount).toBeGreaterThan(0);
  expect((await run(StorageElementsDocument)).rses.length).toBe(7);
  expect((await run(MirrorAndFieldsDocument)).fields.length).toBeGreaterThan(10);
});

test('integers beyond 2^53 are shown digit by digit', async () => {
  await open();
  await page.route('**/graphql', (route) => route.fulfill({ contentType: 'application/json', body: '{"data":{"files":{"totalBytes":90071992547409931}}}' }));
  await execute();
  await eventually(answer).toContain('"totalBytes": 90071992547409931');
});

test('an answer that is no JSON is shown as what it is', async () => {
  await open();
  await page.route('**/graphql', (route) => route.fulfill({ status: 502, contentType: 'text/html', body: '<h1>Bad gateway</h1>' }));
  await execute();
  await eventually(answer).toContain('The gateway answered with HTTP status 502 and no JSON');
});

test('people sign in at the issuer, ask as themselves, and sign out', async () => {
  const who = async () => {
    await page.goto(`${guarded}/graphiql/?query=${encodeURIComponent('{ viewer { subject groups } }')}`);
    return page.evaluate(async () => {
      const response = await fetch('/graphql', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"query":"{ viewer { subject } }"}' });
      return (await response.json() as { data: { viewer: { subject: string } } }).data.viewer.subject;
    });
  };
  expect(await who()).toBe('anonymous');
  await page.getByRole('link', { name: 'Sign in' }).click();
  await page.waitForURL(`${issuer}/login/**`);
  await page.getByLabel('Name').fill('alice');
  await page.getByLabel('Password').fill('alice');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(`${guarded}/graphiql/`);
  await eventually(() => page.locator('.sign-in').innerText()).toContain('alice');
  expect(await who()).toBe('alice');
  expect(await page.evaluate('document.cookie')).toBe('');
  await screenshot('signed-in');
  // Another site's link brings no session along; another site's page gets no answer out of it.
  const [{ sameSite, httpOnly }] = (await page.context().cookies()).filter(({ name }) => name === 'dipper_session') as unknown as [{ sameSite: string; httpOnly: boolean }];
  expect([sameSite, httpOnly]).toEqual(['Strict', true]);

  await Promise.all([page.waitForEvent('load'), page.getByRole('button', { name: 'Sign out' }).click()]);
  await eventually(() => page.locator('.sign-in').innerText()).toBe('Sign in');
  expect(await who()).toBe('anonymous');
  expect(requests.filter((url) => ![dipper, guarded, issuer].some((own) => url.startsWith(`${own}/`)) && !url.startsWith('data:'))).toEqual([]);
});

/** Kept for people to look at where SCREENSHOTS names a folder. */
async function screenshot(name: string): Promise<void> {
  const folder = process.env['SCREENSHOTS'];
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: `${folder}/${name}.png` });
}
