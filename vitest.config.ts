import { defineConfig } from 'vitest/config';

// Tests on the dev stack share it, and some take parts of it down: they run one file after another.
const onStack = Boolean(process.env['DIPPER_TEST_STACK']);

export default defineConfig({
  // graphql 16 has no "exports": Vite would take its ESM build while Node gives Apollo and type-graphql the CJS one.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    setupFiles: ['reflect-metadata'],
    fileParallelism: !onStack,
    testTimeout: onStack ? 60_000 : 20_000,
    hookTimeout: 120_000,
  },
});
