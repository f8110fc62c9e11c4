/**
 * The values of one component's functions, as they cross between two processes.
 *
 * They cross as the canonical ABI lays them out in memory: a message carries a small memory. So the host reads values
 * of a process with the code that reads them from a guest, which trusts no pointer, no length and no handle. Handles are
 * those of the host: to it, the process of a group is one more component instance.
 *
 * @module
 */
import {
  AbiContext,
  BorrowScope,
  CodecSet,
  GuestMemory,
  LIFT_BUDGET_BYTES,
  mismatch,
  trap,
  type Codec,
  type FunctionType,
  type InstanceState,
  type ResourceBridge,
  type ValueType,
} from '../abi/index.ts'
import { MayflyError } from '../errors/index.ts'
import { indexExports, type LinkPlan, type ResourceDefinition } from '../link/index.ts'

/** One function of a plan. */
export interface CrossingFunction {
  readonly name: string
  readonly params: Codec
  readonly paramCount: number
  readonly result: Codec | undefined
  /** Whether its result is a `result`, whose error JavaScript throws. */
  readonly throws: boolean
  /** Whether core code reaches it. */
  readonly used: boolean
  /** Whether its second parameter is a stream that the host takes as part of the first as well. */
  readonly uploads: boolean
  /** Whether it is lifted with `async`: its guest can hear that it is to end. */
  readonly hears: boolean
}

/** All functions of a plan, by the numbers that messages name them with: both sides count them alike. */
export interface CrossingPlan {
  readonly imports: readonly CrossingFunction[]
  readonly exports: readonly CrossingFunction[]
  /** Numbers of exports, by every name that finds them. */
  readonly exportNumbers: ReadonlyMap<string, number>
  readonly resources: readonly ResourceDefinition[]
}

export function crossingPlan(plan: LinkPlan): CrossingPlan {
  const codecs = new CodecSet()
  const { functions } = indexExports(plan.exports)
  const compile = (
    name: string,
    type: FunctionType,
    used: boolean,
    hears: boolean,
  ): CrossingFunction => ({
    name,
    params: codecs.get(tupleOf(type)),
    paramCount: type.params.length,
    result: type.result && codecs.get(type.result),
    throws: type.result?.kind === 'result',
    used,
    hears,
    uploads: false,
  })
  return {
    imports: plan.imports.map((imported) => ({
      ...compile(imported.name, imported.type, imported.used, false),
      uploads: isUpload(imported),
    })),
    exports: [...functions].map(([name, { type, target }]) => {
      const hears = target.kind === 'lift' && plan.lifts[target.index]?.options.async === true
      return compile(name, type, true, hears)
    }),
    exportNumbers: new Map([...functions.keys()].map((name, index) => [name, index])),
    resources: plan.resources,
  }
}

function isUpload({ interface: face, name }: LinkPlan['imports'][number]): boolean {
  return name === 'open' && face.replace(/@.*/, '') === 'mayfly:agent/http'
}

function tupleOf({ params }: FunctionType): ValueType {
  return { kind: 'tuple', elements: params.map(({ type }) => type) }
}

/** Handles are looked up and made in `state`. */
export interface Side {
  readonly state: InstanceState
  readonly bridge: ResourceBridge
}

/** Resources of the host as they cross. Those that a component defines stay where it runs, and streams do not cross. */
export function bridgeOf({ resources }: Pick<CrossingPlan, 'resources'>): ResourceBridge {
  const imported = (resource: number, value: unknown): unknown => {
    const definition = resources[resource]
    if (definition?.kind === 'imported') return value
    throw new MayflyError(
      'ERR_COMPONENT_UNSUPPORTED',
      `Cannot pass resource "${definition?.name ?? ''}": a component that is isolated keeps its own resources`,
      { hint: 'Pass values, or serve the agent without --isolate' },
    )
  }
  const object = (resource: number, value: unknown): unknown => {
    imported(resource, value)
    if ((typeof value === 'object' && value !== null) || typeof value === 'function') return value
    return mismatch(`resource "${resources[resource]?.name}"`, value)
  }
  return {
    host: {},
    implementer: () => undefined,
    ownToHost: imported,
    borrowToHost: imported,
    ownFromHost: object,
    borrowFromHost: object,
    liftEnd: refuseEnd,
    lowerEnd: refuseEnd,
    passed() {},
    copyResult: (bytes) => bytes.slice(),
  }
}

