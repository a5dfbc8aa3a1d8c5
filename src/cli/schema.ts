import { Command } from 'commander';
import { readConfig } from '../config.js';
import { emitSchema } from '../emit-schema.js';

export const schemaCommand = (): Command => new Command('schema').description('print the GraphQL schema').action(async () => {
  // Needs the field registry only.
  process.stdout.write(await emitSchema(readConfig('schema').fields));
});
