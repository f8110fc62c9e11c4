/**
 * Keeps esbuild inside a fence: the modules, texts and assets it loads, the options it finds beside them and the
 * source maps they point to.
 *
 * A file is checked when it is loaded and not when its name is resolved. By then every kind of import has become a
 * path, and the message can name the import. A build asks about each of its files, so the answer costs no promise: the
 * thread of a build has nothing else to do.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Fence } from './fence.ts'
import { optionProblems } from './tsconfig.ts'

const SCRIPT = /\.[cm]?[jt]sx?$/
const SOURCE_MAP = /[#@]\s*sourceMappingURL=([^\s'"`*]+)/g
const SOURCE_MAP_NAME = 'sourceMappingURL='

/** The detail of its errors. */
export const OUTSIDE: unique symbol = Symbol('outside')

/** Returns what says of the files of one build, by their absolute paths, why they may not be loaded. */
export function moduleProblems(fence: Fence): (path: string) => string | undefined {
  const optionsOf = optionProblems(fence)
  return (path) => fence.problem(path) ?? optionsOf(dirname(path)) ?? sourceMapProblem(fence, path)
}

/** esbuild reads source maps itself, to map places to the original files. */
function sourceMapProblem(fence: Fence, path: string): string | undefined {
  if (!SCRIPT.test(path)) return undefined
  const content = read(path)
  if (content === undefined || !content.includes(SOURCE_MAP_NAME)) return undefined
  for (const [, url = ''] of content.toString('utf8').matchAll(SOURCE_MAP)) {
    const file = fileOf(url, dirname(path))
    const problem = file === undefined ? undefined : fence.problem(file)
    if (problem !== undefined) return problem
  }
  return undefined
}

function read(path: string): Buffer | undefined {
  try {
    return readFileSync(path)
  } catch {
    return undefined // esbuild says why it cannot be read
  }
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
