// Lint holds the import arrows of docs/architecture.md, no cycles, file length, and the rules of the code.
import importX from 'eslint-plugin-import-x';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import tseslint from 'typescript-eslint';

const src = (name) => `./src/${name}`;
/** What each layer must not import: everything but what is named. */
const layers = ['domain', 'config.ts', 'errors.ts', 'schema', 'read', 'resolvers', 'context.ts', 'loaders.ts', 'datasources', 'auth', 'services', 'daemons', 'http', 'app.ts', 'signing-in.ts', 'explainer.ts', 'cli', 'main.ts', 'generated'];
const may = {
  domain: ['errors.ts'],
  'errors.ts': [],
  'config.ts': ['domain', 'errors.ts'],
  schema: ['domain'],
  datasources: ['domain', 'errors.ts'],
  auth: ['domain', 'errors.ts', 'datasources'],
  services: ['domain', 'errors.ts', 'datasources'],
  read: ['domain', 'errors.ts', 'schema', 'datasources'],
  resolvers: ['domain', 'errors.ts', 'schema', 'read', 'services', 'context.ts', 'auth'],
  'loaders.ts': ['domain', 'errors.ts', 'services', 'datasources', 'auth'],
  'context.ts': ['domain', 'errors.ts', 'services', 'datasources', 'auth', 'loaders.ts', 'read'],
  daemons: ['domain', 'errors.ts', 'services', 'datasources'],
  http: ['domain', 'errors.ts', 'schema', 'read', 'resolvers', 'context.ts', 'loaders.ts', 'services', 'auth', 'datasources'],
  cli: ['app.ts', 'signing-in.ts', 'explainer.ts', 'config.ts', 'errors.ts', 'domain', 'auth', 'daemons', 'services', 'datasources', 'generated'],
};
const zones = Object.entries(may).map(([layer, allowed]) => ({
  target: src(layer),
  from: layers.filter((other) => other !== layer && !allowed.includes(other)).map(src),
}));

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.dipper/', 'src/generated/', 'web/src/generated/'] },
  ...tseslint.configs.strict,
  {
    files: ['**/*.ts', '**/*.tsx'],
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver-next': [createTypeScriptImportResolver()] },
    rules: {
      'max-lines': ['error', 300],
      'import-x/no-cycle': 'error',
      'import-x/no-default-export': 'error',
      'import-x/no-restricted-paths': ['error', { zones: [
        ...zones,
        { target: './src', from: ['./dev', './test', './web'] },
        { target: './web', from: './src' },
        { target: './src/datasources/rucio', from: ['./src/datasources/mirror', './src/datasources/rucio-db', './src/datasources/cache'] },
        { target: './src/datasources/mirror', from: ['./src/datasources/rucio', './src/datasources/rucio-db', './src/datasources/cache'] },
        { target: './src/datasources/rucio-db', from: ['./src/datasources/rucio', './src/datasources/mirror', './src/datasources/cache'] },
      ] }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-extraneous-class': 'off',
      '@typescript-eslint/consistent-type-imports': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  { files: ['src/**/*.ts'], ignores: ['src/config.ts'], rules: { 'no-restricted-properties': ['error', { object: 'process', property: 'env', message: 'Only src/config.ts reads the environment.' }] } },
  { files: ['src/read/**/*.ts'], ignores: ['src/read/visible-tables.ts', 'src/read/every-scope.ts'], rules: { 'no-restricted-syntax': ['error', {
    selector: String.raw`TemplateElement[value.raw=/\bmirror\.(file|collection|rule|content_file|content_collection)\b/]`, message: 'Read the tables as the viewer sees them: look.tables.',
  }] } },
  { files: ['*.config.ts', 'web/vite.config.ts'], rules: { 'import-x/no-default-export': 'off' } },
);
