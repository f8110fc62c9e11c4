/**
 * The one way into a `Manifest`: text or an object of an embedder, checked once, frozen for good.
 *
 * Every problem is listed at once, because a manifest is mended by hand and a round trip a problem is slow.
 *
 * @module
 */
import { MayflyError } from '../errors/index.ts'
import { readManifestText, type Path } from './location.ts'
import { ENGINES, engineOf, runsSource, type Manifest } from './manifest.ts'
import { listProblems, type Problem } from './problem.ts'
import { manifestSchema, type ManifestFields } from './schema.ts'

// A hundred problems are enough for one reading. Each costs a search through the whole text for its line.
const MAX_PROBLEMS = 100

/** Facts about a manifest for messages. */
export interface ParseManifestOptions {
  /** Name of the file, as errors are to show it. */
  file: string
}

/**
 * Parses the text of an `agent.json`.
 *
 * @throws {MayflyError} ERR_MANIFEST_INVALID with every problem, each as `file:line:column: field: expected …, got …`
 *
 * @example
 * ```ts
 * const manifest = parseManifest('{ "name": "hello", "source": "agent.ts" }', { file: 'agent.json' })
 * ```
 */
export function parseManifest(text: string, { file }: ParseManifestOptions): Manifest {
  const source = readManifestText(text)
  if (source.problems.length > 0) {
    const lines = source.problems
      .slice(0, MAX_PROBLEMS)
      .map(({ offset, message }) => `${file}:${source.position(offset)}: ${message}`)
    throw refusal(file, lines)
  }
  const parsed = check(source.value, { needsCode: true })
  if ('manifest' in parsed) return parsed.manifest
  const located = parsed.problems.slice(0, MAX_PROBLEMS).map((problem) => ({
    problem,
    offset: problem.atKey ? source.offsetOfKey(problem.path) : source.offsetOf(problem.path),
  }))
  const lines = located
    .toSorted((a, b) => a.offset - b.offset)
    .map(({ problem, offset }) => `${file}:${source.position(offset)}: ${line(problem)}`)
  throw refusal(file, lines)
}

/**
 * Makes a manifest of an object. It is for embedders: they pass the component as bytes, so the object names no file.
 *
 * @throws {MayflyError} ERR_MANIFEST_INVALID with every problem, each as `field: expected …, got …`
 */
export function manifestFromObject(object: unknown): Manifest {
  const parsed = check(object, { needsCode: false })
  if ('manifest' in parsed) return parsed.manifest
  throw refusal('object', parsed.problems.slice(0, MAX_PROBLEMS).map(line))
}

interface CheckOptions {
  readonly needsCode: boolean
}

function check(
  input: unknown,
  { needsCode }: CheckOptions,
): { manifest: Manifest } | { problems: Problem[] } {
  const result = manifestSchema.safeParse(input)
  const problems = result.success ? [] : listProblems(manifestSchema, result.error.issues, input)
  // In a record of any names the schema loses such a key without a word.
  const lost = nameProblems(input).filter(
    ({ path }) => !problems.some((each) => isSame(each.path, path)),
  )
  problems.push(...lost)
  problems.push(...crossFieldProblems(input, needsCode))
  if (!result.success || problems.length > 0) return { problems }
  return { manifest: freeze(complete(result.data)) }
}

/** JavaScript has its own idea of a key `__proto__`. */
function nameProblems(value: unknown, path: Path = [], seen: Set<object> = new Set()): Problem[] {
  if (!isObject(value) || seen.has(value)) return []
  seen.add(value)
  const own = Array.isArray(value) ? [...value.entries()] : Object.entries(value)
  return own.flatMap(([key, field]) => {
    const at = [...path, key]
    if (key !== '__proto__') return nameProblems(field, at, seen)
    return [problem(at, 'expected another name, got "__proto__"', true)]
  })
}

function isSame(left: Path, right: Path): boolean {
  return left.length === right.length && left.every((part, index) => part === right[index])
}

/** Rules about more than one field, checked on the raw value because zod gives none when a field is off. */
function crossFieldProblems(input: unknown, needsCode: boolean): Problem[] {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return []
  const { source, component, engine, capabilities } = input as Readonly<Record<string, unknown>>
  const sealed = opaqueProblems(capabilities)
  if (sealed.length > 0) return sealed
  if (source !== undefined && component !== undefined) {
    return [problem(['component'], 'expected one of "source" and "component", got both', true)]
  }
  if (needsCode && source === undefined && component === undefined) {
    return [problem([], 'expected "source" or "component", got neither')]
  }
  const known = ENGINES.find((name) => name === engine)
  if (known === undefined) return []
  if (typeof source !== 'string') {
    if (component === undefined) return []
    return [problem(['engine'], 'expected no "engine" beside "component", which is built', true)]
  }
  if (runsSource(known, source)) return []
  return [problem(['engine'], `expected an engine that runs "${source}", got "${known}"`)]
}

/** Refuses "opaque" for a tool with linked interfaces: their functions return plain values to the agent. */
function opaqueProblems(capabilities: unknown): Problem[] {
  const tools =
    isObject(capabilities) && isObject(capabilities['tools']) ? capabilities['tools'] : {}
  return Object.entries(tools).flatMap(([name, tool]) =>
    isObject(tool) && tool['opaque'] !== undefined && tool['provides'] !== undefined
      ? [
          problem(
            ['capabilities', 'tools', name, 'provides'],
            'expected no "provides" beside "opaque": what functions return would be read',
            true,
          ),
        ]
      : [],
  )
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function problem(path: Path, message: string, atKey = false): Problem {
  return { path, message, atKey }
}

function complete(fields: ManifestFields): Manifest {
  const { $schema: _, route, engine, ...rest } = fields
  // zod's optional fields may hold `undefined`. Fields of a manifest never do, so undefined fields are left out.
  return prune({
    ...rest,
    engine: engine ?? (fields.source === undefined ? undefined : engineOf(fields.source)),
    route: route ?? `/${fields.name}/*`,
  }) as Manifest
}

function prune(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(prune)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, field]) => field !== undefined)
  return Object.fromEntries(entries.map(([key, field]) => [key, prune(field)]))
}

function freeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(freeze)
  return Object.freeze(value)
}

function line({ path, message }: Problem): string {
  const name = path.reduce<string>(
    (text, part) =>
      typeof part === 'number' ? `${text}[${part}]` : text === '' ? part : `${text}.${part}`,
    '',
  )
  return name === '' ? message : `${name}: ${message}`
}

function refusal(file: string, lines: readonly string[]): MayflyError {
  const count = lines.length === 1 ? '1 problem' : `${lines.length} problems`
  return new MayflyError(
    'ERR_MANIFEST_INVALID',
    `Cannot read manifest "${file}": ${count}\n${lines.map((text) => `  ${text}`).join('\n')}`,
    { facts: { file, problems: lines.length } },
  )
}
