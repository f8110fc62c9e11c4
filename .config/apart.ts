/**
 * Which test files have a process of their own.
 *
 * The others share one a core, which saves half of what they cost: a start, and the modules they import. So a file is
 * apart if it, or a module that it imports, changes or measures more than its own objects. `shared-process.ts` fails a
 * file that this overlooks.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

/** Mocks, the environment, globals, the heap, and how much a process has at all. Searched for in the test file. */
const CHANGES_PROCESS =
  /\bvi\.(?:mock|doMock|hoisted|resetModules|stub|spyOn|useFakeTimers)|\bgc\(|memoryUsage|process\.(?:env\b.*\] =|chdir|on\(|once\()|(?:globalThis|prototype)\.[\w.]+ =[^=]|defineProperty\(globalThis|WeakRef|FinalizationRegistry/
/** What puts classes of its own in the place of those of Node, or measures. Searched for among all imported modules. */
const REPLACES_GLOBALS =
  /^(?:@hono\/node-server|components\/guest\/|.*\/testing\/(?:leaks|live-instances|fill-memories|not-shared|watched-stamps)\.ts$)/
const IMPORT = /\b(?:from|import)\s*\(?\s*'([^']+)'/g

/**
 * @param root - an absolute path
 * @returns the test: whether a file, by its path from `root`, has a process of its own
 */
export function apartIn(root: string): (file: string) => boolean {
  const known = new Map<string, readonly string[]>()

  function importsOf(file: string): readonly string[] {
    let found = known.get(file)
    if (found === undefined) {
      const names = [...textOf(join(root, file)).matchAll(IMPORT)].map(([, name = '']) => name)
      found = names.map((name) =>
        name.startsWith('.') ? relative(root, join(root, dirname(file), name)) : name,
      )
      known.set(file, found)
    }
    return found
  }

  function reaches(file: string): boolean {
    const seen = new Set([file])
    for (const each of seen) {
      if (REPLACES_GLOBALS.test(each)) return true
      if (each.endsWith('.ts')) for (const imported of importsOf(each)) seen.add(imported)
    }
    return false
  }

  return (file) =>
    file.endsWith('.e2e.test.ts') || CHANGES_PROCESS.test(textOf(join(root, file))) || reaches(file)
}

/** Empty for what is no file, such as an import in the source of an agent that a test writes. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
