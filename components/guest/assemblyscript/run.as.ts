/**
 * Runs the task of a request until it has nothing to do but to wait. Then it returns to the host, with nothing on the
 * stack, and the host calls back when a call has ended.
 *
 * @module
 */

import { Call, settle, waitedFor } from './call.as'
import { returnAnswer, returnFailure } from './handler-waiting.gen.as'
import { taskCancel } from './imports.gen.as'
import { Request, Response } from './message.as'
import { start, Task } from './task.as'

// What a callback answers, in the canonical ABI, and the events that it is called for: of subtasks, streams and futures
// are those between.
const EXIT: u32 = 0
const WAIT: u32 = 2
const NONE: u32 = 0
const TASK_CANCELLED: u32 = 6

let current: Task | null = null
/** Whether the client waits for the answer no more. */
let isCancelled: bool = false

export function begin(request: Request): u32 {
  const task = start(request)
  current = task
  return goOn(task, task.begin())
}

/** Called when a call has ended, or when the caller has gone. */
export function callback(event: u32, first: u32, second: u32): u32 {
  const task = assert(current)
  if (event === TASK_CANCELLED) {
    isCancelled = true
    if (!task.cancelled()) {
      taskCancel()
      return EXIT
    }
  } else if (event !== NONE) {
    settle(first, second)
  }
  return goOn(task, null)
}

function goOn(task: Task, answer: Response | null): u32 {
  while (answer === null) {
    const call = Call.takeEnded()
    if (call === null) break
    answer = task.arrived(call)
  }
  if (answer !== null) {
    returnAnswer(answer)
    return EXIT
  }
  const set = waitedFor()
  if (set === 0) {
    if (isCancelled) taskCancel()
    else returnFailure('The task has no answer, and waits for nothing')
    return EXIT
  }
  return WAIT | (set << 4)
}
