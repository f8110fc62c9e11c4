/**
 * A capability that Mayfly does not have, and what adding it takes: its own files, and edits of existing ones.
 *
 * @module
 */

/** Puts text behind the first line that begins so. */
export interface Insertion {
  readonly after: string
  readonly text: string
}

/** Files of the capability alone, by path. */
export const OWN_FILES: Readonly<Record<string, string>> = {
  'wit/queue.wit': `/// Messages for others.
interface queue {
  enum error { denied, limited }

  /// Adds a message and returns how many there are.
  send: func(queue: string, message: list<u8>) -> result<u32, error>;
}
`,
  'runtime/capabilities/queue/grant.ts': `/** What is granted of queues. @module */
import * as z from 'zod/mini'
import {
  count,
  countSchema,
  describe,
  leasedRecord,
  leaseFields,
  name,
  power,
  type GrantKind,
  type Lease,
} from '../../grants/index.ts'

export interface QueueGrant extends Lease {
  readonly maxMessages: number
}

const queueSchema = z.strictObject({
  maxMessages: describe(z._default(countSchema, 10), 'Messages it may hold. Default 10.'),
  ...leaseFields,
})

export const queueGrant: GrantKind<
  Readonly<Record<string, QueueGrant>> | undefined,
  'queueMessages',
  never
> = {
  schema: () =>
    describe(z.optional(z.record(name('a queue'), queueSchema)), 'Queues by name. Default: none.'),
  parts: leasedRecord<QueueGrant>({}),
  powers: (queues) => Object.entries(queues).map(([queue, lease]) => power('queue ' + queue, lease)),
  budgets: {
    queueMessages: describe(z._default(count('messages'), 2), 'Messages one may send. Default 2.'),
  },
  bounds: {},
}
`,
  'runtime/capabilities/queue/queue.ts': `/** Messages, over a driver. @module */
import { GuestError, type Capability, type ConfiguredModule } from '../../host-module/index.ts'
import type { QueueGrant } from './grant.ts'

export interface QueueDriver {
  send(queue: string, message: Uint8Array): number
}

export function memoryQueue(): QueueDriver {
  const sizes = new Map<string, number>()
  return {
    send(queue) {
      const size = (sizes.get(queue) ?? 0) + 1
      sizes.set(queue, size)
      return size
    },
  }
}

export function queue(driver: QueueDriver): Capability {
  return {
    name: 'queue',
    interfaces: ['mayfly:agent/queue'],
    example: '"queue": { "jobs": {} }',
    configure({ grant }): ConfiguredModule {
      const queues = (grant ?? {}) as Readonly<Record<string, QueueGrant>>
      return {
        granted: Object.keys(queues).length > 0,
        prepare: ({ budget }) => ({
          'mayfly:agent/queue': {
            send(name: string, message: Uint8Array): number {
              if (!Object.hasOwn(queues, name)) throw new GuestError('denied')
              if (!budget.take('queueMessages')) throw new GuestError('limited')
              return driver.send(name, message)
            },
          },
        }),
        async [Symbol.asyncDispose]() {},
      }
    },
  }
}
`,
  'runtime/capabilities/queue/index.ts': `/** Queues. @module */
export { memoryQueue, queue, type QueueDriver } from './queue.ts'
`,
  'components/quickjs/queue-calls.as.ts': `/** What scripts can call of queues. @module */
import { argument, failure, freeTexts, lowerTexts } from './calls.as'
import * as host from './host.gen.as'
import { allocate, context } from './memory.as'
import { EXCEPTION, newNumber, Value } from './quickjs.as'
import { lowerBytes } from './values.as'

export function queueSend(values: usize): Value {
  const spans = allocate(16)
  const out = allocate(32)
  if (!lowerTexts(values, 1, spans)) return EXCEPTION
  if (!lowerBytes(argument(values, 1), spans + 8)) return freeTexts(spans, 1)
  host.queueSend(load<usize>(spans), load<usize>(spans, 4), load<usize>(spans, 8), load<usize>(spans, 12), out)
  freeTexts(spans, 1)
  return load<u8>(out) === 0 ? newNumber(context(), <f64>load<u32>(out, 4)) : failure(host.QUEUE, load<u8>(out, 4))
}
`,
  'components/guest/queue.ts': `/** Queues of an agent. @module */
import * as host from 'mayfly:agent/queue@0.1.0'
import { guarded } from './host.ts'

export interface Queues {
  send(queue: string, message: Uint8Array): Promise<number>
}

export const queues: Queues = {
  async send(queue, message) {
    return guarded('queue', 'send to "' + queue + '"', () => host.send(queue, message))
  },
}
`,
}

