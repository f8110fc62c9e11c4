/**
 * The engine as a component without an agent, and the data to put an agent in.
 *
 * Compiling the adapter, merging it with the engine, evaluating the library and wrapping the result take a
 * few seconds, so the template is kept on disk, in a folder named by the digest of everything it is made of.
 *
 * @module
 */
import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { ByteReader } from '../../../runtime/binary/index.ts'
import { hexOf } from '../../../runtime/digest/index.ts'
import { digestOf } from '../../digest/index.ts'
import {
  ENGINE_DIRECTORY,
  engineFiles,
  EVENTS_WORLD,
  exportedInterface,
  libraryFiles,
  PACKAGE_DIRECTORY,
  toolManifest,
  witWithEvents,
} from '../package-files.ts'
import { makeBase, type BasePlaces } from './base.ts'
import { adapterSources, compileAdapter } from './compile-adapter.ts'
import { ENGINE_VERSION } from './engine-version.ts'
import { libraryModules, preludeModule } from './library.ts'
import { boundEvaluator } from './evaluation-bounds.ts'
import { mergeEngine, mergeEvaluator } from './merge-engine.ts'
import { snapshotModule, type InstanceState } from './snapshot.ts'
import {
  readExports,
  readSections,
  SECTION,
  sectionOf,
  writeExports,
  writeSections,
  withSection,
  type ModuleExport,
  type Section,
} from './sections.ts'

export interface Template {
  /** Of all it is made of. */
  readonly digest: string
  /** Evaluates agents: bounded, in the state agents begin in, with the exports the build needs. */
  readonly evaluator: WebAssembly.Module
  /** Of the merged module in that state. */
  readonly sections: readonly Section[]
  /** Exports of an agent's module. */
  readonly exports: readonly ModuleExport[]
  readonly places: BasePlaces
  /** Returns the component of an agent with the core module `core`. */
  wrap(core: Uint8Array): Uint8Array<ArrayBuffer>
}

const TOOLS = ['quickjs-wasi', 'binaryen', 'assemblyscript', '@bytecodealliance/jco', 'esbuild']

// In a component, unlike in a module.
const CORE_MODULE_SECTION = 1
const COMPONENT_HEADER = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00]

/** Where templates are that come with the package, each in a folder named by its digest. */
export const SHIPPED: string = join(PACKAGE_DIRECTORY, 'dist', 'template')
/** Folder of the package for the template: it is the same for every project. */
export const SHARED: string = join(PACKAGE_DIRECTORY, '.mayfly', 'cache', 'quickjs')

const templates = new Map<string, Promise<Template>>()

/**
 * Returns the template, made at most once a package.
 *
 * @param cacheDirectory - where it is kept when the folder of the package cannot be written
 * @param shared - folders of the package that may have it; the last is where it is kept
 */
export function loadTemplate(
  cacheDirectory: string = join(PACKAGE_DIRECTORY, '.mayfly', 'cache'),
  shared: readonly string[] = [SHIPPED, SHARED],
): Promise<Template> {
  const places = [...shared, join(cacheDirectory, 'quickjs')]
  const key = places.join('\n')
  const known = templates.get(key)
  if (known !== undefined) return known
  const template = load(places, places.slice(-2))
  templates.set(key, template)
  // A failure is not kept: the disk may have been full.
  template.catch(() => templates.delete(key))
  return template
}

interface TemplateFiles {
  /** The merged module in the state agents begin in. */
  readonly core: Uint8Array
  /** The evaluator in that state, as `boundEvaluator` left it. */
  readonly evaluator: Uint8Array
  readonly places: BasePlaces
  /** A component; its first core module is replaced for each agent. */
  readonly component: Uint8Array
}

/**
 * @param places - folders it may be in
 * @param keepers - the folders among them for a new template; the first that can be written is used
 */
async function load(places: readonly string[], keepers: readonly string[]): Promise<Template> {
  const sources = adapterSources(ENGINE_DIRECTORY)
  const wit = witWithEvents()
  const files = engineFiles().concat(libraryFiles())
  const contents = await Promise.all(files.map((path) => readFile(path)))
  const manifests = await Promise.all(TOOLS.map((name) => readFile(toolManifest(name), 'utf8')))
  const texts = [ENGINE_VERSION, wit, ...manifests]
  const digest = hexOf(digestOf(...texts, ...contents))
  for (const place of places) {
    const directory = join(place, digest)
    const kept = await read(directory)
    if (kept === undefined) continue
    try {
      return open(digest, kept)
    } catch {
      // Damaged. Out of the way, so that the new one can take its name.
      await rm(directory, { recursive: true, force: true }).catch(() => {})
    }
  }
  const made = await make(sources, wit)
  for (const place of keepers) if (await write(join(place, digest), made)) break
  return open(digest, made)
}

