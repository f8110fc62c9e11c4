/**
 * Has sources built by threads and processes, which are kept for a while for the next.
 *
 * @module
 */
import { availableParallelism } from 'node:os'
import type { Engine } from '../../../runtime/manifest/index.ts'
import type { BuildJob } from '../build-source.ts'
import { COMPILATION_MS, EVALUATION_MS } from '../build-timeout.ts'
import { Builder } from './builder.ts'
import type { BuilderKind } from './channel.ts'
import type { BuiltSource } from './protocol.ts'

// One that loops leaves another for the agents beside it.
const MAX_BUILDERS: number = Math.max(2, Math.min(4, availableParallelism()))
// While someone works on an agent, the next build follows sooner. A builder takes some 50 MB.
const IDLE_MS = 60_000

interface Idle {
  readonly builder: Builder
  readonly timer: NodeJS.Timeout
}

const idle: Record<BuilderKind, Idle[]> = { thread: [], process: [] }
const waiting: (() => void)[] = []
let running = 0
let lastTurn: Promise<void> = Promise.resolve()

/**
 * Builds `job` while this thread goes on.
 *
 * @throws {MayflyError} what `buildSource` throws, or ERR_BUILD_FAILED when the build does not end
 * @throws the reason of `signal`
 */
export async function buildApart(job: BuildJob, signal?: AbortSignal): Promise<BuiltSource> {
  await begin()
  const kind = kindOf(job.engine)
  const builder = takeIdle(kind) ?? new Builder(kind)
  try {
    return await builder.run(job, { boundMs: boundOf(job), signal, takeTurn })
  } finally {
    if (builder.isUsable) keep(kind, builder)
    running--
    waiting.shift()?.()
  }
}

/** Our own QuickJS is WebAssembly and notices when its thread is to end. The others call for a process. */
function kindOf(engine: Engine): BuilderKind {
  return engine === 'quickjs' ? 'thread' : 'process'
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

function takeIdle(kind: BuilderKind): Builder | undefined {
  for (let next = idle[kind].pop(); next !== undefined; next = idle[kind].pop()) {
    clearTimeout(next.timer)
    if (next.builder.isUsable) return next.builder
  }
  return undefined
}

function keep(kind: BuilderKind, builder: Builder): void {
  const timer = setTimeout(() => {
    idle[kind] = idle[kind].filter((each) => each.builder !== builder)
    builder.end()
  }, IDLE_MS)
  timer.unref()
  idle[kind].push({ builder, timer })
}

async function takeTurn(): Promise<() => void> {
  const before = lastTurn
  let end = (): void => {}
  lastTurn = new Promise((resolve) => (end = resolve))
  await before
  return end
}
