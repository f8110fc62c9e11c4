/**
 * The one way into a component and out of it: an export is called, its outcome is settled, and only then its caller
 * gets an answer.
 *
 * An `Ending` has the differences between a request, a program and a call of a function. Nothing else settles an
 * invocation. All steps are synchronous until the guest waits.
 *
 * @module
 */
import type { Outcome } from './outcome.ts'
import type { ReturnedCall, Runs, ServedInvocation } from './served-invocation.ts'

/** The ending of one call. Made for one call, and kept until it has ended. */
export interface Ending<Answer> {
  /**
   * Returns the outcome of a call that returned `value`.
   *
   * @throws when `value` is not an answer: then the call has ended like one that threw
   */
  returned(value: unknown): Outcome
  /** How a call ended that threw. Never throws. */
  threw(error: unknown, invocation: ServedInvocation): Outcome
  /**
   * Makes the answer, or throws for the caller, once `outcome` is settled.
   *
   * @param result - what the call returned or threw
   */
  answer(outcome: Outcome, result: unknown): Answer
  /**
   * Calls `give` when there is an answer before the end, at once when there has been one already. The first one
   * counts. `answer` of such an ending never throws.
   */
  whenEarly?(give: (answer: Answer) => void): void
  /**
   * Whether a value that `returned` refuses may be an answer at the end of the call: others may complete it meanwhile.
   *
   * @default false: a guest that returns it and goes on has failed
   */
  readonly completesLater?: boolean
  /**
   * Settles when the answer has been passed on, which may be after the end of the call; nothing when there is nothing to
   * wait for. The invocation ends then. When it must stop before, `threw` is called a second time.
   */
  delivering?(): Promise<void> | undefined
}

/** Calls the export `name`; a promise only when the guest waits, or something before it does. */
export function enter<Invocation extends ServedInvocation, Answer>(
  runs: Runs<Invocation>,
  invocation: Invocation,
  ending: Ending<Answer>,
  name: string,
  args: readonly unknown[],
): Answer | Promise<Answer> {
  let value: unknown
  try {
    value = runs.run(invocation, name, args)
  } catch (error) {
    return fail(runs, invocation, ending, error)
  }
  return value instanceof Promise
    ? endLater(runs, invocation, ending, value)
    : end(runs, invocation, ending, value)
}

/**
 * Ends a call that is under way. Its answer leaves as soon as there is one: streamed, or returned by a guest that goes on
 * afterwards. The invocation ends with the call.
 */
export function endLater<Invocation extends ServedInvocation, Answer>(
  runs: Runs<Invocation>,
  invocation: Invocation,
  ending: Ending<Answer>,
  running: Promise<unknown>,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    /** The outcome, when the client has its answer already. */
    let given: Outcome | undefined
    const answer = (make: () => Answer): void => {
      try {
        resolve(make())
      } catch (error) {
        reject(error)
      }
    }
    ending.whenEarly?.(resolve)
    invocation.whenReturned((call) => {
      if (invocation.departed) return
      const ended = early(ending, invocation, call)
      if (ended === undefined) return
      given = ended.outcome
      answer(() => ending.answer(ended.outcome, ended.result))
      const delivering = ended.outcome.state === 'completed' ? ending.delivering?.() : undefined
      if (delivering === undefined) invocation.answered()
      else void delivering.then(() => invocation.answered())
    })
    running.then(
      (value) => {
        if (given === undefined) answer(() => end(runs, invocation, ending, value))
        else if (given.state === 'completed') settle(runs, invocation, ending, given)
        else runs.settle(invocation, given)
      },
      (error: unknown) => {
        if (given === undefined) answer(() => fail(runs, invocation, ending, error))
        // Its client has the first failure: that is the one to find in the records.
        else if (given.state !== 'completed') runs.settle(invocation, given)
        else runs.settle(invocation, ending.threw(error, invocation))
      },
    )
  })
}

/** How a call has ended for its client, whose guest goes on. */
interface EarlyEnd {
  readonly outcome: Outcome
  /** What the call returned or threw. */
  readonly result: unknown
}

/** Nothing when the end of the call says whether there is an answer. */
function early<Invocation extends ServedInvocation, Answer>(
  ending: Ending<Answer>,
  invocation: Invocation,
  call: ReturnedCall,
): EarlyEnd | undefined {
  let isValue = false
  try {
    const result = call.value()
    isValue = true
    return { outcome: ending.returned(result), result }
  } catch (error) {
    if (isValue && ending.completesLater === true) return undefined
    return { outcome: ending.threw(error, invocation), result: error }
  }
}

/** Ends a call that failed with `error`, also one that has not begun. */
export function fail<Invocation extends ServedInvocation, Answer>(
  runs: Runs<Invocation>,
  invocation: Invocation,
  ending: Ending<Answer>,
  error: unknown,
): Answer {
  const outcome = ending.threw(error, invocation)
  // A guest that gives up because its client has left has not failed.
  if (outcome.state === 'failed' && invocation.departed)
    return fail(runs, invocation, ending, invocation.clientGone())
  runs.settle(invocation, outcome)
  return ending.answer(outcome, error)
}

function end<Invocation extends ServedInvocation, Answer>(
  runs: Runs<Invocation>,
  invocation: Invocation,
  ending: Ending<Answer>,
  value: unknown,
): Answer {
  if (invocation.departed) return fail(runs, invocation, ending, invocation.clientGone())
  let outcome: Outcome
  try {
    outcome = ending.returned(value)
  } catch (error) {
    return fail(runs, invocation, ending, error)
  }
  settle(runs, invocation, ending, outcome)
  return ending.answer(outcome, value)
}

/** Ends the invocation of a call that has ended well, once its answer has been passed on. */
function settle<Invocation extends ServedInvocation, Answer>(
  runs: Runs<Invocation>,
  invocation: Invocation,
  ending: Ending<Answer>,
  outcome: Outcome,
): void {
  const delivering = ending.delivering?.()
  const { outlasted } = invocation
  if (delivering === undefined && outlasted === undefined) return runs.settle(invocation, outcome)
  let stopped: Outcome | undefined
  const halted = Promise.withResolvers<void>()
  // No guest hears of it any more.
  invocation.onStop = (reason) => {
    stopped = ending.threw(reason, invocation)
    halted.resolve()
  }
  invocation.watchDeadline()
  const delivered = delivering?.then(() => invocation.answered())
  void Promise.all([delivered, outlasted && Promise.race([outlasted, halted.promise])]).then(() =>
    runs.settle(invocation, stopped ?? outcome),
  )
}
