/**
 * Builds sources in threads or processes. A builder that starts more slowly than it builds is kept for a while for the
 * next build. Other builders serve one build each.
 *
 * @module
 */
import { availableParallelism } from 'node:os'
import type { Engine } from '../../../runtime/manifest/index.ts'
import type { BuildJob } from '../build-job.ts'
import { COMPILATION_MS, EVALUATION_MS } from '../build-timeout.ts'
import { Builder } from './builder.ts'
import type { BuilderKind } from './channel.ts'
import type { BuiltSource } from './protocol.ts'

// At least two: if one build loops, other agents still have a builder.
const MAX_BUILDERS: number = Math.max(2, Math.min(4, availableParallelism()))
// While a person works on an agent, the next build follows sooner. A builder takes some 50 MB. The builder of
// AssemblyScript takes 300 MB for its compiler, which needs seconds to load, and then half a second for an agent.
const IDLE_MS = 60_000
// A part of its bound. A process that has worked for longer is not kept.
const KEPT_PART = 0.25
// The limit of processor time is for all builds of a process, and the last build may use its whole bound, on several
// cores. So the limit is this many bounds.
const KEPT_BOUNDS = 4

interface Idle {
  readonly builder: Builder
  /** Kind of builds that it is kept for. */
  readonly purpose: string
  readonly timer: NodeJS.Timeout
}

let idle: Idle[] = []
const waiting: (() => void)[] = []
let running = 0
let lastTurn: Promise<void> = Promise.resolve()

export interface BuildApartOptions {
  /** Ends the build. */
  readonly signal?: AbortSignal | undefined
  /** Takes absolute paths of the files that the build reads, also when it fails. */
  readonly onInputs?: ((paths: readonly string[]) => void) | undefined
  /**
   * How long a builder waits for the next build, in milliseconds.
   *
   * @default 60_000
   */
  readonly keepBuilderMs?: number | undefined
}

/**
 * Builds `job` without blocking this thread.
 *
 * @throws {MayflyError} as `buildSource` does, or ERR_BUILD_FAILED when the build does not end
 * @throws the reason of `signal`
 */
export async function buildApart(
  job: BuildJob,
  { signal, onInputs = () => {}, keepBuilderMs = IDLE_MS }: BuildApartOptions = {},
): Promise<BuiltSource> {
  await begin()
  const kind = kindOf(job.engine)
  const boundMs = boundOf(job)
  const purpose = purposeOf(job.engine, boundMs)
  const builder =
    takeIdle(purpose) ?? new Builder(kind, purpose === undefined ? boundMs : KEPT_BOUNDS * boundMs)
  try {
    return await builder.run(job, { boundMs, signal, onInputs, takeTurn })
  } finally {
    const isWorn = kind === 'process' && builder.workedMs > KEPT_PART * boundMs
    if (purpose !== undefined && builder.isUsable && !isWorn) keep(builder, purpose, keepBuilderMs)
    else builder.end()
    running--
    waiting.shift()?.()
  }
}

/** Our own QuickJS is WebAssembly and notices when its thread is to end. The others call for a process. */
function kindOf(engine: Engine): BuilderKind {
  return engine === 'quickjs' ? 'thread' : 'process'
}

/** For which builds a builder is kept that has built one; `undefined` when it is not. */
function purposeOf(engine: Engine, boundMs: number): string | undefined {
  if (engine === 'quickjs') return engine
  // No code of the agent has run in it. A process has its limit from its first build.
  return engine === 'assemblyscript' ? `${engine} within ${boundMs} ms` : undefined
}

/** QuickJS looks at the time itself, and knows the line. */
function boundOf({ engine, timeoutMs }: BuildJob): number {
  if (engine !== 'quickjs') return timeoutMs ?? COMPILATION_MS
  return COMPILATION_MS + (timeoutMs ?? EVALUATION_MS)
}

async function begin(): Promise<void> {
  if (running >= MAX_BUILDERS) await new Promise<void>((resolve) => waiting.push(resolve))
  running++
}

function takeIdle(purpose: string | undefined): Builder | undefined {
  // Builders that have ended meanwhile are dropped.
  idle = idle.filter(({ builder }) => builder.isUsable)
  const found = idle.findLast((each) => each.purpose === purpose)
  if (found === undefined) return undefined
  clearTimeout(found.timer)
  idle = idle.filter((each) => each !== found)
  return found.builder
}

function keep(builder: Builder, purpose: string, idleMs: number): void {
  const timer = setTimeout(() => {
    idle = idle.filter((each) => each.builder !== builder)
    builder.end()
  }, idleMs)
  timer.unref()
  idle.push({ builder, purpose, timer })
}

async function takeTurn(): Promise<() => void> {
  const before = lastTurn
  let end = (): void => {}
  lastTurn = new Promise((resolve) => (end = resolve))
  await before
  return end
}
