/**
 * One live instantiation of a shape. It carries an image and serves one invocation at a time.
 *
 * A slot is never used again after its guest trapped or was stopped: its memory may hold a half-written
 * structure. Nor after its memory grew: that cannot be undone.
 *
 * @module
 */
import {
  FUEL_GLOBAL,
  HOOK_MODULE,
  companionName,
  initialise,
  OUT_OF_FUEL,
  TURN,
  ROOM_GLOBAL,
  roomOf,
  STACK_BYTES,
  TABLE_ELEMENT_BYTES,
  WASM_PAGE_BYTES,
  type Initialisers,
} from '../binary/index.ts'
import {
  ComponentInstance,
  type HostDispatcher,
  type InstantiateStep,
  type StackRoom,
} from '../link/index.ts'
import { FuelMeter } from '../meter/index.ts'
import { collectState } from './core-state.ts'
import type { Image } from './image.ts'
import { mapWriter } from './map-writer.ts'
import type { PageStore } from './page-store.ts'
import type { Borrower, PooledSlot } from './pooled-slot.ts'
import type { Shape } from './shape.ts'
import { Stamper } from './stamper.ts'

export interface SlotOptions {
  /** Serves imports called while the component initialises. */
  readonly host: HostDispatcher
  /**
   * Initial data of the memories, by core module. Without it the slot is empty until it is stamped, and start functions
   * do not run.
   */
  readonly data: readonly (Initialisers | undefined)[] | undefined
  /**
   * Size of its memories once it carries an image, in bytes.
   *
   * @default their size after initialisation
   */
  readonly bytes?: number
  /**
   * Identifies the slots that can stand in for each other.
   *
   * @default the shape: its slots can carry each other's images
   */
  readonly kin?: object
  /**
   * Asked for each further slice of fuel while the component initialises.
   *
   * @default it may take as long as it likes
   */
  readonly mayContinue?: () => boolean
  /**
   * Fuel that initialisation may use.
   *
   * @default as much as it likes
   */
  readonly fuel?: number | undefined
  /** Makes the error of an initialisation that was stopped. */
  readonly stopped?: () => Error
  /** Makes the error of an initialisation that wanted to allocate more than it may. */
  readonly overdrawn?: () => Error
}

export class Slot implements PooledSlot {
  readonly shape: object
  readonly code: Shape
  /** The image that this slot alone can carry, when images of its shape refer to their slot. */
  home: Image | undefined
  readonly instance: ComponentInstance
  /** In the order of the plan. */
  readonly cores: readonly WebAssembly.Instance[]
  readonly meter: FuelMeter = new FuelMeter()
  /** The allocation left to its component until its next stamp. */
  readonly #room = new WebAssembly.Global<'i32'>({ value: 'i32', mutable: true }, 0)
  readonly stamper: Stamper
  readonly bytes: number
  readonly memories: number
  borrower: Borrower | undefined
  depth = 0
  /** When it was made ready for the invocation it serves, on the clock of `performance.now()`. */
  readyAt = 0

