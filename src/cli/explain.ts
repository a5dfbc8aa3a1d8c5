import { Command } from 'commander';
import { stringify } from 'lossless-json';
import { DipperError } from '../errors.js';
import { run } from './run.js';

function pageSize(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new DipperError('BAD_USER_INPUT', '--first takes a whole number.');
  return Number(text);
}

export const explainCommand = (): Command => new Command('explain')
  .description('say how a filter on files would be answered, and what that costs')
  .argument('<filter>', `as in GraphQL: '{ dataType: { eq: "event" } }'; the outer braces may be left out`)
  .option('--order-by <order>', `such as 'START_TIME desc, BYTES'`, '')
  .option('--first <count>', 'files on the page', '100')
  .option('--seen <filter>', 'for a viewer who sees only files that fit this filter, as grants of the access file have it')
  .option('--json', 'as JSON')
  .action((filter: string, { orderBy, first, seen, json }: { orderBy: string; first: string; seen?: string; json?: boolean }) => run('explain', async (config, signal) => {
    const question = { filter, orderBy: orderBy.split(',').map((one) => one.trim()).filter((one) => one !== ''), first: pageSize(first) };
    const { createExplainer } = await import('../explainer.js'); // with GraphQL, which other commands do without
    const explainer = await createExplainer(config, signal, seen);
    try {
      const explanation = await explainer.explain(question);
      process.stdout.write(json ? `${stringify(explanation, undefined, 2)}\n` : explainer.text(explanation));
    } finally {
      await explainer.close();
    }
  }));
