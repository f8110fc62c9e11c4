/**
 * Makes one core module of the engine and its adapter.
 *
 * Merging takes seconds, and its result depends only on the two and this file, so it is made once and kept (see
 * `template.ts`). The engine is adapted first. Then two things change in its bytes: its imports are renamed to one
 * module, the adapter, and its table gets room for one more function, the adapter's `callHost`. Scripts call that
 * function through the table, like any function written in C.
 *
 * @module
 */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { ByteReader } from '../../../runtime/binary/reader.ts'
import { adaptEngine } from './adapt-engine.ts'
import { BUILD_EXPORTS, EVALUATOR_EXPORTS, INTERRUPT } from './engine-exports.ts'
import {
  concat,
  readSections,
  SECTION,
  sectionOf,
  text,
  unsigned,
  withSection,
  writeSections,
} from './sections.ts'

// The adapter's function that the engine asks.
const HOST_INTERRUPT = 'host_interrupt'

// The names the two modules have for each other.
const ENGINE = 'env'
const ADAPTER = 'adapter'

// The engine's hot functions call small ones thousands of times a request, and the linker of the engine leaves
// more of them apart than pays here, where each entry is metered. Sizes beyond which nothing got faster.
const INLINE = [
  '--optimize-level=3',
  '--shrink-level=0',
  '--always-inline-max-function-size=20',
  '--flexible-inline-max-function-size=60',
  '--one-caller-inline-max-function-size=200',
  '--inlining-optimizing',
]

const run = promisify(execFile)
const { resolve } = createRequire(import.meta.url)

/** The module of which agents are snapshots. */
export async function mergeEngine(engine: Uint8Array, adapter: Uint8Array): Promise<Uint8Array> {
  const adapted = await adaptEngine(engine, ADAPTER)
  return inFolder(async (folder) => {
    const merged = join(folder, 'merged.wasm')
    await writeFile(merged, await merge(folder, adapted, adapter, BUILD_EXPORTS))
    await runTool('wasm-opt', [merged, '-o', merged, ...INLINE])
    return readFile(merged)
  })
}

/**
 * The same module for evaluating agents while they are built: scripts can be interrupted in it. Its functions
 * stand at the same places of its table and read the same memory, so a state fits both modules.
 */
export async function mergeEvaluator(engine: Uint8Array, adapter: Uint8Array): Promise<Uint8Array> {
  const adapted = await adaptEngine(engine, ADAPTER, { interruptible: true })
  const asking = await withInterruptImport(adapter)
  const kept = [...BUILD_EXPORTS, ...EVALUATOR_EXPORTS]
  return inFolder((folder) => merge(folder, adapted, asking, kept))
}

async function merge(
  folder: string,
  engine: Uint8Array,
  adapter: Uint8Array,
  kept: readonly string[],
): Promise<Uint8Array> {
  const { bytes, index } = withTableRoom(engine)
  const paths = ['engine.wasm', 'adapter.wasm', 'both.wasm'].map((name) => join(folder, name))
  const [enginePath = '', adapterPath = '', bothPath = ''] = paths
  await Promise.all([writeFile(enginePath, bytes), writeFile(adapterPath, adapter)])
  await runTool('wasm-merge', [enginePath, ENGINE, adapterPath, ADAPTER, '-o', bothPath])
  return finish(await readFile(bothPath), index, new Set(kept))
}

async function inFolder(use: (folder: string) => Promise<Uint8Array>): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-engine-'))
  try {
    return await use(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The adapter with an import in the place of the function the engine asks, which says no. */
async function withInterruptImport(adapter: Uint8Array): Promise<Uint8Array> {
  const { default: binaryen } = await import('binaryen')
  const module = binaryen.readBinary(adapter)
  try {
    module.setFeatures(binaryen.Features.All)
    module.removeExport(HOST_INTERRUPT)
    const { none, i32 } = binaryen
    module.addFunctionImport(INTERRUPT.name, INTERRUPT.module, INTERRUPT.name, none, i32)
    module.addFunctionExport(INTERRUPT.name, HOST_INTERRUPT)
    return module.emitBinary()
  } finally {
    module.dispose()
  }
}

/** Runs in a separate process, because it computes for seconds. */
async function runTool(name: string, args: readonly string[]): Promise<void> {
  const tool = join(dirname(resolve('binaryen')), 'bin', name)
  await run(process.execPath, [tool, ...args, '--all-features'])
}

/** Puts `callHost` into the table and drops unused parts. */
async function finish(
  merged: Uint8Array,
  index: number,
  kept: ReadonlySet<string>,
): Promise<Uint8Array> {
  const { default: binaryen } = await import('binaryen')
  const module = binaryen.readBinary(new Uint8Array(merged))
  try {
    module.setFeatures(binaryen.Features.All)
    const callHost = binaryen.getExportInfo(module.getExport('callHost')).value
    const table = binaryen.getExportInfo(module.getExport('__indirect_function_table')).value
    module.addActiveElementSegment(table, 'adapter', [callHost], module.i32.const(index))
    for (const name of exportNames(module, binaryen)) {
      if (!kept.has(name)) module.removeExport(name)
    }
    module.runPasses(['remove-unused-module-elements', 'duplicate-function-elimination'])
    return module.emitBinary()
  } finally {
    module.dispose()
  }
}

function exportNames(
  module: InstanceType<(typeof import('binaryen'))['default']['Module']>,
  binaryen: (typeof import('binaryen'))['default'],
): string[] {
  return Array.from(
    { length: module.getNumExports() },
    (_, at) => binaryen.getExportInfo(module.getExportByIndex(at)).name,
  )
}

function withTableRoom(engine: Uint8Array): { bytes: Uint8Array; index: number } {
  const sections = readSections(engine)
  const table = sectionOf(sections, SECTION.table)
  const reader = new ByteReader(table, 0, table.length, 'table section')
  reader.skip(3) // One table, of functions, without a maximum
  const index = reader.u32()
  reader.expectEnd('table section')
  const grown = concat([table.subarray(0, 3), unsigned(index + 1)])
  const renamed = renameImports(sectionOf(sections, SECTION.import))
  return {
    bytes: writeSections(
      withSection(withSection(sections, SECTION.table, grown), SECTION.import, renamed),
    ),
    index,
  }
}

/** All of the engine's imports are functions: a module, a name, a zero and the index of a type. */
function renameImports(content: Uint8Array): Uint8Array {
  const reader = new ByteReader(content, 0, content.length, 'import section')
  const imports = reader.vector('imports', () => {
    reader.name()
    return concat([text(ADAPTER), text(reader.name()), [reader.byte(), ...unsigned(reader.u32())]])
  })
  return concat([unsigned(imports.length), ...imports])
}
