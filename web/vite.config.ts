import { defineConfig } from 'vite';

// Everything the page needs is in the bundle, so that it works where there is no way out to other hosts.
export default defineConfig({
  base: '/graphiql/',
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    // Monaco, the editor, is one big chunk; there is nothing to split off that the page could do without.
    chunkSizeWarningLimit: 4000,
    rolldownOptions: {
      // "use client" in GraphiQL's packages is for server rendering, which is not done here.
      onwarn: (warning, warn) => warning.code === 'MODULE_LEVEL_DIRECTIVE' || warn(warning),
    },
  },
  worker: { format: 'es' },
  server: { proxy: { '/graphql': 'http://127.0.0.1:4000', '/auth': 'http://127.0.0.1:4000' } },
});
