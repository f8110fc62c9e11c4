/**
 * Rewrites a core module so that its state can be reached, its data lies outside, its writes leave marks
 * and its work costs fuel.
 *
 * Added parts come after the original ones, so only functions and globals behind the imports move, and only when fuel
 * adds imports. Custom sections are dropped: names and branch hints use offsets that no longer hold, and debug
 * information would make equal modules differ.
 *
 * @module
 */

import { MayflyError } from '../../errors/index.ts'
import { ByteWriter } from './byte-writer.ts'
import { readAddress, type AddressStep } from './constant-expression.ts'
import type { CoreModule, ImportName } from './core-module.ts'
import { declaredState } from './declared-state.ts'
import { refusalOf } from './examine-module.ts'
import { exemptFunctions } from './exempt-functions.ts'
import { FunctionRewriter } from './function-rewriter.ts'
import { companionName, START_NAME, stateName, type Companion } from './hidden-names.ts'
import { isSizable, layOut, type Layout } from './layout.ts'
import { initialGlobals, type GlobalInitialiser } from './initial-globals.ts'
import { readCoreModule } from './read-core-module.ts'
import type { RewriteOptions } from './rewrite-options.ts'
import { roomOf } from './room.ts'
import { writeModule } from './write-module.ts'

/** Bytes that `initialise` writes before the guest runs. */
export interface DataInitialiser {
  readonly memory: StateSource
  readonly address: readonly AddressStep[]
  readonly bytes: Uint8Array
}

/** Where the host finds a memory or a global: among the imports, or exported under a hidden name. */
export type StateSource =
  | { readonly kind: 'import'; readonly module: string; readonly name: string }
  | { readonly kind: 'export'; readonly name: string }

/** An import that rewriting added: a companion of the memory that the module imports as `memory`. */
export interface CompanionImport {
  /** Under `module` and `name` it is to be imported. */
  readonly module: string
  readonly name: string
  readonly memory: string
  /** An instance that exports the memory as `x` exports this as `companionName(companion, 'x')`. */
  readonly companion: Companion
}

export interface RewrittenModule {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly data: readonly DataInitialiser[]
  /** Sources of the globals that addresses of data refer to. */
  readonly globals: ReadonlyMap<number, StateSource>
  /** Name of the export that is the start function, when it was taken out. */
  readonly start?: string
  /** Memories that begin empty, with the size they should have, in pages of 64 KiB. */
  readonly memories: readonly { readonly name: string; readonly pages: number }[]
  /** Mutable globals that begin as zero, with the value they should have. */
  readonly values: readonly GlobalInitialiser[]
  /** All imports that rewriting added for memories. */
  readonly companions: readonly CompanionImport[]
  /** Whether the module imports the fuel global and the function that is called without fuel. */
  readonly fuel: boolean
  /** Whether the module imports the global with the room that is left. */
  readonly room: boolean
}

/**
 * Rewrites the module in `bytes`, which must be valid.
 *
 * @throws {MayflyError} ERR_COMPONENT_MALFORMED, ERR_COMPONENT_UNSUPPORTED, ERR_LIMIT_EXCEEDED
 */
export function rewriteModule(
  bytes: Uint8Array<ArrayBuffer>,
  options: RewriteOptions = {},
): RewrittenModule {
  // An invalid module must not come out valid: the walker may read it differently from V8.
  if (!WebAssembly.validate(bytes)) {
    throw new MayflyError(
      'ERR_COMPONENT_MALFORMED',
      'Cannot rewrite core module: it does not validate',
    )
  }
  const module = readCoreModule(bytes)
  const refusal = refusalOf(module)
  if (refusal !== undefined) refuse(refusal)
  const { undoGrowth = false, fuel = false, marks = false, stripData = false } = options
  const { room = undoGrowth } = options
  if (marks) checkMarkable(module)
  if (undoGrowth && !(options.exportState && stripData)) {
    throw new TypeError('Cannot undo growth: the state is not exported or the data not taken out')
  }
  if (undoGrowth && !room) {
    throw new TypeError('Cannot undo growth: what is allocated is not charged')
  }

  const layout = layOut(module, { marks, fuel, sizes: undoGrowth, room })
  const payment = exemptFunctions(module)
  const rewriter = new FunctionRewriter(module, layout, payment)
  const code = new ByteWriter(bytes.length * 2)
  module.code.forEach((range, i) => rewriter.rewrite(module.importedFunctions + i, range, code))

  const initialisers = stripData ? dataInitialisers(module) : { data: [], globals: new Map() }
  return {
    bytes: writeModule(module, options, {
      layout,
      code,
      hints: rewriter.hints,
      usesDataIndexes: rewriter.usesDataIndexes,
      dataGlobals: [...initialisers.globals.keys()],
    }),
    ...initialisers,
    ...(stripData && module.start !== undefined ? { start: START_NAME } : {}),
    memories: undoGrowth ? emptiedMemories(module) : [],
    values: undoGrowth ? initialGlobals(module) : [],
    companions: companions(layout),
    fuel,
    room,
  }
}

