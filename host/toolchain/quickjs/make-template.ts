/**
 * Makes the template: compiles the adapter, merges it with the engine, evaluates the library and wraps the result. It takes
 * a few seconds, once for each version of what it is made of.
 *
 * @module
 */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { ByteReader } from '../../../runtime/binary/reader.ts'
import { ENGINE_DIRECTORY, EVENTS_WORLD } from '../package-files.ts'
import { agentExports } from './agent-exports.ts'
import { makeBase, type BasePlaces } from './base.ts'
import { adapterSources, compileAdapter } from './compile-adapter.ts'
import { boundEvaluator } from './evaluation-bounds.ts'
import type { ModuleApart } from './interface-modules.ts'
import { libraryModules, preludeModule } from './library.ts'
import { mergeEngine, mergeEvaluator } from './merge-engine.ts'
import {
  readExports,
  readSections,
  SECTION,
  sectionOf,
  withSection,
  writeExports,
  writeSections,
  type Section,
} from './sections.ts'
import { snapshotModule, type InstanceState } from './snapshot.ts'

/** The template as it is kept. */
export interface TemplateFiles {
  /** The merged module in the state agents begin in. */
  readonly core: Uint8Array
  /** The evaluator in that state, as `boundEvaluator` left it. */
  readonly evaluator: Uint8Array
  readonly places: TemplatePlaces
  /** What agents have that import it, each behind the modules that it imports. */
  readonly apart: readonly ModuleApart[]
  /** A component; its first core module is replaced for each agent. */
  readonly component: Uint8Array
}

export interface TemplatePlaces extends BasePlaces {
  /** Where the adapter's `callHost` is in the table. */
  readonly callHostIndex: number
}

/** @param wit - of the world, as one text */
export async function makeTemplate(wit: string): Promise<TemplateFiles> {
  const engine = await readFile(createRequire(import.meta.url).resolve('quickjs-wasi/quickjs.wasm'))
  const adapter = await compileAdapter(adapterSources(ENGINE_DIRECTORY))
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
  // The last of the table: `mergeEngine` made room for one.
  const callHostIndex = new ByteReader(table, 3).u32() - 1
  const { library, apart } = await libraryModules()
  const { state, places } = makeBase({
    module: new WebAssembly.Module(new Uint8Array(merged)),
    callHostIndex,
    prelude: await preludeModule(),
    library,
  })
  return {
    core: withState(sections, state),
    evaluator: boundEvaluator(withState(readSections(evaluator), state)),
    places: { ...places, callHostIndex },
    apart,
    component: await componentNew(embedded, []),
  }
}

/** Returns the module of `sections`, with `state` as the initial state of its instances. */
function withState(sections: readonly Section[], state: InstanceState): Uint8Array<ArrayBuffer> {
  return snapshotModule(sections, state, readExports(sections))
}
