/**
 * Waits for a request to arrive, as long as its invocation may last: the time of a client that sends slowly
 * is that of its request.
 *
 * @module
 */
import { isMayflyError, type MayflyError } from '../errors/index.ts'
import { limitExceeded } from './outcome.ts'
import type { ServedInvocation } from './served-invocation.ts'

// Microtasks that a body takes which is there, and some more.
const TURNS_FOR_A_BODY = 24

/**
 * Resolves as `arriving` does, while no code of the guest runs yet.
 *
 * @throws {MayflyError} ERR_LIMIT_EXCEEDED at the deadline, ERR_GUEST_KILLED when the request was stopped,
 *   ERR_CLIENT_GONE when it broke off
 */
export function untilArrived<T>(arriving: Promise<T>, invocation: ServedInvocation): Promise<T> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => {
      settle()
      // A client that sent half a request: the guest has not begun, let alone trapped.
      reject(isMayflyError(error) ? error : invocation.clientGone())
    }
    let timer: ReturnType<typeof setTimeout> | undefined
    const settle = (): void => {
      clearTimeout(timer)
      invocation.isArriving = false
      invocation.onStop = undefined
    }
    // No event can come before the microtasks are over, and a timer and a listener take as long as a small body.
    const watch = async (): Promise<void> => {
      for (let turns = 0; turns < TURNS_FOR_A_BODY; turns++) {
        await undefined
        if (!invocation.isArriving) return
      }
      const leftMs = Math.max(0, invocation.deadlineAt - performance.now())
      timer = setTimeout(() => fail(requestTooSlow(invocation)), leftMs)
      invocation.watchClient()
    }
    invocation.isArriving = true
    invocation.onStop = fail
    void watch()
    arriving.then((value) => {
      settle()
      resolve(value)
    }, fail)
  })
}

/** The error of a request that was not there in full at the deadline of its invocation. */
export function requestTooSlow({ agent, deadlineAt, startedAt }: ServedInvocation): MayflyError {
  const ms = Math.round(deadlineAt - startedAt)
  return limitExceeded(
    'request-time',
    `Stopped agent "${agent}": its request was not there in full after ${ms} ms`,
    `Raise limits.deadlineMs in the agent.json of "${agent}" if its clients may be as slow`,
  )
}
