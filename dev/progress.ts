import { Listr } from 'listr2';

export type Say = (text: string) => void;
/** One part of a start. Parts run side by side and wait for each other themselves; `say` tells what happens now. */
export interface Step { readonly title: string; readonly run: (say: Say) => Promise<void> }
export type Report = (steps: readonly Step[]) => Promise<void>;

/** Moving lines for a terminal. */
const moving: Report = async (steps) => {
  const tasks = steps.map(({ title, run }) => ({
    title,
    task: async (_: unknown, task: { title: string; output: string }) => {
      const start = performance.now();
      await run((text) => { task.output = text; });
      task.title = `${title} ${seconds(start)}`;
    },
  }));
  await new Listr(tasks, { concurrent: true, registerSignalListeners: false, rendererOptions: { showErrorMessage: false, collapseErrors: false } }).run();
};

/** Plain lines for logs and CI; a part that tells much is heard every three seconds. */
export const plain: Report = async (steps) => {
  await Promise.all(steps.map(async ({ title, run }) => {
    const start = performance.now();
    let heard = -Infinity;
    await run((text) => {
      if (performance.now() - heard < 3_000) return;
      heard = performance.now();
      console.log(`  ${title}: ${text}`);
    });
    console.log(`  ${title}: ready ${seconds(start)}`);
  }));
};

const seconds = (start: number) => `(${((performance.now() - start) / 1000).toFixed(1)} s)`;

export const progress: Report = (steps) => (process.stdout.isTTY && process.stdout.columns > 40 && !process.env['CI'] ? moving : plain)(steps);
