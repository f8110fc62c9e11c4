/** Where tests are and how they run. The root stays free of tool files, so the scripts name this one. @module */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const ROOT = new URL('..', import.meta.url).pathname
const TESTS = '{runtime,host,components,bench,.github}/**/*.test.ts'
const EXCLUDED = ['**/node_modules/**', 'dist/**', 'host/cli/verbs/new/templates/**']

// The threads and processes that tests start strip and compile the same modules: once a checkout, not once each.
process.env['NODE_COMPILE_CACHE'] ??= join(ROOT, 'node_modules/.vitest-cache/compiled')

/**
 * What changes or measures more than the file's own objects: mocks, globals, the environment, the heap, how much a
 * process has at all. A file with one of these has a process of its own, and so has each that goes through the whole
 * stack.
 */
const CHANGES_PROCESS =
  /\bvi\.(?:mock|doMock|hoisted|resetModules|stub|spyOn|useFakeTimers)|\bgc\(|memoryUsage|process\.(?:env\b.*\] =|chdir|on\(|once\()|(?:globalThis|prototype)\.[\w.]+ =[^=]|defineProperty\(globalThis|WeakRef|FinalizationRegistry|testing\/(?:leaks|live-instances|fill-memories|not-shared|watched-stamps)/
// The guest library puts its own classes in the place of those of Node.
const GUEST_LIBRARY = 'components/guest/'

const apart = globSync(TESTS, { cwd: ROOT, exclude: EXCLUDED }).filter(isApart)

function isApart(file: string): boolean {
  if (file.endsWith('.e2e.test.ts') || file.startsWith(GUEST_LIBRARY)) return true
  const text = readFileSync(join(ROOT, file), 'utf8')
  return text.includes(GUEST_LIBRARY) || CHANGES_PROCESS.test(text)
}

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
    globalSetup: '.config/build-engine.ts',
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
        },
      },
    ],
  },
})
