/**
 * The engine as a component without an agent, and what is needed to put one in.
 *
 * Compiling the adapter, merging it with the engine, evaluating the library and wrapping the result take a
 * few seconds, so the template is kept on disk, in a folder named by the digest of everything it is made of.
 *
 * @module
 */
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { ByteReader } from '../../../runtime/binary/index.ts'
import {
  ENGINE_DIRECTORY,
  libraryFiles,
  PACKAGE_DIRECTORY,
  toolManifest,
  witSource,
  WORLD,
} from '../package-files.ts'
import { makeBase, type BasePlaces } from './base.ts'
import { adapterSources, compileAdapter } from './compile-adapter.ts'
import { ENGINE_VERSION } from './engine-version.ts'
import { libraryModules } from './library.ts'
import { mergeEngine } from './merge-engine.ts'
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
  /** The merged module in the state agents begin in, with the exports the build needs. */
  readonly module: WebAssembly.Module
  readonly sections: readonly Section[]
  /** What the module of an agent exports. */
  readonly exports: readonly ModuleExport[]
  readonly places: BasePlaces
  /** The component of an agent whose core module is `core`. */
  wrap(core: Uint8Array): Uint8Array<ArrayBuffer>
}

const TOOLS = ['quickjs-wasi', 'binaryen', 'assemblyscript', '@bytecodealliance/jco', 'esbuild']

// In a component, unlike in a module.
const CORE_MODULE_SECTION = 1
const COMPONENT_HEADER = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00]

const templates = new Map<string, Promise<Template>>()

/** Returns the template, made at most once a `cacheDirectory`. */
export function loadTemplate(
  cacheDirectory: string = join(PACKAGE_DIRECTORY, '.mayfly', 'cache'),
): Promise<Template> {
  const known = templates.get(cacheDirectory)
  if (known !== undefined) return known
  const template = load(cacheDirectory)
  templates.set(cacheDirectory, template)
  // A failure is not kept: the disk may have been full.
  template.catch(() => templates.delete(cacheDirectory))
  return template
}

interface TemplateFiles {
  /** The merged module in the state agents begin in. */
  readonly core: Uint8Array
  readonly places: BasePlaces
  /** A component whose first core module is to be replaced. */
  readonly component: Uint8Array
}

async function load(cacheDirectory: string): Promise<Template> {
  const sources = adapterSources(ENGINE_DIRECTORY)
  const prelude = await readFile(join(ENGINE_DIRECTORY, 'prelude.ts'), 'utf8')
  const wit = witSource()
  const library = await Promise.all(libraryFiles().map((path) => readFile(path)))
  const guestEngine = await readFile(join(ENGINE_DIRECTORY, 'guest-engine.ts'))
  const manifests = await Promise.all(TOOLS.map((name) => readFile(toolManifest(name), 'utf8')))
  const hash = createHash('sha256')
  const texts = [ENGINE_VERSION, wit, prelude, ...[...sources].flat(), ...manifests]
  for (const part of [...texts, guestEngine, ...library]) {
    hash.update(`${part.length}:`).update(part)
  }
  const directory = join(cacheDirectory, 'quickjs', hash.digest('hex'))
  const kept = await read(directory)
  if (kept !== undefined) {
    try {
      return open(kept)
    } catch {
      // Damaged. Out of the way, so that the new one can take its name.
      await rm(directory, { recursive: true, force: true })
    }
  }
  const made = await make(sources, prelude, wit)
  await write(directory, made)
  return open(made)
}

async function make(
  sources: ReadonlyMap<string, string>,
  prelude: string,
  wit: string,
): Promise<TemplateFiles> {
  const engine = await readFile(createRequire(import.meta.url).resolve('quickjs-wasi/quickjs.wasm'))
  const merged = await mergeEngine(engine, await compileAdapter(sources))
  const { transform } = await import('esbuild')
  const { code } = await transform(prelude, { loader: 'ts', format: 'esm', target: 'es2023' })
  const { componentEmbed, componentNew } = await import('@bytecodealliance/jco')
  const sections = readSections(merged)
  const embedded = await componentEmbed({
    binary: writeSections(
      withSection(sections, SECTION.export, writeExports(agentExports(sections))),
    ),
    witSource: wit,
    world: WORLD,
    stringEncoding: 'utf8',
  })
  const table = sectionOf(sections, SECTION.table)
  const base = makeBase({
    sections,
    module: new WebAssembly.Module(new Uint8Array(merged)),
    // The last of the table: `mergeEngine` made room for one.
    callHostIndex: new ByteReader(table, 3).u32() - 1,
    prelude: code,
    library: await libraryModules(),
  })
  return { ...base, component: await componentNew(embedded, []) }
}

function open({ core, component, places }: TemplateFiles): Template {
  const sections = readSections(core)
  const outer = readSections(component)
  const slot = outer.findIndex(({ id }) => id === CORE_MODULE_SECTION)
  return {
    module: new WebAssembly.Module(new Uint8Array(core)),
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
  const names: Readonly<Record<string, string>> = {
    memory: 'memory',
    reallocate: 'cabi_realloc',
    handle: 'mayfly:agent/handler@0.1.0#handle',
  }
  return readExports(sections).flatMap(({ name, kind, index }) =>
    names[name] === undefined ? [] : [{ name: names[name], kind, index }],
  )
}

async function read(directory: string): Promise<TemplateFiles | undefined> {
  try {
    const [core, component, places] = await Promise.all([
      readFile(join(directory, 'core.wasm')),
      readFile(join(directory, 'component.wasm')),
      readFile(join(directory, 'places.json'), 'utf8'),
    ])
    // The cast names what `write` wrote.
    return { core, component, places: JSON.parse(places) as BasePlaces }
  } catch {
    return undefined
  }
}

/** The folder appears by renaming, so that builds side by side do not see half of it. */
async function write(directory: string, files: TemplateFiles): Promise<void> {
  const temporary = `${directory}.${randomUUID()}.tmp`
  try {
    await mkdir(temporary, { recursive: true })
    await writeFile(join(temporary, 'core.wasm'), files.core)
    await writeFile(join(temporary, 'component.wasm'), files.component)
    await writeFile(join(temporary, 'places.json'), JSON.stringify(files.places))
    await rename(temporary, directory)
  } catch {
    // Another build was first, or nothing can be kept here: the next build makes the template again.
    await rm(temporary, { recursive: true, force: true }).catch(() => {})
  }
}
