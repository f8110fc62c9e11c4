/**
 * An invocation, and the runs of an agent that it belongs to, as the code needs them that serves requests.
 *
 * `runtime/agents` implements both. Serving knows nothing of slots, images and turns.
 *
 * @module
 */
import type { MayflyError } from '../errors/index.ts'
import type { InvocationContext, Program } from '../host-module/index.ts'
import type { Limits } from '../manifest/index.ts'
import type { ArrivingBody } from './arriving-body.ts'
import type { Outcome } from './outcome.ts'
import type { BodySink } from './response-body.ts'
import type { ResponseRecord } from './response-record.ts'

/** A call whose result is there before its end. */
export interface ReturnedCall {
  /** @throws the error that the guest returned */
  value(): unknown
}

/** One invocation, while something serves it. */
export interface ServedInvocation extends InvocationContext {
  /** On the clock of `performance.now()`, as `deadlineAt`. */
  readonly startedAt: number
  readonly deadlineAt: number // Later once the answer streams
  /** How it ended; nothing while it runs. */
  readonly outcome: Outcome | undefined
  /** Whether it waits for the rest of its request. */
  isArriving: boolean
  /** Arguments and streams of a program, when it runs as one. */
  program: Program | undefined
  /** The body of its request, when that was not there with the head. */
  requestBody: ArrivingBody | undefined
  /** The sink for a streamed answer. */
  answer: { readonly body: BodySink } | undefined
  /** Called when the guest is about to wait for the host. */
  onWait: (() => void) | undefined
  /** Called when the guest must stop. */
  onStop: ((reason: MayflyError) => void) | undefined
  /** Settles when the work for it has ended that it outlasts; nothing without any. */
  readonly outlasted: Promise<unknown> | undefined
  /** Returns the final answer, when its handler returned `record`. */
  answerOf(record: ResponseRecord): ResponseRecord
  /**
   * Counts `bytes` of its answer as held until the client has them. Returns whether they may be.
   *
   * @param whole - the answer, where that is a result of the guest: its bytes are used again once the client has them
   */
  holdAnswer(bytes: number, whole?: Uint8Array): boolean
  /** How it ends with `error`. */
  outcomeOf(error: unknown): Outcome
  /** Has it halted at its deadline while no code of its guest runs. */
  watchDeadline(): void
  /** The head of a streamed answer leaves: from now on the answer may go on for as long as the manifest allows. */
  streams(): void
  /** Has it end when its client goes away: from now on others run in between. */
  watchClient(): void
  /** Makes the guest stop. */
  halt(reason: MayflyError): void
  /**
   * Has `give` called once, when its guest has returned a result and goes on after that; at once when it has done so
   * already.
   */
  whenReturned(give: (call: ReturnedCall) => void): void
  /** Whether its client left before it had the answer: an answer is of no use any more. */
  readonly departed: boolean
  /** Its client has the answer: what its guest does from now on does not depend on the client. */
  answered(): void
  /** The client does not wait for the answer any more. A guest that hears of it has a moment to end by itself. */
  clientLeft(): void
  /** The error of an invocation whose client has gone. */
  clientGone(): MayflyError
  /** The error of an invocation whose caller has ended or must. */
  callerEnded(): MayflyError
}

/** Runs the exports of one agent. */
export interface Runs<Invocation extends ServedInvocation> {
  /** Of the agent. */
  readonly name: string
  readonly limits: Limits
  /** Fields that were left out of its answers, and recorded: one record of each is enough. */
  readonly leftOut: Set<string>
  /**
   * Calls the export `name`; a promise only when there is something to wait for.
   *
   * @throws the error of the call, or the reason why nothing may run
   */
  run(invocation: Invocation, name: string, args: readonly unknown[]): unknown
  /** Ends the invocation, records `outcome` and frees all it held. Once an invocation. */
  settle(invocation: Invocation, outcome: Outcome): void
}
