/**
 * One call of the host, in the process where its guest runs.
 *
 * @module
 */
import { nextLoopTurn, stopped } from '../agents/index.ts'
import { ComponentError, type HostCall } from '../link/index.ts'
import type { CrossingFunction } from './crossing.ts'
import { encodeError } from './encoded-error.ts'
import { ENDING, FROM_GROUP, type FrameReader, type FrameWriter } from './frame.ts'
import { ImportCaller, type ImportCallerParts } from './import-caller.ts'

export interface ResidentCallParts extends ImportCallerParts {
  readonly exported: CrossingFunction
}

export class ResidentCall {
  readonly imports: ImportCaller
  readonly #parts: ResidentCallParts
  /** Whether its guest has returned a result before its end. */
  #hasReturned = false
  /** Whether the host has that. */
  #isSent = false
  #isOver = false
  /** With what it ends when it agrees to end, once it was asked to. */
  #leaving: unknown

  constructor(parts: ResidentCallParts) {
    this.#parts = parts
    this.imports = new ImportCaller(parts, (call) => this.#returned(call))
  }

  /** @throws {MayflyError} when there is no tuple of its arguments */
  arguments(frame: FrameReader): readonly unknown[] {
    const { channel, exported, side } = this.#parts
    return channel.crossing.read(exported.params, side, frame.rest()) as unknown[] // A tuple
  }

  stop(): void {
    const { invocation } = this.#parts
    invocation.halt(stopped(invocation.agent, 'its host said so'))
  }

  /** Its client has left. A guest that cannot hear of it is stopped. */
  leave(): void {
    // One that has returned goes on, for as long as the host lets it.
    if (this.#hasReturned) return
    const { invocation } = this.#parts
    const reason = stopped(invocation.agent, 'its client has left')
    this.#leaving = reason
    if (!invocation.asksToEnd(reason)) invocation.halt(reason)
  }

  /** The guest has ended. */
  finish(threw: boolean, value: unknown): void {
    const { id, invocation, channel } = this.#parts
    const { imports } = this
    this.#isOver = true
    invocation.end()
    imports.end()
    const begin = (ending: number): FrameWriter =>
      channel.writer.begin(FROM_GROUP.done).u32(id).u8(ending).f64(invocation.fuelUsed)
    if (threw && imports.hasFailed) return channel.send(begin(ENDING.hostFailure).end())
    if (threw && this.#leaving !== undefined && value === this.#leaving)
      return channel.send(begin(ENDING.cancelled).end())
    // The error of a `result` is no failure.
    if (this.#isSent && (!threw || value instanceof ComponentError))
      return channel.send(begin(ENDING.returned).end())
    try {
      const bytes = this.#written(() => {
        if (threw) throw value
        return value
      })
      channel.send(begin(ENDING.value).bytes(bytes).end())
    } catch (error) {
      // Its own, or that a resource of its own cannot cross.
      channel.send(begin(ENDING.error).text(encodeError(error)).end())
    }
  }

  #returned(call: HostCall): void {
    this.#hasReturned = true
    if (call.resting) return this.#send(call)
    // A suspended stack that has returned is mostly at its end: then one message says both.
    nextLoopTurn(() => {
      if (!this.#isOver) this.#send(call)
    })
  }

  #send(call: HostCall): void {
    let result: Uint8Array
    try {
      result = this.#written(() => call.value())
    } catch {
      // The end of the call says why.
      return
    }
    this.#isSent = true
    const { id, invocation, channel } = this.#parts
    const frame = channel.writer.begin(FROM_GROUP.returned).u32(id).f64(invocation.ownFuel)
    channel.send(frame.bytes(result).end())
  }

  /** The result that `take` returns, or throws as the error of a `result`, as it crosses. */
  #written(take: () => unknown): Uint8Array {
    const { exported, side, channel } = this.#parts
    let result: unknown
    try {
      const value = take()
      result = exported.throws ? { tag: 'ok', val: value } : value
    } catch (error) {
      if (!exported.throws || !(error instanceof ComponentError)) throw error
      result = { tag: 'err', val: error.payload }
    }
    return channel.crossing.write(exported.result, side, result)
  }
}
