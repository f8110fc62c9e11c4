/**
 * Builds sources one at a time, apart from the host. The host continues meanwhile and can end the build.
 *
 * @module
 */
import { MayflyError } from '../../../runtime/errors/index.ts'
import { buildError } from '../build-error.ts'
import type { BuildJob } from '../build-job.ts'
import { toShown } from '../shown-path.ts'
import { openChannel, type BuilderKind, type Channel } from './channel.ts'
import type { BuiltSource, FromBuilder } from './protocol.ts'

export interface RunOptions {
  /** Until which the build has to have ended, without its turns, in milliseconds. */
  readonly boundMs: number
  /** Ends the build. */
  readonly signal: AbortSignal | undefined
  /** Takes absolute paths of the files that the build reads. */
  readonly onInputs: (paths: readonly string[]) => void
  /** Waits for the turn of the builder. Returns a function that ends the turn. */
  readonly takeTurn: () => Promise<() => void>
}

interface Running extends RunOptions {
  readonly job: BuildJob
  readonly resolve: (built: BuiltSource) => void
  readonly reject: (error: unknown) => void
  timer?: NodeJS.Timeout | undefined
  endTurn?: (() => void) | undefined
}

export class Builder {
  readonly #channel: Channel
  #running: Running | undefined
  #hasEnded = false
  #workedMs = 0

  /** @param boundMs - for a process: of all that it builds at most */
  constructor(kind: BuilderKind, boundMs: number) {
    const events = {
      onMessage: (message: FromBuilder) => this.#receive(message),
      onEnd: (reason: string) => this.#end(reason),
    }
    this.#channel = openChannel(kind, events, boundMs / 1000)
    this.#channel.hold(false)
  }

  /** Whether it can build another. */
  get isUsable(): boolean {
    return !this.#hasEnded && this.#running === undefined
  }

  /** How long all its builds took, in milliseconds. */
  get workedMs(): number {
    return this.#workedMs
  }

  /**
   * Builds `job`. One at a time.
   *
   * @throws {MayflyError} as `buildSource` does, or ERR_BUILD_FAILED when it does not end
   * @throws the reason of the signal
   */
  run(job: BuildJob, options: RunOptions): Promise<BuiltSource> {
    return new Promise((resolve, reject) => {
      const { signal, boundMs } = options
      if (signal?.aborted === true) return reject(signal.reason)
      const leave = (): void => this.#stop(signal?.reason)
      signal?.addEventListener('abort', leave, { once: true })
      const startedAt = performance.now()
      const settled = (): void => {
        this.#workedMs += performance.now() - startedAt
        signal?.removeEventListener('abort', leave)
        this.#channel.hold(false)
      }
      this.#running = {
        ...options,
        job,
        resolve: (built) => (settled(), resolve(built)),
        reject: (error) => (settled(), reject(error)),
      }
      this.#channel.hold(true)
      this.#bound(boundMs)
      this.#channel.send({ kind: 'build', job, path: process.env['PATH'] })
    })
  }

  /** Ends the builder and its build. */
  end(): void {
    this.#hasEnded = true
    this.#channel.end()
  }

  #receive(message: FromBuilder): void {
    const running = this.#running
    if (running === undefined) return
    switch (message.kind) {
      case 'turn':
        clearTimeout(running.timer)
        return void this.#giveTurn(running)
      case 'turn-over':
        running.endTurn?.()
        running.endTurn = undefined
        return this.#bound(running.boundMs)
      case 'inputs':
        return running.onInputs(message.paths)
      case 'built':
        return this.#settle()?.resolve(message.built)
      case 'failed':
        return this.#settle()?.reject(MayflyError.decode(message.error))
      case 'broken': {
        const error = new Error(message.message)
        if (message.stack !== undefined) error.stack = message.stack
        return this.#settle()?.reject(error)
      }
    }
  }

  async #giveTurn(running: Running): Promise<void> {
    const endTurn = await running.takeTurn()
    if (this.#running !== running) return endTurn()
    running.endTurn = endTurn
    this.#channel.send({ kind: 'turn' })
  }

  #bound(boundMs: number): void {
    const running = this.#running
    if (running === undefined) return
    running.timer = setTimeout(() => this.#stop(tooSlow(running.job, boundMs)), boundMs)
  }

  #stop(error: unknown): void {
    const running = this.#settle()
    this.end()
    running?.reject(error)
  }

  #end(reason: string): void {
    this.#hasEnded = true
    const running = this.#settle()
    running?.reject(
      buildError(running.job.agent, [
        { message: `the build broke off: ${reason}`, file: toShown(running.job.source) },
      ]),
    )
  }

  /** Takes the running build, to settle it. */
  #settle(): Running | undefined {
    const running = this.#running
    this.#running = undefined
    clearTimeout(running?.timer)
    running?.endTurn?.()
    return running
  }
}

function tooSlow({ agent, source, engine }: BuildJob, boundMs: number): MayflyError {
  const message = `does not build within ${boundMs / 1000} s with engine "${engine}"`
  return buildError(agent, [{ message, file: toShown(source) }], {
    hint: 'Top-level code runs while the agent is built: look there for a loop without end, or give more time with --build-timeout SECONDS',
  })
}