function refuseEnd(_context: AbiContext, kind: string): never {
  throw new MayflyError(
    'ERR_COMPONENT_UNSUPPORTED',
    `Cannot pass a ${kind}: a component that is isolated shares none with its host`,
    { hint: 'Pass values, or serve the agent without --isolate' },
  )
}

const FIRST_BYTES = 4_096
// Larger messages are rare: the memory for one is given back before the next.
const MOST_KEPT_BYTES = 1_048_576
const NOTHING = new Uint8Array()
/** Memory that values are laid out in; the next value overwrites it. One for all the messages of a thread. */
export class Crossing {
  readonly #memory = new GuestMemory(undefined)
  readonly #incoming = new GuestMemory(undefined)
  #buffer = new ArrayBuffer(FIRST_BYTES)
  #used = 0

  /** Lays out `value`. The bytes are to be copied before the next value. */
  write(codec: Codec | undefined, side: Side, value: unknown): Uint8Array {
    if (codec === undefined || codec.size === 0) return NOTHING
    if (this.#buffer.byteLength > MOST_KEPT_BYTES) this.#buffer = new ArrayBuffer(FIRST_BYTES)
    // Values leave gaps, which must not show one group what another was sent.
    else this.#memory.bytes.fill(0, 0, this.#used)
    this.#show()
    this.#used = 0
    const { state, bridge } = side
    const realloc = (_old: unknown, _oldSize: unknown, alignment: unknown, size: unknown): number =>
      this.#allocate(alignment as number, size as number) // As the context calls it
    const context = new AbiContext(this.#memory, 'utf8', state, bridge, realloc)
    context.begin(true, codec.borrows ? new BorrowScope() : undefined)
    const pointer = context.allocate(codec.size, codec.alignment)
    codec.store(context, pointer, value)
    // Text can be longer here than where it came from. The other side reads no more than this.
    if (this.#used > LIFT_BUDGET_BYTES) trap(`Cannot pass ${this.#used} bytes to another process`)
    return this.#memory.bytes.subarray(0, this.#used)
  }

  /**
   * Reads the value that `write` has laid out in `bytes`.
   *
   * @param scope - of the call that borrowed handles are lent to
   * @throws {MayflyError} when there is no value of this type
   */
  read(codec: Codec | undefined, side: Side, bytes: Uint8Array, scope?: BorrowScope): unknown {
    if (codec === undefined) return undefined
    // Copied: the codecs take offsets from the start of a buffer, and values must not share the frame.
    const own = new Uint8Array(bytes)
    const memory = this.#incoming
    memory.bytes = own
    memory.view = new DataView(own.buffer)
    const { state, bridge } = side
    const context = new AbiContext(memory, 'utf8', state, bridge, undefined)
    context.begin(true, scope)
    memory.check(0, codec.size, 1)
    try {
      return codec.load(context, 0)
    } finally {
      // It may be large, and the next message has its own.
      memory.bytes = NOTHING
    }
  }

  #allocate(alignment: number, size: number): number {
    const pointer = (this.#used + alignment - 1) & -alignment
    const end = pointer + size
    if (end > this.#buffer.byteLength) this.#grow(end)
    this.#used = end
    return pointer
  }

  #grow(byteLength: number): void {
    if (byteLength > 2 * LIFT_BUDGET_BYTES)
      trap(`Cannot pass ${byteLength} bytes to another process`)
    const grown = new ArrayBuffer(Math.max(byteLength, 2 * this.#buffer.byteLength))
    new Uint8Array(grown).set(new Uint8Array(this.#buffer))
    this.#buffer = grown
    this.#show()
  }

  #show(): void {
    if (this.#memory.bytes.buffer === this.#buffer) return
    this.#memory.bytes = new Uint8Array(this.#buffer)
    this.#memory.view = new DataView(this.#buffer)
  }
}
