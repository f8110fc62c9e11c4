/** Where tests are and how they run. The root stays free of tool files, so the scripts name this one. @module */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    globalSetup: '.config/build-engine.ts',
    include: ['{runtime,host,components,bench,.github}/**/*.test.ts'],
    exclude: ['**/node_modules/**', 'dist/**', 'host/cli/verbs/new/templates/**'],
    // Two cores are what CI has: more forks would only take turns.
    maxWorkers: 2,
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
