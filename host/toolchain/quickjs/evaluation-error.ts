/**
 * Why an agent cannot be evaluated.
 *
 * @module
 */

export type EvaluationFault = 'thrown' | 'trapped' | 'late'

/** The top-level code of the agent threw, trapped the engine, or did not end. */
export class EvaluationError extends Error {
  override readonly name = 'EvaluationError'
  /** The frames, as QuickJS writes them: `    at f (agent.js:1:2)`. */
  readonly frames: string
  readonly reason: EvaluationFault

  constructor(message: string, frames: string, reason: EvaluationFault = 'thrown') {
    super(message)
    this.frames = frames
    this.reason = reason
  }
}
