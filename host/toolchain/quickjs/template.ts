/**
 * The engine as a component without an agent, and the data to put an agent in.
 *
 * To make it takes a few seconds, so the template is kept on disk, in a folder named by the digest of everything it is made
 * of. What makes it is loaded only then.
 *
 * @module
 */
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hexOf } from '../../../runtime/digest/index.ts'
import { digestOf } from '../../digest/index.ts'
import { requirePeers } from '../tool-packages.ts'
import { engineFiles, libraryFiles, PACKAGE_DIRECTORY, witWithEvents } from '../package-files.ts'
import { agentExports } from './agent-exports.ts'
import { ENGINE_PACKAGES, engineTools } from './engine-tools.ts'
import { ENGINE_VERSION } from './engine-version.ts'
import type { ModuleApart } from './interface-modules.ts'
import type { TemplateFiles, TemplatePlaces } from './make-template.ts'
import { readSections, writeSections, type ModuleExport, type Section } from './sections.ts'

export interface Template {
  /** Of all it is made of. */
  readonly digest: string
  /** Evaluates agents: bounded, in the state agents begin in, with the exports the build needs. */
  readonly evaluator: WebAssembly.Module
  /** Of the merged module in that state. */
  readonly sections: readonly Section[]
  /** Exports of an agent's module. */
  readonly exports: readonly ModuleExport[]
  readonly places: TemplatePlaces
  /** What agents have that import it, each behind the modules that it imports. */
  readonly apart: readonly ModuleApart[]
  /** Returns the component of an agent with the core module `core`. */
  wrap(core: Uint8Array): Uint8Array<ArrayBuffer>
}

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

/**
 * @param places - folders it may be in
 * @param keepers - the folders among them for a new template; the first that can be written is used
 */
async function load(places: readonly string[], keepers: readonly string[]): Promise<Template> {
  const wit = witWithEvents()
  const files = engineFiles().concat(libraryFiles())
  const contents = files.map((path) => readFileSync(path))
  const digest = hexOf(digestOf(ENGINE_VERSION, wit, ...engineTools(), ...contents))
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
  // The package ships the template: only one with changed files gets here without them.
  requirePeers('make the JavaScript engine', ENGINE_PACKAGES)
  const { makeTemplate } = await import('./make-template.ts')
  const made = await makeTemplate(wit)
  for (const place of keepers) if (await write(join(place, digest), made)) break
  return open(digest, made)
}

function open(digest: string, files: TemplateFiles): Template {
  const { core, evaluator, component, places, apart } = files
  const sections = readSections(core)
  const outer = readSections(component)
  const slot = outer.findIndex(({ id }) => id === CORE_MODULE_SECTION)
  return {
    digest,
    evaluator: new WebAssembly.Module(new Uint8Array(evaluator)),
    sections,
    exports: agentExports(sections),
    places,
    apart,
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

async function read(directory: string): Promise<TemplateFiles | undefined> {
  try {
    const [core, evaluator, component, places, apart] = await Promise.all([
      readFile(join(directory, 'core.wasm')),
      readFile(join(directory, 'evaluator.wasm')),
      readFile(join(directory, 'component.wasm')),
      readFile(join(directory, 'places.json'), 'utf8'),
      readFile(join(directory, 'modules.json'), 'utf8'),
    ])
    return {
      core,
      evaluator,
      component,
      // The casts name the types that `write` wrote.
      places: JSON.parse(places) as TemplatePlaces,
      apart: JSON.parse(apart) as ModuleApart[],
    }
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
    await writeFile(join(temporary, 'modules.json'), JSON.stringify(files.apart))
    await rename(temporary, directory)
    return true
  } catch {
    // Another build was first, or nothing can be kept here.
    await rm(temporary, { recursive: true, force: true }).catch(() => {})
    return (await read(directory)) !== undefined
  }
}
