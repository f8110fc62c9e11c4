/**
 * Runs clang over an agent in C.
 *
 * @module
 */
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { devNull, tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { MayflyError } from '../../../runtime/errors/index.ts'
import { buildError, type SourceProblem } from '../build-error.ts'
import { FENCE_HINT, realPath, type Fence } from '../fence/index.ts'
import { toShown } from '../shown-path.ts'
import type { EngineBuild } from './language.ts'
import { findTool, runTool, type ToolOutcome } from './run-tool.ts'

export interface CompiledC {
  readonly binary: Uint8Array
  /** Absolute paths of the files read. */
  readonly inputs: readonly string[]
}

const PACKAGES = 'On Debian: apt install clang lld wasi-libc libclang-rt-dev-wasm32'

// The name of the target in every clang: newer ones know it as wasm32-wasip1 too.
// `malloc` is for the adapter, see `with-realloc.ts`.
const OPTIONS = [
  '--target=wasm32-wasi',
  '-O2',
  '-fno-color-diagnostics',
  // Assembly can include files, and nothing lists them.
  '-fno-gnu-inline-asm',
  '-Wl,--strip-all,--export=malloc',
]

// A header may be a device that has no end.
const MEMORY_BYTES = 4 * 1024 ** 3

/**
 * Compiles the program at `source`.
 *
 * @throws {MayflyError} ERR_BUILD_FAILED with every problem the compiler reports, or with the missing package
 */
export async function compileC({ agent, source, fence }: EngineBuild): Promise<CompiledC> {
  const clang = findTool('clang')
  if (clang === undefined) throw missing(agent, 'no "clang" on the path')
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-c-'))
  const output = join(folder, 'agent.wasm')
  const listing = join(folder, 'agent.d')
  try {
    const directory = dirname(source)
    // Without debug information: it would name the folder, and equal sources are to make equal components.
    const args = [...OPTIONS, '-MD', '-MF', listing, '-o', output, source]
    const outcome = await runTool(clang, args, { cwd: directory, memoryBytes: MEMORY_BYTES })
    const inputs = prerequisites(await readFile(listing, 'utf8').catch(() => ''), directory)
    const inside = fence.with(await systemFolders(clang))
    // The listing has every file that was looked at. Before anything of them is shown.
    const outside = inputs.find((path) => !inside.allows(path))
    if (outside !== undefined) throw leadsOut(agent, inside, outside, inputs)
    if (outcome.exitCode !== 0) throw explain(agent, source, outcome, inside)
    return { binary: new Uint8Array(await readFile(output)), inputs: [clang, ...inputs] }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The files named in a rule for make: `agent.o: a.c \` and so on, blanks in names escaped. */
function prerequisites(rule: string, directory: string): string[] {
  const names = rule
    .slice(rule.indexOf(': ') + 1)
    .replaceAll('\\\n', ' ')
    .match(/(?:\\.|\S)+/g)
  return [...new Set(names ?? [])]
    .map((name) => resolve(directory, name.replaceAll(/\\(.)/g, '$1')))
    .filter((path) => existsSync(path))
}

const folders = new Map<string, readonly string[]>()

/** Where clang looks for headers of the system: the first line of the list and the last are known. */
async function systemFolders(clang: string): Promise<readonly string[]> {
  const known = folders.get(clang)
  if (known !== undefined) return known
  const args = ['--target=wasm32-wasi', '-E', '-v', '-x', 'c', devNull]
  const { stderr } = await runTool(clang, args, { cwd: tmpdir() })
  const [, list = ''] =
    /^#include <\.\.\.> search starts here:\n([^]*?)^End of search/m.exec(stderr) ?? []
  const found = list.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]))
  folders.set(clang, found)
  return found
}

const INCLUSION = /^\s*#\s*(?:include|include_next|import|embed)\s*["<]([^">]+)[">]/

/** The error of a file outside, at the line that includes it, where one names it. */
function leadsOut(
  agent: string,
  fence: Fence,
  outside: string,
  inputs: readonly string[],
): MayflyError {
  const message = fence.problem(outside) ?? ''
  for (const file of inputs.filter((path) => fence.allows(path))) {
    const lines = readFileSync(file, 'utf8').split(/\r?\n/)
    const at = lines.findIndex((text) => {
      const [, name] = INCLUSION.exec(text) ?? []
      return name !== undefined && realPath(resolve(dirname(file), name)) === realPath(outside)
    })
    const text = lines[at]
    if (text === undefined) continue
    const column = text.length - text.trimStart().length + 1
    const problem = { message, file: toShown(file), line: at + 1, column, lineText: text }
    return buildError(agent, [problem], { hint: FENCE_HINT })
  }
  return buildError(agent, [{ message }], { hint: FENCE_HINT })
}

const PLACE = /^(.+?):(\d+):(\d+): (?:fatal )?error: (.*)$/
const ASSEMBLY = 'inline assembly is disabled'
const NO_TOOLCHAIN =
  /unable to execute command|doesn't exist|'(stdio|stdlib|string|stdint|errno|bits\/alltypes)\.h' file not found|cannot open crt1|unable to find library -lc\b|libclang_rt\.builtins|No available targets|unable to create target|unknown target triple/

function explain(
  agent: string,
  source: string,
  { stderr }: ToolOutcome,
  fence: Fence,
): MayflyError {
  const lines = stderr.split('\n')
  const unfit = lines.find((line) => NO_TOOLCHAIN.test(line))
  if (unfit !== undefined) return missing(agent, `clang cannot compile for WASI: ${unfit.trim()}`)
  const problems = lines.flatMap((line): SourceProblem[] => {
    const [, file, row, column, message] = PLACE.exec(line) ?? []
    if (file === undefined || message === undefined) return []
    const path = resolve(dirname(source), file)
    // The text of such an error is of the file.
    const outside = fence.problem(path)
    if (outside !== undefined) return [{ message: outside }]
    return [
      {
        message,
        file: toShown(path),
        line: Number(row),
        column: Number(column),
        ...lineText(path, Number(row)),
      },
    ]
  })
  if (lines.some((line) => line.includes(ASSEMBLY))) {
    const hint = 'Inline assembly is off in a build: it could include any file. Write it in C'
    return buildError(agent, problems, { hint })
  }
  const message = lines.filter((line) => /error/.test(line)).join('\n') || stderr.trim()
  return buildError(agent, problems.length > 0 ? problems : [{ message, file: toShown(source) }])
}

/** From the file: clang prints the line with its tabs expanded. */
function lineText(path: string, line: number): { lineText?: string } {
  try {
    const text = readFileSync(path, 'utf8').split(/\r?\n/)[line - 1]
    return text === undefined ? {} : { lineText: text }
  } catch {
    return {}
  }
}

function missing(agent: string, message: string): MayflyError {
  return buildError(agent, [{ message }], {
    hint: `C needs clang with lld, wasi-libc and the builtins of clang for wasm32. ${PACKAGES}`,
  })
}
