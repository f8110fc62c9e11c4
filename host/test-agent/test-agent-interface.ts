/** An agent in a test, as the test sees it. @module */
import type { Agent, CallOptions, InvocationRecord } from '../../runtime/agents/index.ts'
import type { LogLine } from '../../runtime/capabilities/log/index.ts'
import type { AgentUsage, Denial } from './observed.ts'
import type { ScriptedHttp } from './scripted-http.ts'
import type { TestClock } from './test-clock.ts'
import type { TestStore } from './test-store.ts'

/** An agent in a test. `await using` ends it with its scope. */
export interface TestAgent extends AsyncDisposable {
  /** The loaded agent, for what is not here: `run`, `functions`, `attenuate`, `stats`. */
  readonly agent: Agent
  /** Answers what it asks of servers. */
  readonly http: ScriptedHttp
  /** Its time. */
  readonly clock: TestClock
  /** Its log lines and those of the agents it calls, in order. */
  readonly log: readonly LogLine[]
  /** Its requests, calls and runs that have ended, and those of the agents it calls, in order: how each ended, and why. */
  readonly invocations: readonly InvocationRecord[]
  /** What was denied to it and to the agents it calls, in order, each with the line that would allow it. */
  readonly denied: readonly Denial[]
  /** What it has used. */
  readonly usage: AgentUsage

  /**
   * Answers a request, from a fresh state as ever. A path stands for a URL of `http://localhost`.
   *
   * @throws {MayflyError} ERR_USAGE when it has sent a request that the test has no answer for
   */
  fetch(request: string | URL | Request, init?: RequestInit): Promise<Response>

  /**
   * Calls a function it exports: `greet`, or `acme:math/ops#add` of an interface.
   *
   * @throws {MayflyError} as `fetch` does, and as `call` of a loaded agent does
   */
  call(name: string, args?: readonly unknown[], options?: CallOptions): Promise<unknown>

  /**
   * A store of the agent.
   *
   * @throws {MayflyError} ERR_USAGE when its manifest grants no such store
   */
  kv(store: string): TestStore

  /**
   * Resolves when nothing it has begun is under way: answers that stream, and work after an answer.
   *
   * @throws {MayflyError} as `fetch` does
   */
  ended(): Promise<void>

  /**
   * Stops what is under way, and frees all it holds.
   *
   * @throws {MayflyError} ERR_USAGE when a request had no answer after the last response had begun
   */
  [Symbol.asyncDispose](): Promise<void>
}
