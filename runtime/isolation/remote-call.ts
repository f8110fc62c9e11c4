/**
 * One call into an agent whose guest runs in the process of its group, as the host sees it.
 *
 * The host answers its imports under the grants of the invocation, and keeps the objects that its handles stand for. What
 * the process says is checked: here values of the type of its result, handles that it was given, and the order in which a
 * call returns and ends.
 *
 * @module
 */
import { InstanceState, ResourceHandle, trap } from '../abi/index.ts'
import type { Invocation } from '../agents/index.ts'
import { ComponentError, type HostCall } from '../link/index.ts'
import type { CrossingFunction, Side } from './crossing.ts'
import { bridgeOf } from './crossing.ts'
import { decodeError } from './encoded-error.ts'
import { ENDING, malformed, TO_GROUP, type FrameReader } from './frame.ts'
import { RemoteImports, type RemoteImportsParts } from './remote-imports.ts'
import { RemoteMeter } from './remote-meter.ts'

export interface RemoteCallParts extends RemoteImportsParts {
  readonly agent: string
  readonly exported: CrossingFunction
  readonly invocation: Invocation
}

/** What a guest has returned. */
type Result =
  { readonly tag: 'ok'; readonly val: unknown } | { readonly tag: 'err'; readonly val: unknown }

export class RemoteCall implements Pick<HostCall, 'requestCancellation'> {
  readonly id: number
  readonly invocation: Invocation
  readonly meter: RemoteMeter
  /** Settles with its value, or rejects with its error. */
  readonly ended: Promise<unknown>
  /** Looks of the watchdog since its guest was to stop; `undefined` while it may run. */
  looks: number | undefined
  readonly #parts: RemoteCallParts
  readonly #side: Side
  /** Answers what its guest calls. */
  readonly imports: RemoteImports
  /** The result, when the guest has returned it and goes on. */
  #returned: Result | 'unread' | undefined
  /** Why its guest was asked to end. */
  #asked: { readonly reason: unknown } | undefined
  #isOver = false
  #resolve: (value: unknown) => void = () => {}
  #reject: (error: unknown) => void = () => {}

  constructor(parts: RemoteCallParts) {
    const { id, plan, invocation } = parts
    this.#parts = parts
    this.#side = { state: new InstanceState(), bridge: bridgeOf(plan) }
    this.id = id
    this.invocation = invocation
    this.meter = new RemoteMeter(invocation.fuel)
    this.imports = new RemoteImports(parts, this.#side, this.meter)
    this.ended = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  /**
   * Sends the call.
   *
   * @throws {ValueMismatch} when `args` do not fit
   */
  begin(agent: number, exportNumber: number, args: readonly unknown[]): void {
    const { channel, exported, invocation, id } = this.#parts
    const { crossing, writer } = channel
    const values = crossing.write(exported.params, this.#side, padded(args, exported.paramCount))
    channel.send(
      writer
        .begin(TO_GROUP.run)
        .u32(id)
        .u32(agent)
        .u32(exportNumber)
        .u32(invocation.depth)
        // The deadline of its answer is kept on this side.
        .f64(Math.max(0, invocation.deadlineAt - performance.now()) + invocation.connectionMs)
        .f64(invocation.fuel)
        .bytes(values)
        .end(),
    )
  }

  /** Asks its guest to end. Returns false when that cannot hear of it. */
  requestCancellation(reason: unknown): boolean {
    const { id, exported, channel } = this.#parts
    if (!exported.hears || this.#isOver || this.#returned !== undefined) return false
    if (this.#asked !== undefined) return true
    this.#asked = { reason }
    channel.send(channel.writer.begin(TO_GROUP.leave).u32(id).end())
    return true
  }

  /** The guest has dropped a handle. @throws {MayflyError} when it has none such */
  drop(handle: number): void {
    const { handles } = this.#side.state
    const entry = handles.get(handle)
    if (!(entry instanceof ResourceHandle) || !entry.own || entry.lends > 0)
      trap(`Cannot drop handle ${handle}: it is not the guest's`)
    handles.remove(handle)
    if (this.#isOver) return
    const dispose = (entry.rep as Partial<Disposable>)[Symbol.dispose] // An object: the bridge saw to it
    if (typeof dispose !== 'function') return
    try {
      dispose.call(entry.rep)
    } catch (error) {
      this.imports.failure ??= { error }
    }
  }

  /**
   * The guest has returned its result, and goes on.
   *
   * @throws {MayflyError} for a message that breaks the protocol
   */
  returned(frame: FrameReader): void {
    this.meter.report(frame.f64())
    if (!this.#parts.exported.hears) throw malformed('the call returns at its end')
    if (this.#returned !== undefined) throw malformed('a call returns once')
    this.#returned = 'unread'
    if (this.#isOver) return
    const result = this.#result(frame)
    this.#returned = result
    this.invocation.hasReturned({ value: () => valueOf(result) })
  }

  /** The call has ended. @throws {MayflyError} for a message that breaks the protocol */
  done(frame: FrameReader): void {
    const ending = frame.u8()
    this.meter.report(frame.f64())
    const returned = this.#returned
    switch (ending) {
      case ENDING.value:
        if (returned !== undefined) throw malformed('a call returns once')
        if (this.#isOver) return
        return this.#end(this.#result(frame))
      case ENDING.returned:
        if (returned === undefined) throw malformed('the call has not returned')
        if (this.#isOver || returned === 'unread') return
        return this.#end(returned)
      case ENDING.error:
        return this.fail(decodeError(frame.restText()))
      case ENDING.hostFailure: {
        const { failure } = this.imports
        if (failure === undefined && !this.#isOver)
          throw malformed('no function of the host has failed')
        return this.fail(failure?.error)
      }
      case ENDING.cancelled:
        if (this.#asked === undefined || returned !== undefined)
          throw malformed('the host has not asked the guest to end')
        return this.fail(this.#asked.reason)
      default:
        throw malformed(`there is no ending ${ending}`)
    }
  }

  /** Ends it for its caller. */
  fail(error: unknown): void {
    if (this.#isOver) return
    this.#isOver = true
    this.imports.end()
    this.#reject(error)
  }

  #end(result: Result): void {
    this.#isOver = true
    this.imports.end()
    try {
      this.#resolve(valueOf(result))
    } catch (error) {
      this.#reject(error)
    }
  }

  #result(frame: FrameReader): Result {
    const { exported, channel } = this.#parts
    const value = channel.crossing.read(exported.result, this.#side, frame.rest())
    return exported.throws ? (value as Result) : { tag: 'ok', val: value } // Its codec made it
  }
}

/** @throws {ComponentError} the error of a `result` */
function valueOf({ tag, val }: Result): unknown {
  if (tag === 'ok') return val
  throw new ComponentError(val)
}

/** As in a call on this thread, missing arguments are `undefined`. */
function padded(args: readonly unknown[], count: number): unknown[] {
  return [...args, ...Array.from({ length: count - args.length }, () => undefined)]
}
