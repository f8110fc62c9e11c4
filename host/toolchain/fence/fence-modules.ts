/**
 * Keeps esbuild inside a fence: the modules, texts and assets it loads, the options it finds beside them and the
 * source maps they point to.
 *
 * A file is checked when it is loaded and not when its name is resolved. By then every kind of import has become a
 * path, and the message can name the import.
 *
 * @module
 */
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'esbuild'
import type { Fence } from './fence.ts'
import { optionsProblem } from './tsconfig.ts'

const SCRIPT = /\.[cm]?[jt]sx?$/
const SOURCE_MAP = /[#@]\s*sourceMappingURL=([^\s'"`*]+)/g

/** The detail of its errors. */
export const OUTSIDE: unique symbol = Symbol('outside')

export function fenceModules(fence: Fence): Plugin {
  return {
    name: 'mayfly-fence',
    setup(build) {
      const checked = new Map<string, string | undefined>()
      const optionsOf = (directory: string): string | undefined => {
        if (!checked.has(directory)) checked.set(directory, optionsProblem(fence, directory))
        return checked.get(directory)
      }
      build.onLoad({ filter: /./, namespace: 'file' }, async ({ path }) => {
        const text =
          fence.problem(path) ?? optionsOf(dirname(path)) ?? (await sourceMapProblem(fence, path))
        return text === undefined ? undefined : { errors: [{ text, detail: OUTSIDE }] }
      })
    },
  }
}

/** esbuild reads source maps itself, to map places to the original files. */
async function sourceMapProblem(fence: Fence, path: string): Promise<string | undefined> {
  if (!SCRIPT.test(path)) return undefined
  const text = await readFile(path, 'utf8').catch(() => '')
  if (!text.includes('sourceMappingURL=')) return undefined
  for (const [, url = ''] of text.matchAll(SOURCE_MAP)) {
    const file = fileOf(url, dirname(path))
    const problem = file === undefined ? undefined : fence.problem(file)
    if (problem !== undefined) return problem
  }
  return undefined
}

function fileOf(url: string, directory: string): string | undefined {
  if (/^file:/i.test(url)) {
    try {
      return fileURLToPath(url)
    } catch {
      return undefined
    }
  }
  if (/^[a-z][\w+.-]+:/i.test(url)) return undefined
  try {
    return resolve(directory, decodeURI(url))
  } catch {
    return resolve(directory, url)
  }
}
