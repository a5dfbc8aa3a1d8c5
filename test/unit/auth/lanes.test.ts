import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createLanes } from '../../../src/auth/certificate/lanes.js';

describe('work of many, few at a time', () => {
  it('is done at most so many at a time, and one at a time of each', async () => {
    const lanes = createLanes({ atATime: 2, waiting: 10, waitingInAll: 100 });
    let now = 0;
    let most = 0;
    const ofEach = new Map<string, number>();
    const work = (whose: string) => lanes.run(whose, async () => {
      now += 1;
      most = Math.max(most, now);
      ofEach.set(whose, (ofEach.get(whose) ?? 0) + 1);
      expect(ofEach.get(whose)).toBe(1);
      await sleep(2);
      ofEach.set(whose, 0);
      now -= 1;
    });
    await Promise.all(['a', 'a', 'a', 'b', 'b', 'c', 'd'].map(work));
    expect(most).toBe(2);
  });

  it('of one who brings much waits behind that of others', async () => {
    const lanes = createLanes({ atATime: 1, waiting: 50, waitingInAll: 100 });
    const done: string[] = [];
    const work = (whose: string) => lanes.run(whose, async () => { await sleep(1); done.push(whose); });
    const all = [...Array.from({ length: 20 }, () => work('much')), work('little')];
    await Promise.all(all);
    expect(done.indexOf('little')).toBeLessThan(3);
  });

  it('is refused where too much waits, of one or in all', async () => {
    const lanes = createLanes({ atATime: 1, waiting: 2, waitingInAll: 3 });
    const works = ['a', 'a', 'a', 'a', 'b', 'c', 'd'].map((whose) => lanes.run(whose, () => sleep(1, whose)).catch((error: { code: string }) => error.code));
    expect(await Promise.all(works)).toEqual(['a', 'a', 'a', 'RATE_LIMIT', 'b', 'UNAVAILABLE', 'UNAVAILABLE']);
    expect(await lanes.run('a', () => sleep(1, 'later'))).toBe('later');
  });

  it('that fails leaves its place to the next', async () => {
    const lanes = createLanes({ atATime: 1, waiting: 9, waitingInAll: 9 });
    await expect(lanes.run('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await lanes.run('a', async () => 'yes')).toBe('yes');
  });
});
