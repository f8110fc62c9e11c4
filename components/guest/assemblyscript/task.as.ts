/**
 * Agents that wait without a stack: what the agent remembers while it waits is an object.
 *
 * @module
 */

import { Call } from './call.as'
import { Request, Response } from './message.as'

/** One request that is being answered. Its fields are the state; its methods return when they have nothing to do. */
export abstract class Task {
  /** A task that has nothing to wait for. */
  static answered(response: Response): Task {
    return new Answered(response)
  }

  /** Called once, before anything else. Returns the answer, or null to wait for calls. */
  begin(): Response | null {
    return null
  }

  /**
   * Called once for each call that has ended, in the order in which they did. Returns the answer, or null to wait for
   * more. Calls that are under way when there is an answer are ended.
   */
  abstract arrived(call: Call): Response | null

  /**
   * Called when the client waits for the answer no more. Returns whether the task goes on, for the moment that the host gives
   * it; else all its calls are ended.
   */
  cancelled(): bool {
    return false
  }
}

class Answered extends Task {
  constructor(private readonly response: Response) {
    super()
  }

  begin(): Response | null {
    return this.response
  }

  arrived(_call: Call): Response | null {
    return this.response
  }
}

type Start = (request: Request) => Task

let registered: Start = (_request) => Task.answered(Response.text('This agent answers nothing', 501))

/** Sets the function that begins the answer to a request. Called once, at the top level of an agent. */
export function serve(start: Start): void {
  registered = start
}

export function start(request: Request): Task {
  return registered(request)
}
