/**
 * One request, from the moment a slot runs it until it has ended: its identity, its deadline, its use of budgets and its
 * clean-ups.
 *
 * Made for every request: parts that one may not need, such as an abort signal or clean-ups, are made at their first use.
 *
 * Longer than other files: it is the state of a request, with all ways to end it.
 *
 * @module
 */
import type { AbortSource, CapabilityEvent, Program } from '../host-module/index.ts'
import { MayflyError } from '../errors/index.ts'
import { AnswerRoom } from './answer-room.ts'
import type { GrantedCapability } from './bind-imports.ts'
import { Budget, HeldBytes } from '../meter/index.ts'
import type { CallSignal } from '../link/index.ts'
import type { Slot } from '../stamp/index.ts'
import {
  limitExceeded,
  outcomeOf,
  type Outcome,
  type ResponseRecord,
  type ServedInvocation,
} from '../serve/index.ts'
import { abandoned, budgetSpent, outOfFuel } from './stop-reasons.ts'
import type { Digest } from '../digest/index.ts'
import type { InvocationOptions } from './invocation-options.ts'
import { Pace } from './pace.ts'
import { TimeLimits } from './time-limits.ts'
import { beginsAgain } from './trials.ts'
import type { Turn, TurnGiver } from './turn.ts'
import type { Waits } from './waits.ts'

// An honest agent stops after some refusals. An agent that goes on would fill the log.
const MAX_REFUSALS = 10_000

// One for all: a new one takes the host a stack trace.
const ENDED = new DOMException('The invocation has ended', 'AbortError')

export class Invocation extends TimeLimits implements ServedInvocation {
  readonly events: CapabilityEvent[] = []
  readonly caller: string
  /** How many calls of agents by agents it lies within. */
  readonly depth: number
  /** Whether it has a place among the running invocations of its agent, and among those of its tenant. */
  running = false
  sharing = false
  /** Whether it waits for the rest of its request. */
  isArriving = false
  /** How many calls of agents by agents may still be under way within it. */
  readonly toolDepth: number
  readonly toolFanOut: number
  /** Whether its caller goes on when it is suspended: no frames of other guests below its own have to be as well. */
  isDetached = false
  /** How it ended. */
  outcome: Outcome | undefined
  /** Why the guest must stop, once it must. The next fuel check or host call sees it. */
  stop: MayflyError | undefined
  /** Called when `stop` is set: a suspended guest does not come by a fuel check. */
  onStop: ((reason: MayflyError) => void) | undefined
  /** Called when its guest is about to wait for the host. */
  onWait: (() => void) | undefined
  /** Arguments and streams of a program, when it runs as one. */
  program: Program | undefined
  /** Makes the signal of the host's function that runs, when the guest may cancel that. */
  hostCall: CallSignal | undefined
  /** The prepared functions of each capability, by its index in the runtime. */
  readonly prepared: unknown[] = []
  /** Settles when the work for it has ended that it outlasts. */
  outlasted: Promise<unknown> | undefined
  #answerBody: Uint8Array | undefined
  #room: AnswerRoom | undefined
  #refusals = 0
  readonly #options: InvocationOptions<Invocation>
  #id: string | undefined
  #budget: Budget | undefined
  #held: HeldBytes | undefined
  #controller: AbortController | undefined
  #cleanups: (() => void)[] | undefined
  #ended = false
  readonly #pace = new Pace()
  #turn: Turn | undefined
  #pauses = 0
  #slot: Slot | undefined
  #turns: TurnGiver<Invocation> | undefined
  /** Its waits, once it waits. */
  rest: Waits | undefined

  /** `client` reports that the client does not wait for the answer any more. */
  constructor(options: InvocationOptions<Invocation>, client?: AbortSource) {
    super(options, client)
    const { id, caller, budgets } = options
    this.#options = options
    this.caller = caller
    this.#id = id
    // A caller that does not wait for the call goes on as soon as this one waits.
    this.isDetached = options.parent?.hostCall !== undefined
    this.depth = options.parent === undefined ? (options.depth ?? 0) : options.parent.depth + 1
    this.toolFanOut = budgets.toolFanOut
    this.toolDepth = Math.min(budgets.toolDepth, (options.parent?.toolDepth ?? Infinity) - 1)
  }

