import { describe, expect, it } from 'vitest';
import { createSession } from '../../../../src/datasources/rucio/session.js';

/** A login that counts, whose tokens last so long. */
function counting(milliseconds: number) {
  let count = 0;
  return async () => ({ value: `token-${++count}`, expires: Date.now() + milliseconds });
}

describe('createSession', () => {
  it('keeps a token while it is good, and renews it before its end', async () => {
    const long = createSession(counting(3_600_000));
    expect([await long.token(), await long.token()]).toEqual(['token-1', 'token-1']);
    const short = createSession(counting(30_000));
    expect([await short.token(), await short.token()]).toEqual(['token-1', 'token-2']);
  });

  it('forgets the token it is told to, and no newer one', async () => {
    const session = createSession(counting(3_600_000));
    session.forget(await session.token());
    expect(await session.token()).toBe('token-2');
    session.forget('token-1');
    expect(await session.token()).toBe('token-2');
  });

  it('lets one caller go without taking the login from the others', async () => {
    let finish = (_: { value: string; expires: number }): void => undefined;
    const session = createSession(() => new Promise((resolve) => { finish = resolve; }));
    const gone = new AbortController();
    const left = session.token(gone.signal);
    const stays = session.token();
    gone.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    finish({ value: 'token', expires: Date.now() + 3_600_000 });
    expect(await stays).toBe('token');
  });

  it('tries again after a login that failed', async () => {
    let fails = true;
    const session = createSession(async () => {
      if (fails) throw new Error('down');
      return { value: 'token', expires: Date.now() + 3_600_000 };
    });
    await expect(session.token()).rejects.toThrow('down');
    fails = false;
    expect(await session.token()).toBe('token');
  });
});
