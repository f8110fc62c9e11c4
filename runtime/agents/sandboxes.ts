/**
 * Makes the sandboxes of one thread, and keeps what they share: shapes, pages of images, slots, turns.
 *
 * It knows nothing of grants and hosts. So it is all of the engine that a process needs which only runs guests.
 *
 * @module
 */
import { boundModuleBytes, readSnapshot, WASM_PAGE_BYTES } from '../binary/index.ts'
import type { LinkPlan } from '../link/index.ts'
import type { Manifest } from '../manifest/index.ts'
import {
  Blank,
  PageStore,
  ShapeStore,
  SlotPool,
  type PreparedCode,
  type Shape,
  type Slot,
} from '../stamp/index.ts'
import { admit, admitStacks } from './admit.ts'
import { ComponentReader, type ReadComponent } from './component-reader.ts'
import type { Dispatch } from './dispatch.ts'
import { examine, explainRefusal } from './examine.ts'
import type { KnownCode } from './known-code.ts'
import { releaseShape } from './release-shape.ts'
import { requireBrief } from './repeated-initialisation.ts'
import { ResetChoice } from './reset-choice.ts'
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
  readonly initial: InitialState
}

type Limited = Pick<Manifest, 'name' | 'limits'>

export class Sandboxes {
  readonly #options: SandboxesOptions
  readonly #reader = new ComponentReader()
  readonly #pages = new PageStore()
  readonly #shapes: ShapeStore
  readonly #pool: SlotPool<Slot>
  readonly #line: TurnLine
  readonly #room: WaitingRoom
  readonly #turns: (agent: string) => Turns

  constructor(options: SandboxesOptions) {
    const { line, pool, codeStore, turns = 'fair', waiting } = options
    this.#options = options
    this.#line = new TurnLine(line, pool?.maxBytes)
    this.#turns = typeof turns === 'function' ? turns : () => turns
    this.#shapes = new ShapeStore(codeStore)
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

  /** @throws {MayflyError} ERR_COMPONENT_MALFORMED, ERR_COMPONENT_UNSUPPORTED */
  read(component: Uint8Array): Promise<ReadComponent> {
    return this.#reader.read(component)
  }

  /**
   * Rewrites and compiles the code of a component, unless its code is known.
   *
   * @throws {MayflyError} ERR_COMPONENT_MALFORMED, ERR_COMPONENT_UNSUPPORTED, ERR_LIMIT_EXCEEDED
   */
  async compile(
    read: ReadComponent,
    manifest: Manifest,
    suspending: ReadonlySet<number>,
  ): Promise<LoadedCode> {
    const { name, limits, features: asked = [] } = manifest
    const { component, plan, states } = read
    const modules = plan.modules.map(({ start, end }) => component.subarray(start, end))
    const features = this.#options.features ?? []
    const used = asked.filter((feature) => features.includes(feature)).sort()
    boundModuleBytes(modules)
    const found = read.known?.declaredWith(used, states)
    const declared = found ?? (await examine(modules, manifest, features))
    const known = found && read.known
    const data = known?.dataOf(modules, states) ?? modules.map(readSnapshot)
    const maxMemoryPages = Math.floor(limits.memoryBytes / WASM_PAGE_BYTES)
    const maxBytes = maxMemoryPages * WASM_PAGE_BYTES
    const begins = admit(name, plan, declared, maxBytes)
    const { memoryBytes } = begins
    const { reset } = choiceFor(limits, memoryBytes)
    const wanted = {
      marks: reset === 'pages',
      fuel: limits.metering === 'fuel',
      undoGrowth: true,
      maxMemoryPages,
    }
    const options = JSON.stringify(wanted)
    const prepared = known?.prepared.get(options)
    const acquired = this.#shapes.acquire(component, plan, suspending, wanted, prepared)
    // Its instructions are looked at only now, unless its code is known.
    const shape = await acquired.catch((error: unknown) => {
      throw explainRefusal(error, manifest)
    })
    try {
      admitStacks(name, begins, shape, maxBytes)
    } catch (error) {
      releaseShape(shape, this.#shapes, this.#pool)
      throw error
    }
    const learnt = known ?? this.#reader.learn(read, used, declared, data)
    learnt?.prepared.set(options, this.#shapes.codeOf(shape))
    const blank = reset === 'fresh' ? undefined : learnt?.blanks.get(shape.key)
    const image = blank?.imageOf(data)
    return {
      shape,
      memoryBytes,
      data,
      known: image && { state: 'image', image },
      learn: learnt && learning(learnt),
    }
  }

  /** Takes over what `prepared` returned on another thread. */
  adopt(
    { code, unmarked, initial, memoryBytes }: PreparedSandbox,
    plan: LinkPlan,
    suspending: ReadonlySet<number>,
  ): LoadedCode {
    return {
      shape: this.#shapes.adopt(code, plan, suspending, unmarked && always(unmarked)),
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
        shapes: this.#shapes,
        line: this.#line,
        room: this.#room,
        turns: this.#turns(name),
        running,
        initialisationMs,
        onFault,
      })
    } catch (error) {
      releaseShape(shape, this.#shapes, this.#pool)
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
      unmarked: shape.options.marks ? await this.#shapes.prepareUnmarked(shape) : undefined,
    }
  }

  /** Returns what is needed to make the same sandbox, which then keeps its marks. */
  copyOf({ memoryBytes }: LoadedCode, { shape, initialState }: Sandbox): PreparedSandbox {
    const code = this.#shapes.codeOf(shape)
    return { kind: 'sandbox', memoryBytes, code, unmarked: undefined, initial: initialState }
  }

  /** Drops idle slots. Every sandbox was released. */
  close(): void {
    this.#pool.close()
  }
}

function choiceFor({ reset, metering }: Manifest['limits'], memoryBytes: number): ResetChoice {
  return new ResetChoice(reset, memoryBytes, metering === 'fuel')
}

/** Returns a function that keeps in `code` what the shape of `slot` has for all components of the skeleton. */
function learning(code: KnownCode): SandboxSource['learn'] {
  return (slot, data) => {
    const blank = Blank.of(slot, data)
    if (blank !== undefined) code.blanks.set(slot.code.key, blank)
  }
}

/** A separate function, because a closure would keep the scope that it is made in. */
function always<Value>(value: Value): () => Promise<Value> {
  return () => Promise.resolve(value)
}