  get id(): string {
    return (this.#id ??= crypto.randomUUID())
  }

  /** Of its component. */
  get digest(): Digest | undefined {
    return this.#options.digest
  }

  /** Bytes that its caller handed to it. */
  get blobs(): readonly Uint8Array[] | undefined {
    return this.#options.blobs
  }

  /** Its grants, when they differ from those of its agent. */
  get granted(): readonly GrantedCapability[] | undefined {
    return this.#options.granted
  }

  /** Whether streams can pass between its guest and the host. */
  get passesStreams(): boolean {
    return this.#options.shared.passesStreams ?? true
  }

  outlast(work: Promise<void>): void {
    this.outlasted = this.outlasted === undefined ? work : Promise.all([this.outlasted, work])
  }

  answerWith(content: Uint8Array): void {
    this.#answerBody = content
  }

  /** Returns the final answer, when its handler returned `record`. */
  answerOf(record: ResponseRecord): ResponseRecord {
    const body = this.#answerBody
    return body === undefined || record.body.byteLength > 0 ? record : { ...record, body }
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#ended) this.#controller.abort(ENDED)
    return this.#controller.signal
  }

  /** A call that the guest waits for ends only with the invocation. */
  get callSignal(): AbortSignal {
    return this.hostCall?.signal ?? this.signal
  }

  get budget(): Budget {
    const { budgets, callerBudget } = this.#options
    return (this.#budget ??= new Budget(budgets, callerBudget))
  }

  /** Bytes of bodies that the host holds for it. */
  get held(): HeldBytes {
    return (this.#held ??= new HeldBytes(this.agent, this.#options.shared.bodies))
  }

  holdAnswer(bytes: number, whole?: Uint8Array): boolean {
    return this.#answer.hold(bytes, whole)
  }

  /** Copies bytes that its guest returns. */
  copyResult(bytes: Uint8Array): Uint8Array {
    return this.#answer.copy(bytes)
  }

  get #answer(): AnswerRoom {
    return (this.#room ??= new AnswerRoom(this.agent, this.client, this.#options.shared))
  }

  get ended(): boolean {
    return this.#ended
  }

  defer(cleanup: () => void): void {
    if (this.#ended) cleanup()
    else (this.#cleanups ??= []).push(cleanup)
  }

  record(event: CapabilityEvent): void {
    this.work('record')
    this.events.push(event)
    // A use costs a budget. A refusal costs the guest nothing, but costs the host a record each time.
    if (event.outcome !== 'allowed' && ++this.#refusals > MAX_REFUSALS) {
      this.halt(limitExceeded('calls', `Stopped agent "${this.agent}": refused too often`))
    }
    this.#options.shared.trail?.used(this, event)
  }

  asksToEnd(reason: MayflyError): boolean {
    const call = this.elsewhere ?? this.#slot?.instance.call ?? this.rest?.call
    return call?.requestCancellation(reason) ?? false
  }

  /** Whether the guest has waited: for the host, or for its turn. */
  get waited(): boolean {
    return this.isWatched || this.pauses > 0
  }

  /** How often it has let others have their turn. */
  get pauses(): number {
    return this.#pauses + (this.#turn?.pauses ?? 0)
  }

  /** The slot where it runs; nothing before and after, and while its state is elsewhere. */
  get slot(): Slot | undefined {
    return this.#slot
  }

  /** `slot` begins to run it, or goes on. */
  runsIn(slot: Slot, turns: TurnGiver<Invocation>, now: number): void {
    this.hasAsked = false
    if (slot.code.options.fuel) this.counts(slot.meter)
    this.#slot = slot
    this.#turns = turns
    this.#pace.begins(now)
  }

  /** Whether another agent has called it and waits. */
  get isCalled(): boolean {
    return this.#options.parent !== undefined
  }

  /** Whether guests with frames below its own can be suspended. */
  callerCanPause(): boolean {
    const { parent } = this.#options
    if (parent === undefined || this.isDetached) return true
    return parent.#slot?.instance.letsCalleePause !== false && parent.callerCanPause()
  }

  /** Whether its guest can wait for the host where it is now. */
  get canWait(): boolean {
    return this.#slot?.instance.canPause === true
  }

  /** It begins to wait for the host. */
  waits(): void {
    this.watchDeadline()
    this.#pace.waits()
    this.onWait?.()
  }

  /** Its waits. */
  openRest(): Waits | undefined {
    return (this.rest ??= this.#turns?.restOf(this))
  }

  /** It has no stack any more: it is not among the guests that compute in turns, until its next slice is over. */
  leavesLine(): void {
    if (this.#turn === undefined) return
    this.#turn.end()
    this.#pauses = this.pauses
    this.#turn = undefined
  }

  /** Its slot has ended its run, or goes on without it. */
  leavesSlot(): void {
    this.leavesLine()
    this.#slot = undefined
    this.counted()
  }

  /** A promise when it has computed for a slice, and waits for its next turn. */
  pause(): Promise<unknown> | undefined {
    if (!this.#pace.isOver || this.#slot === undefined) return undefined
    this.#turn ??= this.#turns?.turnOf(this, this.#slot)
    const turn = this.#turn?.next()
    // In a long line it may be over before its next turn.
    if (turn !== undefined) this.watchDeadline()
    return turn
  }

  /** Its turn has come. */
  goesOn(): void {
    this.#pace.goesOn(performance.now())
  }

  /** Whether a running guest may burn another slice of fuel. */
  mayContinue(): boolean {
    const { shared, parent } = this.#options
    this.hasAsked = true
    // A parent polls in its own `isOver`, below.
    if (parent === undefined) shared.poll?.()
    if (this.stop !== undefined) return false
    const now = performance.now()
    this.#pace.passes(now)
    if (this.isLate(now)) this.stop = this.deadlineExceeded()
    else if (this.isForsaken) this.stop = this.clientGone()
    else if (this.meter?.overspent === true) this.stop = outOfFuel(this.agent)
    // It may run within a call of its caller, which then has no other way to learn that it must stop.
    else if (parent?.isOver() === true) this.stop = this.callerEnded()
    return this.stop === undefined && !this.onTrial
  }

  /** @throws why the guest must stop, when it must */
  checkpoint(): void {
    if (!this.mayContinue()) throw this.stop ?? beginsAgain(this.agent)
    // A guest that does little but call the host comes by no fuel check for long.
    if (this.#pace.isOver) this.meter?.endSlice()
  }

  /** Returns the outcome for `error`. An invocation that fails because its budget is spent has reached a limit. */
  outcomeOf(error: unknown): Outcome {
    const outcome = outcomeOf(error)
    const budget = this.#budget?.exceeded
    if (budget === undefined) return outcome
    if (outcome.state !== 'failed' && outcome.state !== 'trapped') return outcome
    return budgetSpent(this.agent, budget, outcome.error)
  }

  /** Whether it has ended or must. Halts it when it must: it may wait for the callee that asks. */
  isOver(): boolean {
    const { shared, parent } = this.#options
    if (parent === undefined) shared.poll?.()
    if (this.isLate(performance.now())) this.halt(this.deadlineExceeded())
    else if (this.fuel !== Infinity && this.fuelLeft < 0) this.halt(outOfFuel(this.agent))
    else if (parent?.isOver() === true) this.halt(this.callerEnded())
    return this.#ended || this.stop !== undefined
  }

  /** An agent that it called has ended; the callee's fuel and time count for this invocation. */
  calleeEnded(callee: Invocation): void {
    const { outcome, deadlineAt } = callee
    // Without a meter it is in no slot: it is charged where it goes on.
    const fuel = this.callees.ended(callee)
    this.meter?.charge(fuel)
    const isLate = outcome?.state === 'limited' && outcome.limit === 'deadline'
    if (isLate && deadlineAt >= this.deadlineAt) this.halt(this.deadlineExceeded())
    // It has nothing left to go on with, not even as far as its next check.
    else if (this.fuel !== Infinity && this.fuelLeft <= 0) this.halt(outOfFuel(this.agent))
  }

  /** The error of an invocation whose client has gone. */
  clientGone(): MayflyError {
    return abandoned(this.agent, 'the client went away')
  }

  /** The error of an invocation whose caller has ended or must. */
  callerEnded(): MayflyError {
    return abandoned(this.agent, 'its caller ended')
  }

  /** Makes the guest stop: at its next fuel check when it runs, at once when it waits. */
  halt(reason: MayflyError): void {
    if (this.stop !== undefined || this.#ended) return
    this.stop = reason
    this.onStop?.(reason)
  }

  /** Aborts all work that is still under way for this invocation and runs its clean-ups, the last deferred first. */
  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.leave()
    this.onStop = undefined
    this.onWait = undefined
    this.answered()
    this.leavesSlot()
    this.unwatch()
    this.#controller?.abort(ENDED)
    for (const cleanup of this.#cleanups?.reverse() ?? []) cleanup()
    this.#held?.end()
    this.#room = undefined
    this.#cleanups = undefined
  }
}
