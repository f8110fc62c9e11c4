/**
 * Asks an agent of the host's own, so that the first clients of the others find code that is compiled to the end.
 *
 * Code is shared by all agents that have it, and by the threads of a process; V8 compiles its functions when they are
 * first called, and again, for speed, when they were called often. No code and no grant of another agent is used, and
 * nothing is left behind: the agent runs in a runtime of its own, between the requests of clients.
 *
 * @module
 */

import { setImmediate as nextTurn } from 'node:timers/promises'
import { sharesCode, warmUpRequest, type PreparedAgent } from '../../../runtime/agents/index.ts'
import { manifestFromObject, type Engine, type Manifest } from '../../../runtime/manifest/index.ts'
import type { Runtime } from '../../../runtime/presets/index.ts'
import type { HostedAgent } from '../../registry/index.ts'
import type { Logger } from './logger.ts'
import type { ToLoader, WarmUp } from './protocol.ts'

/** How an agent to ask is made. */
export interface WarmUpAgent {
  /** As in the manifests of agents that have its code. */
  readonly engine: Engine
  /** Returns its component. Called when such agents are served. */
  readonly build: () => Promise<Uint8Array<ArrayBuffer>>
}

/** Loads an agent whose code is known. */
type Prepare = (agent: ToLoader) => Promise<PreparedAgent>

// From here on the median of an agent's first 50 requests falls no further. They take a seventh of a second.
const REQUESTS = 500
// Code depends on the limits of an agent. Most have the same.
const MAX_VARIANTS = 3

interface WarmedGroup {
  readonly agents: readonly HostedAgent[]
  warmUp(agent: WarmUp): void
}

/**
 * Returns a function that has the workers of `group` warmed up, once, when they serve an agent that it is of use for. Call
 * it after each deploy.
 */
export function warmingUp(
  group: WarmedGroup,
  prepare: Prepare,
  agent: WarmUpAgent,
  logger: Pick<Logger, 'debug'>,
): () => Promise<void> {
  let isBegun = false
  return async () => {
    if (isBegun || !group.agents.some(({ manifest }) => manifest.engine === agent.engine)) return
    isBegun = true
    await warmUpWorkers(group, prepare, agent, logger)
  }
}

/** Builds and loads the agent, and has all workers ask it. Never rejects: agents are served as well. */
async function warmUpWorkers(
  group: WarmedGroup,
  prepare: Prepare,
  { engine, build }: WarmUpAgent,
  logger: Pick<Logger, 'debug'>,
): Promise<void> {
  try {
    const agents = group.agents.filter(({ manifest }) => manifest.engine === engine)
    const agent = await prepareWarmUp(prepare, await build(), agents)
    if (agent !== undefined) group.warmUp(agent)
  } catch (error) {
    logger.debug({ event: 'warm-up', error: String(error) }, 'Workers are not warmed up')
  }
}

/** Loads `component` with the limits of an agent whose code it has; nothing when there is none among `agents`. */
async function prepareWarmUp(
  prepare: Prepare,
  component: Uint8Array<ArrayBuffer>,
  agents: readonly HostedAgent[],
): Promise<WarmUp | undefined> {
  const variants = new Map(
    agents.map(({ manifest }) => [JSON.stringify(variantOf(manifest)), manifest]),
  )
  for (const source of [...variants.values()].slice(0, MAX_VARIANTS)) {
    const manifest = manifestFromObject({ name: 'warm-up', ...variantOf(source) })
    const prepared = await prepare({ manifest, component, onlyIfKnown: true })
    if (agents.some((agent) => sharesCode(agent.prepared, prepared))) return { manifest, prepared }
  }
  return undefined
}

/** Asks the agent in `runtime`, which has nothing else, then closes that. Returns how often. Never rejects. */
export async function warmUp(
  runtime: Pick<Runtime, 'adopt' | 'close'>,
  { manifest, prepared }: WarmUp,
  signal: AbortSignal,
): Promise<number> {
  let sent = 0
  try {
    const agent = await runtime.adopt({ manifest, prepared })
    for (; sent < REQUESTS && !signal.aborted; sent++) {
      const response = await agent.fetch(warmUpRequest(sent))
      await response.text()
      await nextTurn()
    }
  } catch {
    // The same would fail with an agent of a client, and is reported there.
  } finally {
    await runtime.close()
  }
  return sent
}

/** What the code of an agent depends on, beside its component. */
function variantOf({ limits, features }: Manifest): Pick<Manifest, 'limits' | 'features'> {
  return { limits, ...(features === undefined ? {} : { features }) }
}
