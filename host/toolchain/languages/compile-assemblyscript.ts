/**
 * Runs the AssemblyScript compiler over an agent and the library, in memory.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { dirname, posix, relative, resolve, sep } from 'node:path'
import { buildError, type SourceProblem } from '../build-error.ts'
import { FENCE_HINT } from '../fence/index.ts'
import { GUEST_DIRECTORY } from '../package-files.ts'
import { toShown } from '../shown-path.ts'
import type { EngineBuild } from './language.ts'

export interface CompiledModule {
  readonly binary: Uint8Array
  /** Whether the agent waits without a stack. */
  readonly waits: boolean
  /** Absolute paths of every file read. */
  readonly inputs: readonly string[]
}

/** The part of the compiler used here: its own types bring in globals of AssemblyScript. */
interface Compiler {
  main(args: readonly string[], options: CompilerOptions): Promise<{ error: Error | null }>
}

interface CompilerOptions {
  readFile(name: string, base: string): string | null
  writeFile(name: string, content: string | Uint8Array): void
  listFiles(directory: string): readonly string[]
  reportDiagnostic(diagnostic: Diagnostic): void
  readonly transforms: readonly Transform[]
}

/** Code that the compiler calls between its steps. */
interface Transform {
  /** Called when all files are parsed; those that it adds are parsed then. */
  afterParse(parser: Parser): void
}

interface Parser {
  parseFile(text: string, path: string, isEntry: boolean): void
}

interface Diagnostic {
  readonly code: number
  readonly category: number
  readonly message: string
  readonly range: {
    readonly start: number
    readonly source: { readonly normalizedPath: string }
  } | null
}

const COMPILER: string = 'assemblyscript/asc'
const ERROR = 3 // DiagnosticCategory.Error
const OUTPUT = 'agent.wasm'
const LIBRARY = resolve(GUEST_DIRECTORY, 'assemblyscript')
const LIBRARY_IMPORT = /(\bfrom\s+)(['"])mayfly\/guest(?:\/assemblyscript(\/waiting)?)?\2/g
/** The module of the library for agents that wait without a stack. */
const WAITING = resolve(LIBRARY, 'waiting.as.ts')

// Small rather than fast, because V8 compiles an agent at every load, and only the compiler's assertions.
// With `abort=` an abort is a trap; AssemblyScript would call the host.
// prettier-ignore
const OPTIONS = [
  '--outFile', OUTPUT, '--runtime', 'stub', '--optimizeLevel', '3', '--shrinkLevel', '1', '--converge',
  '--use', 'abort=',
]

/**
 * Compiles the agent at `source`, and with it the library's `abi.as.ts` or, if it waits without a stack,
 * `abi-waiting.as.ts`: its exports become the module's.
 *
 * @throws {MayflyError} ERR_BUILD_FAILED with every problem the compiler reports
 */
export async function compileAssemblyScript({
  agent,
  source,
  fence,
}: EngineBuild): Promise<CompiledModule> {
  const { default: compiler } = (await import(COMPILER)) as { default: Compiler }
  const directory = dirname(source)
  const inputs = new Map<string, string>()
  const problems: SourceProblem[] = []
  const outside = new Set<string>()
  let binary: Uint8Array | undefined
  const { error } = await compiler.main([nameFrom(directory, source), ...OPTIONS], {
    readFile(name) {
      const path = resolve(directory, name)
      if (!fence.allows(path)) {
        outside.add(path)
        return null
      }
      // A file of options beside the agent would change the result without being part of the cache's key.
      const text = name === 'asconfig.json' ? null : read(path)
      if (text === null) return null
      // One module, one name: by its package name the library would be compiled twice, with two states.
      const resolved = withLibrary(text, dirname(path))
      inputs.set(path, resolved)
      return resolved
    },
    writeFile(name, content) {
      if (name === OUTPUT && content instanceof Uint8Array) binary = content
    },
    listFiles: () => [],
    reportDiagnostic(diagnostic) {
      if (diagnostic.category === ERROR) problems.push(toProblem(diagnostic, directory, inputs))
    },
    transforms: [
      {
        // Which functions the host calls is known when all of the agent's imports are.
        afterParse(parser) {
          const path = resolve(LIBRARY, inputs.has(WAITING) ? 'abi-waiting.as.ts' : 'abi.as.ts')
          const text = readFileSync(path, 'utf8')
          inputs.set(path, text)
          parser.parseFile(text, posix.normalize(nameFrom(directory, path)), true)
        },
      },
    ],
  })
  if (outside.size > 0) {
    const refused = [...outside].map((path) => ({ message: fence.problem(path) ?? '' }))
    throw buildError(agent, withPlaces(refused, problems), { hint: FENCE_HINT, cause: error })
  }
  if (problems.length > 0 || binary === undefined) {
    const message = error?.message ?? 'the compiler wrote nothing'
    const listed = problems.length > 0 ? problems : [{ message, file: toShown(source) }]
    throw buildError(agent, listed, { cause: error })
  }
  return { binary, waits: inputs.has(WAITING), inputs: [...inputs.keys()] }
}

/** Names the modules of the library by their paths. */
function withLibrary(text: string, directory: string): string {
  return text.replaceAll(LIBRARY_IMPORT, (_, from: string, quote: string, waiting?: string) => {
    const module = resolve(LIBRARY, waiting === undefined ? 'index.as' : 'waiting.as')
    return `${from}${quote}${nameFrom(directory, module)}${quote}`
  })
}

const NOT_FOUND = /^File '.*' not found\.$/

/** The compiler reports missing files in the order in which they were refused, so the two lists match. */
function withPlaces(
  refused: readonly SourceProblem[],
  problems: readonly SourceProblem[],
): SourceProblem[] {
  const places = problems.filter(({ message }) => NOT_FOUND.test(message))
  return refused.map((problem, at) => ({ ...places[at], ...problem }))
}

/** The compiler wants relative names with slashes. */
function nameFrom(directory: string, path: string): string {
  const name = relative(directory, path).split(sep).join('/')
  return name.startsWith('.') ? name : `./${name}`
}

function toProblem(
  { message, range }: Diagnostic,
  directory: string,
  texts: ReadonlyMap<string, string>,
): SourceProblem {
  if (range === null) return { message }
  const path = resolve(directory, range.source.normalizedPath)
  const text = texts.get(path)
  // A file of the compiler's own library, which is not read from here.
  if (text === undefined) return { message, file: range.source.normalizedPath }
  const before = text.slice(0, range.start).split('\n')
  const line = before.length
  const lineText = text.split('\n')[line - 1]
  return {
    message,
    file: toShown(path),
    line,
    column: (before.at(-1)?.length ?? 0) + 1,
    ...(lineText === undefined ? {} : { lineText }),
  }
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null // The compiler asks for several names of a module until one is there
  }
}
