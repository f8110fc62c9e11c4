/**
 * The parts of a sandbox, and the facts it reports.
 *
 * @module
 */
import type { Initialisers } from '../binary/index.ts'
import type { Manifest } from '../manifest/index.ts'
import type { ImageData, PageStore, Shape, ShapeStore, Slot, SlotPool } from '../stamp/index.ts'
import type { Dispatch } from './dispatch.ts'
import type { Reset, ResetChoice } from './reset-choice.ts'
import type { KeptStats } from './kept-slots.ts'
import type { TurnLine } from './turn-line.ts'
import type { WaitingRoom, WaitingUse } from './waiting-room.ts'

export interface SandboxParts {
  /** For messages. */
  readonly agent: string
  readonly shape: Shape
  readonly choice: ResetChoice
  readonly pool: SlotPool<Slot>
  readonly store: PageStore
  readonly limits: Manifest['limits']
  /** Answers imports while the component initialises. */
  readonly initial: Dispatch
  /** Where its guests wait for the host. */
  readonly room: WaitingRoom
  /** Where its guests wait for their turn. */
  readonly line: TurnLine
  /** How they are entered. */
  readonly turns: Turns
  /** No closures: they would keep the component that they were made next to. */
  readonly shapes: ShapeStore
  /** Takes the deadline of the guest that runs on this thread. */
  readonly running?: Float64Array | undefined
  /**
   * Milliseconds that an initialisation may take, even if the manifest allows more.
   *
   * @default none but its deadline
   */
  readonly initialisationMs?: number | undefined
  /** Called with failures outside of calls: the agent is served as before. Must not throw. */
  readonly onFault?: ((agent: string, error: unknown) => void) | undefined
}

/**
 * How guests are entered that may compute for long. `fair`: so that they can be suspended. `adaptive`: plainly,
 * which is quicker by a microsecond, until one of them has outrun its slice.
 */
export type Turns = 'fair' | 'adaptive'

/** Input for making a sandbox, which the sandbox does not keep. */
export interface SandboxSource {
  /** Initial data of the core modules, in the order of the plan. */
  readonly data: readonly (Initialisers | undefined)[]
  /** The result of initialising on another thread: then it is not tried again. */
  readonly known?: InitialState | undefined
}

/** The result of initialising a component: data that threads of one process can send each other. */
export type InitialState =
  /** Every slot of the shape can carry the image: no code of the guest need run to make it. */
  | { readonly state: 'image'; readonly image: ImageData }
  /** Each slot initialises itself. */
  | {
      readonly state: 'code'
      readonly data: readonly (Initialisers | undefined)[]
      /** The interface of WASI that it calls meanwhile: only within an invocation it can be initialised. */
      readonly earlyCall: string | undefined
    }

/** The slots of an agent, and how they are put back after each call. */
export interface SandboxStats {
  /** How often its guests have let others have their turn. */
  readonly pauses: number
  /** Slots it has, lent by the pool. */
  readonly slots: number
  /** Invocations that wait for a slot. */
  readonly slotsWaiting: number
  /** Guests that wait without a slot, of all versions of the agent; and guests of this one that keep theirs. */
  readonly waiting: WaitingUse & KeptStats
  /** Bytes of the image that no other agent shares. */
  readonly imageBytes: number
  /** Median over the latest calls, in microseconds. */
  readonly stampMicros: number
  /** How a slot is put back to its image now. */
  readonly reset: Reset
  /** Why the state cannot be restored in place. Empty when it can. */
  readonly unstampable: readonly string[]
}