async function make(sources: ReadonlyMap<string, string>, wit: string): Promise<TemplateFiles> {
  const engine = await readFile(createRequire(import.meta.url).resolve('quickjs-wasi/quickjs.wasm'))
  const adapter = await compileAdapter(sources)
  const [merged, evaluator] = await Promise.all([
    mergeEngine(engine, adapter),
    mergeEvaluator(engine, adapter),
  ])
  const { componentEmbed, componentNew } = await import('@bytecodealliance/jco')
  const sections = readSections(merged)
  const embedded = await componentEmbed({
    binary: writeSections(
      withSection(sections, SECTION.export, writeExports(agentExports(sections))),
    ),
    witSource: wit,
    world: EVENTS_WORLD,
    stringEncoding: 'utf8',
  })
  const table = sectionOf(sections, SECTION.table)
  const { state, places } = makeBase({
    module: new WebAssembly.Module(new Uint8Array(merged)),
    // The last of the table: `mergeEngine` made room for one.
    callHostIndex: new ByteReader(table, 3).u32() - 1,
    prelude: await preludeModule(),
    library: await libraryModules(),
  })
  return {
    core: withState(sections, state),
    evaluator: boundEvaluator(withState(readSections(evaluator), state)),
    places,
    component: await componentNew(embedded, []),
  }
}

/** Returns the module of `sections`, with `state` as the initial state of its instances. */
function withState(sections: readonly Section[], state: InstanceState): Uint8Array<ArrayBuffer> {
  return snapshotModule(sections, state, readExports(sections))
}

function open(digest: string, { core, evaluator, component, places }: TemplateFiles): Template {
  const sections = readSections(core)
  const outer = readSections(component)
  const slot = outer.findIndex(({ id }) => id === CORE_MODULE_SECTION)
  return {
    digest,
    evaluator: new WebAssembly.Module(new Uint8Array(evaluator)),
    sections,
    exports: agentExports(sections),
    places,
    wrap(agentCore) {
      return writeSections(
        outer.map((section, at) =>
          at === slot ? { id: CORE_MODULE_SECTION, content: agentCore } : section,
        ),
        COMPONENT_HEADER,
      )
    },
  }
}

/** The exports a component's core module must have, by the names the component model gives them. */
function agentExports(sections: readonly Section[]): ModuleExport[] {
  const lifted = {
    handle: `[async-lift]${exportedInterface('handler')}#handle`,
    run: `[async-lift]${exportedInterface('scheduled')}#run`,
    deliver: `[async-lift]${exportedInterface('consumer')}#deliver`,
  }
  const names: Readonly<Record<string, readonly string[]>> = {
    memory: ['memory'],
    reallocate: ['cabi_realloc'],
    ...Object.fromEntries(Object.entries(lifted).map(([name, as]) => [name, [as]])),
    // One function for all of them.
    callback: Object.values(lifted).map((name) => `[callback]${name}`),
  }
  return readExports(sections).flatMap(({ name, kind, index }) =>
    (names[name] ?? []).map((as) => ({ name: as, kind, index })),
  )
}

async function read(directory: string): Promise<TemplateFiles | undefined> {
  try {
    const [core, evaluator, component, places] = await Promise.all([
      readFile(join(directory, 'core.wasm')),
      readFile(join(directory, 'evaluator.wasm')),
      readFile(join(directory, 'component.wasm')),
      readFile(join(directory, 'places.json'), 'utf8'),
    ])
    // The cast names the type that `write` wrote.
    return { core, evaluator, component, places: JSON.parse(places) as BasePlaces }
  } catch {
    return undefined
  }
}

/**
 * The folder appears by renaming, so that builds side by side do not see half of it.
 *
 * @returns whether it is there now
 */
async function write(directory: string, files: TemplateFiles): Promise<boolean> {
  const temporary = `${directory}.${randomUUID()}.tmp`
  try {
    await mkdir(temporary, { recursive: true, mode: 0o700 })
    await writeFile(join(temporary, 'core.wasm'), files.core)
    await writeFile(join(temporary, 'evaluator.wasm'), files.evaluator)
    await writeFile(join(temporary, 'component.wasm'), files.component)
    await writeFile(join(temporary, 'places.json'), JSON.stringify(files.places))
    await rename(temporary, directory)
    return true
  } catch {
    // Another build was first, or nothing can be kept here.
    await rm(temporary, { recursive: true, force: true }).catch(() => {})
    return (await read(directory)) !== undefined
  }
}
