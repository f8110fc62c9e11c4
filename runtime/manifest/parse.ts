/**
 * The one way into a `Manifest`: text or an object of an embedder, checked once, frozen for good.
 *
 * @module
 */
import {
  checkFields,
  documentOfObject,
  freeze,
  isObject,
  problem,
  prune,
  readDocument,
  type Checked,
  type DocumentKind,
  type Problem,
} from '../documents/index.ts'
import { ENGINES, engineOf, runsSource, type Manifest } from './manifest.ts'
import { manifestSchema, type ManifestFields } from './schema.ts'

/** Facts about a manifest for messages. */
export interface ParseManifestOptions {
  /** Name of the file, as errors are to show it. */
  file: string
}

/** @param needsCode - whether the file names the source or the component */
function manifestKind(needsCode: boolean): DocumentKind<Manifest> {
  return {
    what: 'manifest',
    code: 'ERR_MANIFEST_INVALID',
    check: (input) => check(input, needsCode),
  }
}

const MANIFEST_FILE = manifestKind(true)
const MANIFEST_OBJECT = manifestKind(false)

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
  return readDocument(text, file, MANIFEST_FILE)
}

/**
 * Makes a manifest of an object. It is for embedders: they pass the component as bytes, so the object names no file.
 *
 * @throws {MayflyError} ERR_MANIFEST_INVALID with every problem, each as `field: expected …, got …`
 */
export function manifestFromObject(object: unknown): Manifest {
  return documentOfObject(object, MANIFEST_OBJECT)
}

function check(input: unknown, needsCode: boolean): Checked<Manifest> {
  const { value, problems } = checkFields(manifestSchema, input)
  const all = [...problems, ...crossFieldProblems(input, needsCode)]
  return value === undefined || all.length > 0
    ? { problems: all }
    : { value: freeze(complete(value)) }
}

/** Rules about more than one field, checked on the raw value because zod gives none when a field is off. */
function crossFieldProblems(input: unknown, needsCode: boolean): Problem[] {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return []
  const { source, component, engine, build, capabilities } = input as Readonly<
    Record<string, unknown>
  >
  const sealed = opaqueProblems(capabilities)
  if (sealed.length > 0) return sealed
  if (source !== undefined && component !== undefined) {
    return [problem(['component'], 'expected one of "source" and "component", got both', true)]
  }
  if (needsCode && source === undefined && component === undefined) {
    return [problem([], 'expected "source" or "component", got neither')]
  }
  if (build !== undefined && !isBundled(source)) {
    const text = 'expected no "build" without a source in JavaScript or TypeScript'
    return [problem(['build'], text, true)]
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

function isBundled(source: unknown): boolean {
  return typeof source === 'string' && engineOf(source) === 'quickjs'
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

function complete(fields: ManifestFields): Manifest {
  const {
    $schema: _,
    route,
    hosts = [],
    schedule = [],
    consumes = {},
    engine,
    assets,
    ...rest
  } = fields
  const hasHosts = hosts.length > 0
  // zod's optional fields may hold `undefined`. Fields of a manifest never do, so undefined fields are left out.
  return prune({
    ...rest,
    engine: engine ?? (fields.source === undefined ? undefined : engineOf(fields.source)),
    route: route ?? (hasHosts ? undefined : `/${fields.name}/*`),
    hosts: hasHosts ? hosts : undefined,
    schedule: schedule.length > 0 ? schedule : undefined,
    consumes: Object.keys(consumes).length > 0 ? consumes : undefined,
    assets: typeof assets === 'string' ? { folder: assets } : assets,
  }) as Manifest
}