  /** @throws {MayflyError} ERR_GUEST_TRAPPED when initialisation traps or calls an import */
  constructor(
    code: Shape,
    store: PageStore,
    {
      host,
      data,
      bytes,
      kin = code,
      mayContinue,
      fuel = Infinity,
      stopped,
      overdrawn,
    }: SlotOptions,
  ) {
    this.shape = kin
    this.code = code
    this.meter.begin({ fuel, ...(mayContinue && { mayContinue }) })
    const room = this.#room
    room.value = roomOf(code.options.maxMemoryPages * WASM_PAGE_BYTES - code.stackBytes)
    const cores: WebAssembly.Instance[] = []
    this.cores = cores
    const steps = code.plan.link.steps.filter((step) => step.kind === 'instantiate')
    try {
      this.instance = new ComponentInstance(code.plan, code.modules, {
        host,
        suspending: code.suspending,
        long: code.long,
        stacks: stackRoom(code, room),
        modulesImports: (index, module) => this.#hooks(steps[index], module, cores),
        afterInstantiate(index, core) {
          cores.push(core)
          const step = steps[index]
          const initialisers = step === undefined ? undefined : data?.[step.module]
          if (step === undefined || initialisers === undefined) return
          room.value -= initialisers.room
          initialise(core, importsOf(step, cores), initialisers)
        },
      })
    } catch (error) {
      if (this.overdrawn) throw overdrawn?.() ?? error
      throw this.meter.exhausted === undefined ? error : (stopped?.() ?? error)
    }
    // State that cannot be restored may also be of a kind that cannot be read.
    const state = code.stampable
      ? collectState(cores, { tables: code.mutatesTables })
      : { layout: '', memories: [], globals: [], tables: [] }
    for (const { memory, map } of state.memories)
      if (map !== undefined) this.instance.onWrite(memory, mapWriter(map))
    this.stamper = new Stamper(state, store, {
      fresh: data === undefined,
      room,
    })
    const memories = memoriesOf(cores)
    this.bytes = bytes ?? memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0)
    // A slot without a memory is not free either.
    this.memories = Math.max(1, memories.length)
  }

  get image(): Image | undefined {
    return this.stamper.image
  }

  /** Frees stacks that its guest left suspended. Nothing runs in it again. */
  [Symbol.dispose](): void {
    this.meter.stop()
    this.instance.vacate()
    this.home?.[Symbol.dispose]()
  }

  /** The allocation that is left to its component, in units of room. */
  get room(): number {
    return this.#room.value
  }

  /** Whether its guest was stopped because it wanted to allocate more than there was room for. */
  get overdrawn(): boolean {
    return this.#room.value < 0
  }

  /** Bytes that its tables take of the heap, as far as tables can be read. */
  get tableBytes(): number {
    return this.stamper.state.tables.reduce(
      (sum, { length }) => sum + length * TABLE_ELEMENT_BYTES,
      0,
    )
  }

  /** Whether it can serve again: its next stamp removes every trace of this use. */
  get reusable(): boolean {
    return !this.instance.poisoned && !this.instance.running && !this.stamper.outgrown
  }

  #hooks(
    step: InstantiateStep | undefined,
    module: number,
    cores: readonly WebAssembly.Instance[],
  ): WebAssembly.Imports | undefined {
    const rewritten = this.code.codes[module]?.rewritten
    if (rewritten === undefined) return undefined
    const hooks: Record<string, Record<string, WebAssembly.ImportValue>> = {}
    if (rewritten.fuel) {
      const { fuel, out_of_fuel: outOfFuel, turn } = this.meter.imports
      hooks[HOOK_MODULE] = { [FUEL_GLOBAL]: fuel, [OUT_OF_FUEL]: outOfFuel, [TURN]: turn }
    }
    if (rewritten.room) (hooks[HOOK_MODULE] ??= {})[ROOM_GLOBAL] = this.#room
    for (const { module: from, name, memory, companion } of rewritten.companions) {
      const source = step?.imports.find((each) => each.module === from && each.name === memory)
      const value = source?.value
      if (value?.kind !== 'export') continue
      const found = cores[value.instance]?.exports[companionName(companion, value.name)]
      if (found !== undefined) (hooks[from] ??= {})[name] = found
    }
    return hooks
  }
}

/** Takes the stacks that `code` was not charged for from the start. Without room it leaves less than none. */
function stackRoom({ suspendable, stacks }: Shape, room: WebAssembly.Global<'i32'>): StackRoom {
  const units = roomOf(STACK_BYTES)
  return {
    lifts: suspendable,
    paid: stacks,
    take() {
      const isEnough = room.value >= units
      room.value = isEnough ? room.value - units : -1
      return isEnough
    },
    giveBack() {
      room.value += units
    },
  }
}

/** Every memory that is known of, maps included. */
function memoriesOf(cores: readonly WebAssembly.Instance[]): readonly WebAssembly.Memory[] {
  const all = cores.flatMap(({ exports }) => Object.values(exports))
  return [...new Set(all.filter((value) => value instanceof WebAssembly.Memory))]
}

/** The memories and globals that a core instance imports, for the addresses of its data. */
export function importsOf(
  { imports }: InstantiateStep,
  cores: readonly WebAssembly.Instance[],
): WebAssembly.Imports {
  const found: Record<string, Record<string, WebAssembly.ImportValue>> = {}
  for (const { module, name, value } of imports) {
    if (value.kind !== 'export' || (value.sort !== 'memory' && value.sort !== 'global')) continue
    const item = cores[value.instance]?.exports[value.name]
    if (item !== undefined) (found[module] ??= {})[name] = item
  }
  return found
}
