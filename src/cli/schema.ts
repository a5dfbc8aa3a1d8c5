import { Command } from 'commander';
import { fieldsPage } from './fields-page.js';
import { run } from './run.js';

// Needs the field registry only.
export const schemaCommand = (): Command => new Command('schema').description('print the GraphQL schema')
  .option('--fields', 'print the page of metadata fields instead, as committed in docs/fields.md')
  .action(({ fields: page }: { fields?: boolean }) => run('schema', async ({ fields }) => {
    const { emitSchema } = await import('../emit-schema.js'); // with GraphQL, which other commands do without
    process.stdout.write(page ? fieldsPage(fields) : await emitSchema(fields));
  }));
