/**
 * Makes the sandboxes of one thread, and keeps what they share: shapes, pages of images, slots, turns.
 *
 * It knows nothing of grants, of hosts, and of how components are read (`ComponentCompiler`). So it is all of the engine that
 * a process needs which only runs guests.
 *
 * @module
 */
import type { LinkPlan } from '../link/index.ts'
import type { Manifest } from '../manifest/index.ts'
import {
  PageStore,
  ShapeStore,
  SlotPool,
  type PreparedCode,
  type Shape,
  type Slot,
} from '../stamp/index.ts'
import type { Dispatch } from './dispatch.ts'
import { releaseShape } from './release-shape.ts'
import { requireBrief } from './repeated-initialisation.ts'
import { choiceFor } from './reset-choice.ts'
import type { CommonRuntimeOptions } from './runtime-options.ts'
import type { InitialState, SandboxSource, Turns } from './sandbox-parts.ts'
import { Sandbox } from './sandbox.ts'
import { TurnLine, type TurnStats } from './turn-line.ts'
import { WaitingRoom, type WaitingUse } from './waiting-room.ts'

/** The options of a runtime that are about guests alone. */
export type SandboxesOptions = Pick<
  CommonRuntimeOptions,
  | 'codeStore'
  | 'features'
  | 'initialisationMs'
  | 'line'
  | 'onFault'
  | 'pool'
  | 'running'
  | 'turns'
  | 'waiting'
>

/** The code of a component, and the data that initialises it. */
export interface LoadedCode extends SandboxSource {
  readonly shape: Shape
  /** Initial size of its memories. */
  readonly memoryBytes: number
}

/** The code and the first state of a component: data that threads of one process can send each other. */
export interface PreparedSandbox {
  readonly kind: 'sandbox'
  /** Bytes that its memories begin with. */
  readonly memoryBytes: number
  readonly code: PreparedCode
  /** The same code without marks, when `code` has them: marks may turn out to cost more than they save. */
  readonly unmarked: PreparedCode | undefined
  /** The imports, by index, that may have a guest wait. */
  readonly suspending: ReadonlySet<number>
  readonly initial: InitialState
}

type Limited = Pick<Manifest, 'name' | 'limits'>

export class Sandboxes {
  readonly #options: SandboxesOptions
  readonly #pages = new PageStore()
  /** The code that is in use. */
  readonly shapes: ShapeStore = new ShapeStore()
  readonly #pool: SlotPool<Slot>
  readonly #line: TurnLine
  readonly #room: WaitingRoom
  readonly #turns: (agent: string) => Turns

  constructor(options: SandboxesOptions) {
    const { line, pool, turns = 'fair', waiting } = options
    this.#options = options
    this.#line = new TurnLine(line, pool?.maxBytes)
    this.#turns = typeof turns === 'function' ? turns : () => turns
    const room = new WaitingRoom(waiting)
    this.#room = room
    this.#pool = new SlotPool({ ...pool, onWant: (borrower) => room.makeRoom(borrower) })
  }

  /** How guests that compute for long share the thread. */
  get turns(): TurnStats {
    return this.#line.stats()
  }

  /** The guests of all agents that wait without a slot. */
  get waiting(): WaitingUse {
    return this.#room.use()
  }

  /** The slots of all agents together. */
  get slots(): Pick<SlotPool<Slot>, 'slots' | 'bytes' | 'waiting' | 'refused'> {
    return this.#pool
  }

  /** Takes over what `prepared` returned on another thread. */
  adopt(
    { code, unmarked, initial, memoryBytes }: PreparedSandbox,
    plan: LinkPlan,
    suspending: ReadonlySet<number>,
  ): LoadedCode {
    return {
      shape: this.shapes.adopt(code, plan, suspending, unmarked && always(unmarked)),
      memoryBytes,
      data: initial.state === 'code' ? initial.data : [],
      known: initial,
    }
  }

  /**
   * Initialises the component.
   *
   * @param initial - answers its imports meanwhile
   * @throws {MayflyError} ERR_GUEST_TRAPPED, ERR_LIMIT_EXCEEDED when that traps or takes too long
   */
  make(
    { name, limits }: Limited,
    { shape, memoryBytes, data, known, learn }: LoadedCode,
    initial: Dispatch,
  ): Sandbox {
    const { running, initialisationMs, onFault } = this.#options
    try {
      return new Sandbox({
        agent: name,
        limits,
        choice: choiceFor(limits, memoryBytes),
        shape,
        initial,
        data,
        known,
        learn,
        pool: this.#pool,
        store: this.#pages,
        shapes: this.shapes,
        line: this.#line,
        room: this.#room,
        turns: this.#turns(name),
        running,
        initialisationMs,
        onFault,
      })
    } catch (error) {
      this.release(shape)
      throw error
    }
  }

  /**
   * Returns what other threads need to make the same sandbox.
   *
   * @throws {MayflyError} ERR_LIMIT_EXCEEDED when each slot must initialise itself, and that takes long
   */
  async prepared(
    { name }: Pick<Manifest, 'name'>,
    code: LoadedCode,
    sandbox: Sandbox,
  ): Promise<PreparedSandbox> {
    requireBrief(sandbox, name)
    const { shape } = code
    return {
      ...this.copyOf(code, sandbox),
      unmarked: shape.options.marks ? await this.shapes.prepareUnmarked(shape) : undefined,
    }
  }

  /** Returns what is needed to make the same sandbox, which then keeps its marks. */
  copyOf({ memoryBytes }: LoadedCode, { shape, initialState }: Sandbox): PreparedSandbox {
    const code = this.shapes.codeOf(shape)
    const { suspending } = shape
    return {
      kind: 'sandbox',
      memoryBytes,
      code,
      unmarked: undefined,
      suspending,
      initial: initialState,
    }
  }

  /** Gives back a shape of which no sandbox was made. */
  release(shape: Shape): void {
    releaseShape(shape, this.shapes, this.#pool)
  }

  /** Drops idle slots. Every sandbox was released. */
  close(): void {
    this.#pool.close()
  }
}

/** A separate function, because a closure would keep the scope that it is made in. */
function always<Value>(value: Value): () => Promise<Value> {
  return () => Promise.resolve(value)
}