/** Edits of files that are there, by path. */
export const EDITS: Readonly<Record<string, readonly Insertion[]>> = {
  'wit/world.wit': [{ after: '  import kv;', text: '  import queue;' }],
  'runtime/capabilities/grants.ts': [
    {
      after: "import { logGrant } from './log/grant.ts'",
      text: "import { queueGrant } from './queue/grant.ts'",
    },
    { after: '  readonly log: typeof logGrant', text: '  readonly queue: typeof queueGrant' },
    { after: '  log: logGrant,', text: '  queue: queueGrant,' },
  ],
  'runtime/presets/standard.ts': [
    {
      after: "import { poll } from '../capabilities/poll/index.ts'",
      text: "import { memoryQueue, queue, type QueueDriver } from '../capabilities/queue/index.ts'",
    },
    { after: 'export interface Drivers {', text: '  queue?: QueueDriver' },
    { after: '    secrets,', text: '    queue: queueDriver = memoryQueue(),' },
    { after: '    poll(),', text: '    queue(queueDriver),' },
  ],
  'components/guest/env.ts': [
    {
      after: "import * as host from './host.ts'",
      text: "import { queues, type Queues } from './queue.ts'",
    },
    { after: 'export interface Env {', text: '  readonly queue: Queues' },
    {
      after: 'class HostEnv implements Env {',
      text: '  get queue(): Queues {\n    return queues\n  }\n',
    },
  ],
  // Where a driver is chosen; here the one that the preset has anyway.
  'host/targets/node/worker.ts': [
    {
      after: "import { redisKv } from '../../drivers/redis-kv/index.ts'",
      text: "import { memoryQueue } from '../../../runtime/capabilities/queue/index.ts'",
    },
    { after: '    log: agentLog(logger),', text: '    queue: memoryQueue(),' },
  ],
  'README.md': [{ after: '| kv ', text: '| queue         | `"queue": { "jobs": {} }` |' }],
}

/** An agent that uses it, in JavaScript. */
export const AGENT: Readonly<Record<string, string>> = {
  'agent/agent.json': `{
  "name": "sender",
  "source": "agent.js",
  "capabilities": { "queue": { "jobs": { "maxUses": 5 } } }
}
`,
  'agent/agent.js': `const send = (env, queue) =>
  env.queue.send(queue, new Uint8Array([1])).catch((error) => error.capability + ' ' + error.code)

export default {
  async fetch(request, env) {
    const answers = []
    for (const queue of ['jobs', 'others', 'jobs', 'jobs']) answers.push(await send(env, queue))
    return Response.json(answers)
  },
}
`,
}

/** A script that prints what manifest, policy and runtime make of that agent, as JSON. */
export const PROBE = `import { buildAgent } from './host/toolchain/index.ts'
import { manifestFromObject } from './runtime/manifest/index.ts'
import { capabilityDiff, leaseNames, attenuateCapabilities } from './runtime/policy/index.ts'
import { Runtime } from './runtime/presets/index.ts'

const built = await buildAgent({ directory: 'agent' })
const { capabilities, limits } = built.manifest
const none = manifestFromObject({ name: 'none' }).capabilities
const attenuation = { revoke: [], narrow: { 'queue.jobs': { maxUses: 1 } } }
const runtime = new Runtime()
const agent = await runtime.load(built)
const response = await agent.fetch(new Request('http://agent/sender'))
console.log(JSON.stringify({
  places: leaseNames(capabilities),
  gained: capabilityDiff({ imports: [], capabilities: none }, { imports: [], capabilities }).gained,
  narrowed: attenuateCapabilities(capabilities, attenuation).queue,
  limit: limits.queueMessages,
  answers: await response.json(),
}))
await runtime.close()
`
