import { expect, it } from 'vitest';
import { createApp } from '../../src/app.js';
import { ask } from '../support/ask.js';
import { configOn, scratchArchive } from '../support/scratch-archive.js';
import { testStack } from '../support/stack.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const stack = testStack();
const query = '{ files(first: 1) { nodes { lfn } } }';

it('a mirror that says nothing ends in an error within some seconds, and is asked again when it speaks', async () => {
  const { mirrorUrl, close } = await scratchArchive(stack);
  const proxy = await TcpProxy.open(mirrorUrl);
  const app = await createApp(configOn(stack, proxy.through(mirrorUrl), { DIPPER_TIMEOUT_SECONDS: '1' }));
  const url = await app.start();
  expect((await ask(url, query)).status).toBe(200);
  proxy.stall();
  const begun = Date.now();
  const { status, errors } = await ask(url, query);
  expect([status, errors?.[0]?.extensions.code]).toEqual([200, 'TIMEOUT']); // on the connection that was there
  expect(Date.now() - begun).toBeLessThan(20_000);
  expect((await ask(url, query)).errors?.[0]?.extensions.code).toMatch(/^(UNAVAILABLE|TIMEOUT)$/); // on a new one
  proxy.resume();
  await expect.poll(async () => (await ask(url, query)).data?.['files'], { timeout: 20_000 }).toBeTruthy();
  await app.stop();
  await proxy.close();
  await close();
});
