/** Where tests are and how they run. The root stays free of tool files, so the scripts name this one. @module */
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { apartIn } from './apart.ts'

const ROOT = new URL('..', import.meta.url).pathname
const TESTS = '{runtime,host,components,bench,.github}/**/*.test.ts'
const EXCLUDED = ['**/node_modules/**', 'dist/**', 'host/cli/verbs/new/templates/**']

// The threads and processes that tests start strip and compile the same modules: once a checkout, not once each.
process.env['NODE_COMPILE_CACHE'] ??= join(ROOT, 'node_modules/.vitest-cache/compiled')

const apart = globSync(TESTS, { cwd: ROOT, exclude: EXCLUDED }).filter(apartIn(ROOT))

/** The long ones first, so that no core is idle at the end; shared processes are kept only between files that share. */
class ApartFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    return sorted.toSorted(
      (a, b) => Number(b.project.config.isolate) - Number(a.project.config.isolate),
    )
  }
}

export default defineConfig({
  root: ROOT,
  test: {
    globalSetup: ['.config/build-engine.ts', '.config/host-bundle.ts'],
    // Two cores are what CI has: more forks would only take turns.
    maxWorkers: 2,
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 120_000,
    sequence: { sequencer: ApartFirst },
    projects: [
      { extends: true, test: { name: 'apart', include: apart, exclude: EXCLUDED } },
      {
        extends: true,
        test: {
          name: 'shared',
          include: [TESTS],
          exclude: [...EXCLUDED, ...apart],
          isolate: false,
          setupFiles: '.config/shared-process.ts',
        },
      },
    ],
  },
})
