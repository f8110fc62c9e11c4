/**
 * Has sources built by threads, which are kept for a while for the next, or by processes, each for one build.
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

let idle: Idle[] = []
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
  const boundMs = boundOf(job)
  const builder = (kind === 'thread' ? takeIdle() : undefined) ?? new Builder(kind, boundMs)
  try {
    return await builder.run(job, { boundMs, signal, takeTurn })
  } finally {
    if (kind === 'thread' && builder.isUsable) keep(builder)
    else builder.end()
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

function takeIdle(): Builder | undefined {
  for (let next = idle.pop(); next !== undefined; next = idle.pop()) {
    clearTimeout(next.timer)
    if (next.builder.isUsable) return next.builder
  }
  return undefined
}

function keep(builder: Builder): void {
  const timer = setTimeout(() => {
    idle = idle.filter((each) => each.builder !== builder)
    builder.end()
  }, IDLE_MS)
  timer.unref()
  idle.push({ builder, timer })
}

async function takeTurn(): Promise<() => void> {
  const before = lastTurn
  let end = (): void => {}
  lastTurn = new Promise((resolve) => (end = resolve))
  await before
  return end
}