function emptiedMemories(module: CoreModule): RewrittenModule['memories'] {
  return module.memories.flatMap((memory, i) =>
    memory.imported === undefined && isSizable(memory)
      ? [{ name: stateName('memory', i), pages: memory.minimum }]
      : [],
  )
}

function companions({ memories }: Layout): CompanionImport[] {
  const all: CompanionImport[] = []
  for (const { memory, map, size } of memories) {
    if (memory.imported === undefined) continue
    const { module, name } = memory.imported
    const add = (companion: Companion): void => {
      all.push({ module, name: companionName(companion, name), memory: name, companion })
    }
    if (map !== undefined) add('map')
    if (size !== undefined) add('size')
  }
  return all
}

/** Why the stores of `module` cannot be marked, or `undefined` when they can. */
export function unmarkable(module: CoreModule): string | undefined {
  const { memories } = module
  if (memories.some(({ wide }) => wide)) return 'a 64-bit memory'
  if (memories.some(({ shared }) => shared)) return 'a shared memory'
  // The map of an imported memory would come before the module's own memories and move them.
  if (memories.some((m) => m.imported) && memories.some((m) => !m.imported))
    return 'imported memories next to its own'
  if (module.types.some((type) => type === undefined)) return 'struct or array types'
  return undefined
}

function checkMarkable(module: CoreModule): void {
  const reason = unmarkable(module)
  if (reason !== undefined) refuse(reason)
}

function refuse(feature: string): never {
  throw new MayflyError(
    'ERR_COMPONENT_UNSUPPORTED',
    `Cannot rewrite core module: it uses ${feature}`,
    { facts: { feature } },
  )
}

/** The parts of a module that `initialise` needs. */
export type Initialisers = Pick<RewrittenModule, 'data' | 'globals' | 'start'> &
  Partial<Pick<RewrittenModule, 'memories' | 'values'>> & {
    /** The room that the initial state of an instance takes. */
    readonly room: number
  }

/** Reads the parts that `rewriteModule` with `stripData` and `undoGrowth` takes out, without rewriting anything. */
export function readSnapshot(bytes: Uint8Array): Initialisers {
  const module = readCoreModule(bytes)
  return {
    ...dataInitialisers(module),
    ...(module.start === undefined ? {} : { start: START_NAME }),
    memories: emptiedMemories(module),
    values: initialGlobals(module),
    room: roomOf(declaredState(module).bytes),
  }
}

function dataInitialisers(module: CoreModule): Pick<RewrittenModule, 'data' | 'globals'> {
  const globals = new Map<number, StateSource>()
  const data: DataInitialiser[] = []
  for (const { active, bytes } of module.data) {
    if (active === undefined) continue
    const address = readAddress(module.bytes, active.offset)
    for (const step of address)
      if (step.kind === 'global')
        globals.set(
          step.index,
          sourceOf('global', step.index, module.globals[step.index]?.imported),
        )
    data.push({
      memory: sourceOf('memory', active.memory, module.memories[active.memory]?.imported),
      address,
      bytes: module.bytes.subarray(bytes.start, bytes.end),
    })
  }
  return { data, globals }
}

function sourceOf(
  kind: 'memory' | 'global',
  index: number,
  imported: ImportName | undefined,
): StateSource {
  if (imported === undefined) return { kind: 'export', name: stateName(kind, index) }
  return { kind: 'import', module: imported.module, name: imported.name }
}
