/**
 * Makes the image of a component from its data alone, without an instance: where no code runs to initialise it, its
 * first state is made of the state that all of its skeleton begin with, and of its data.
 *
 * @module
 */
import { WASM_PAGE_BYTES, type DataInitialiser, type Initialisers } from '../binary/index.ts'
import type { ImageData } from './image.ts'
import { PAGE_BYTES } from './page-store.ts'
import { importsOf, type Slot } from './slot.ts'

/** Initial data by core module. */
type Data = readonly (Initialisers | undefined)[]

/** Where one core instance puts its data, as indices into the state of the slot; -1 for nowhere. */
interface Places {
  /** Its module. */
  readonly module: number
  /** The globals that it sets, in the order of its initialisers. */
  readonly values: readonly number[]
  /** The memories that it sizes, in the order of its initialisers. */
  readonly sized: readonly number[]
  /** The memory that all of its data is written to. */
  readonly written: number
}

/** What components of one skeleton have in common before their data is written. */
export class Blank {
  readonly #instances: readonly Places[]
  /** Values of the globals. Data sets some of them. */
  readonly #globals: readonly unknown[]
  readonly #memories: number
  /** The room that is left before the data takes its own. */
  readonly #room: number
  /** As `CoreState.layout` of the slot. */
  readonly #layout: string

  private constructor(
    instances: readonly Places[],
    globals: readonly unknown[],
    memories: number,
    room: number,
    layout: string,
  ) {
    this.#layout = layout
    this.#instances = instances
    this.#globals = globals
    this.#memories = memories
    this.#room = room
  }

  /**
   * Learns from `slot`, which `data` has initialised and nothing has used.
   *
   * @returns nothing when there is more to its state than data
   */
  static of(slot: Slot, data: Data): Blank | undefined {
    const { memories, globals, tables, layout } = slot.stamper.state
    const { steps } = slot.code.plan.link
    if (tables.length > 0 || memories.some(({ size }) => size === undefined)) return undefined
    if (steps.some(({ kind }) => kind === 'start') || !isPlain(data)) return undefined
    const instances = placesIn(slot, data)
    const sized = instances.flatMap((each) => each.sized)
    const isKnown = instances.every(({ values, written, module }) => {
      const hasPlace = written >= 0 || (data[module]?.data ?? []).length === 0
      return hasPlace && !values.includes(-1)
    })
    if (!isKnown || memories.some((_, index) => !sized.includes(index))) return undefined
    const room = slot.room + roomOfData(instances, data)
    return new Blank(
      instances,
      globals.map(({ value }) => value),
      memories.length,
      room,
      layout,
    )
  }

  /**
   * The image of a slot that `data` has initialised, `data` being of a component with the same skeleton.
   *
   * @returns nothing when initialising fails: a slot says why
   */
  imageOf(data: Data): ImageData | undefined {
    const room = this.#room - roomOfData(this.#instances, data)
    if (room < 0) return undefined
    const sizes = Array.from({ length: this.#memories }, () => 0)
    const globals = [...this.#globals]
    for (const { module, sized, values } of this.#instances) {
      const initialisers = data[module]
      for (const [at, index] of sized.entries())
        sizes[index] = (initialisers?.memories?.[at]?.pages ?? 0) * WASM_PAGE_BYTES
      for (const [at, index] of values.entries()) globals[index] = initialisers?.values?.[at]?.value
    }
    const starts = sizes.map((_, index) => sum(sizes.slice(0, index)))
    // Untouched parts are never asked of the system.
    const contents = new Uint8Array(sum(sizes))
    const memories = sizes.map((size) => ({
      pages: size / PAGE_BYTES,
      places: new Uint32Array(size / PAGE_BYTES),
    }))
    for (const { module, written } of this.#instances) {
      const size = sizes[written] ?? 0
      const start = starts[written] ?? 0
      for (const segment of data[module]?.data ?? []) {
        const at = addressOf(segment)
        const end = at + segment.bytes.length
        if (end > size) return undefined
        contents.set(segment.bytes, start + at)
        const places = memories[written]?.places ?? []
        for (let page = Math.floor(at / PAGE_BYTES); page * PAGE_BYTES < end; page++)
          places[page] = start / PAGE_BYTES + page + 1
      }
    }
    return { layout: this.#layout, memories, contents, globals, room }
  }
}

function placesIn({ cores, code, stamper }: Slot, data: Data): Places[] {
  const { memories, globals } = stamper.state
  const memoryAt = (memory: unknown): number => memories.findIndex((each) => each.memory === memory)
  const steps = code.plan.link.steps.filter((step) => step.kind === 'instantiate')
  return steps.map((step, instance) => {
    const exports = cores[instance]?.exports ?? {}
    const { values = [], memories: sized = [], data: segments = [] } = data[step.module] ?? {}
    const target = segments[0]?.memory
    const written =
      target?.kind === 'import'
        ? importsOf(step, cores)[target.module]?.[target.name]
        : exports[target?.name ?? '']
    return {
      module: step.module,
      values: values.map(({ name }) => globals.findIndex((each) => each === exports[name])),
      sized: sized.map(({ name }) => memoryAt(exports[name])),
      written: memoryAt(written),
    }
  })
}

/** Whether instances begin with data alone: no code runs, and all of it goes to one memory, at fixed addresses. */
function isPlain(data: Data): boolean {
  return data.every((each) => {
    if (each === undefined) return true
    const [first] = each.data
    const isOne = each.data.every(({ memory, address }) => {
      const isFixed = address.length === 1 && address[0]?.kind === 'constant'
      return isFixed && memory.kind === first?.memory.kind && memory.name === first.memory.name
    })
    return isOne && each.start === undefined
  })
}

function addressOf({ address }: DataInitialiser): number {
  const [step] = address
  return step?.kind === 'constant' ? Number(BigInt.asUintN(32, step.value)) : 0
}

function roomOfData(instances: readonly Places[], data: Data): number {
  return sum(instances.map(({ module }) => data[module]?.room ?? 0))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}
