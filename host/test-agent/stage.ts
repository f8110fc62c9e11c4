/**
 * The runtime of one test, and what its drivers have seen. Manifest, grants, limits and engine are those of a host.
 *
 * @module
 */
import type { InvocationRecord } from '../../runtime/agents/index.ts'
import { clock } from '../../runtime/capabilities/clock/index.ts'
import { memoryKv, type KvDriver } from '../../runtime/capabilities/kv/index.ts'
import type { LogLine } from '../../runtime/capabilities/log/index.ts'
import { poll } from '../../runtime/capabilities/poll/index.ts'
import { random, seededFill } from '../../runtime/capabilities/random/index.ts'
import { FEATURES } from '../../runtime/manifest/index.ts'
import { Runtime } from '../../runtime/presets/index.ts'
import { codeStore } from '../drivers/code-store/index.ts'
import { toolsWith, type ToolFunction } from './function-tools.ts'
import { ScriptedHttp } from './scripted-http.ts'
import type { TestAgentOptions } from './test-agent-options.ts'
import { MovedClock } from './test-clock.ts'
import { testSecrets } from './test-secrets.ts'

// As a clock that is "fixed" in a manifest.
const DEFAULT_NOW_MS = Date.UTC(2000, 0, 1)
const DEFAULT_SEED = 'mayfly'

/** What all agents of one test share. */
export class Stage {
  readonly records: InvocationRecord[] = []
  readonly lines: LogLine[] = []
  readonly http: ScriptedHttp = new ScriptedHttp()
  readonly clock: MovedClock
  readonly kv: KvDriver
  readonly runtime: Runtime
  readonly #waiting = new Set<() => void>()

  constructor(
    { now = DEFAULT_NOW_MS, seed = DEFAULT_SEED, ...options }: TestAgentOptions,
    functions: ReadonlyMap<string, ToolFunction>,
    codeDirectory: string,
  ) {
    this.clock = new MovedClock(Number(now))
    const times = this.clock.options
    this.kv = memoryKv({ now: times.monotonic })
    this.runtime = new Runtime({
      drivers: {
        ...options.drivers,
        kv: this.kv,
        http: this.http.driver,
        log: { write: (line) => void this.lines.push(line) },
        secrets: testSecrets(options.secrets ?? {}),
      },
      capabilities: [
        clock(times),
        poll(times),
        random({ fill: seededFill(seed) }),
        toolsWith(functions),
        ...(options.capabilities ?? []),
      ],
      environment: (name) => options.environment?.[name],
      onInvocation: (record) => this.#ended(record),
      codeStore: codeStore({ directory: codeDirectory }),
      // The author of a test has chosen the agent. A host may still refuse it.
      features: FEATURES,
      warmUp: false,
    })
  }

  /** Resolves when no invocation is under way. */
  async ended(): Promise<void> {
    while (this.runtime.stats().active > 0) {
      await new Promise<void>((resolve) => void this.#waiting.add(resolve))
    }
  }

  async close(): Promise<void> {
    // An answer that the test does not read to its end would be waited for.
    for (const agent of this.runtime.agents) agent.kill('the test has ended')
    await this.runtime.close()
  }

  #ended(record: InvocationRecord): void {
    this.records.push(record)
    for (const wake of this.#waiting) wake()
    this.#waiting.clear()
  }
}
