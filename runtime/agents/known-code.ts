/**
 * Findings about the code of components, for the next one with the same skeleton: an agent made by a toolchain that was
 * seen before is decoded, validated and linked by looking it up.
 *
 * Nothing is taken on trust: a skeleton has all that the findings depend on, and is found by its SHA-256.
 *
 * @module
 */
import {
  readSnapshot,
  roomOf,
  WASM_PAGE_BYTES,
  type DataInitialiser,
  type DeclaredState,
  type Initialisers,
  type ModuleState,
  type Skeleton,
} from '../binary/index.ts'
import type { LinkPlan } from '../link/index.ts'
import type { Blank, PreparedCode } from '../stamp/index.ts'

/** By core module of the plan, its state; `undefined` where the skeleton has all of the module. */
export type States = readonly (ModuleState | undefined)[]

/** The component that the findings are from. */
export interface FirstComponent {
  readonly plan: LinkPlan
  readonly layout: Skeleton['layout']
  readonly states: States
  readonly data: readonly Initialisers[]
}

/** What is known of all components of one skeleton. */
export class KnownCode {
  /** Of the first component. */
  readonly plan: LinkPlan
  /** Of the first component. */
  readonly layout: Skeleton['layout']
  /** By their options. */
  readonly prepared: Map<string, PreparedCode> = new Map<string, PreparedCode>()
  /** By the key of their shape. */
  readonly blanks: Map<string, Blank> = new Map<string, Blank>()
  /** By core module, the size of its memory in the first component. */
  readonly #pages: readonly number[]
  /** By core module, its initialisers in the first component, without the bytes. */
  readonly #data: readonly Initialisers[]
  /** By the features that are allowed, what the modules of the first component declare. */
  readonly #declared = new Map<string, readonly DeclaredState[]>()

  constructor({ plan, layout, states, data }: FirstComponent) {
    this.plan = plan
    this.layout = layout
    this.#pages = data.map((_, index) => states[index]?.pages ?? 0)
    // Views of its bytes would take all of it along.
    this.#data = data.map((each) => ({
      ...each,
      data: each.data.slice(0, 1).map((segment) => ({ ...segment, bytes: new Uint8Array() })),
    }))
  }

  /**
   * Whether a component with `states` links as the first does: one that imports a memory may ask for the size that the
   * first one's has.
   */
  covers(states: States): boolean {
    return this.#pages.every((pages, index) => (states[index]?.pages ?? pages) >= pages)
  }

  /** What the modules of a component declare; nothing where none was examined with these features. */
  declaredWith(features: readonly string[], states: States): DeclaredState[] | undefined {
    return this.#declared.get(features.join())?.map((declared, index) => {
      const more = this.#grown(states, index)
      return {
        ...declared,
        memoryBytes: declared.memoryBytes + more,
        bytes: declared.bytes + more,
      }
    })
  }

  /** Keeps what the modules of the first component declare. */
  examined(features: readonly string[], declared: readonly DeclaredState[]): void {
    this.#declared.set(features.join(), declared)
  }

  /** The initialisers of a component. */
  dataOf(modules: readonly Uint8Array[], states: States): Initialisers[] {
    return modules.map((bytes, index) => {
      const state = states[index]
      const first = this.#data[index]
      if (state === undefined || first === undefined) return readSnapshot(bytes)
      const memory = first.data[0]?.memory
      return {
        ...first,
        data: state.data.flatMap(({ address, bytes: written }) =>
          memory === undefined ? [] : [{ memory, address: [constant(address)], bytes: written }],
        ),
        memories: (first.memories ?? []).map(({ name }) => ({ name, pages: state.pages ?? 0 })),
        values: (first.values ?? []).map(({ name }, at) => ({
          name,
          value: state.values[at] ?? 0,
        })),
        room: first.room + roomOf(this.#grown(states, index)),
      }
    })
  }

  /** Bytes by which the memory of a module is larger than in the first component. */
  #grown(states: States, index: number): number {
    const pages = this.#pages[index] ?? 0
    return ((states[index]?.pages ?? pages) - pages) * WASM_PAGE_BYTES
  }
}

function constant(address: number): DataInitialiser['address'][number] {
  return { kind: 'constant', value: BigInt(address), wide: false }
}
