/**
 * The time to the first answer of a process, of an agent loaded first, of one loaded after many, and of an idle one.
 *
 * @module
 */
import { fork } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Runtime } from '../../../runtime/presets/index.ts'
import type { Finding } from '../../measure/result.ts'
import { constant, summarise } from '../../measure/statistics.ts'
import { AgentFactory } from '../agents/subjects/agent-factory.ts'
import { agentSubject } from '../agents/subjects/components.ts'
import type { Case } from '../suite.ts'

const SERVER = join(import.meta.dirname, '..', 'agents', 'http-server.ts')
const STARTS = { quick: 2, full: 12 }
const AGENTS = { quick: 15, full: 1000 }
const IDLES = { quick: 10, full: 50 }

/** Host processes, until they have answered over HTTP. */
export const start: Case = {
  name: 'start',
  against: false,
  async run({ quick, progress }) {
    const kinds = [
      ['bare', '/', 'bare Hono'],
      ['mayfly', '/text/', 'mayfly, 3 agents'],
    ] as const
    const times = kinds.map((): number[] => [])
    const starts = quick ? STARTS.quick : STARTS.full
    for (let round = 0; round < starts; round++) {
      for (const [index, [kind, path]] of kinds.entries())
        times[index]?.push(await timeToAnswer(kind, path))
      progress((round + 1) / starts)
    }
    return kinds.map(([, , subject], index) => ({
      measure: 'process start to first answer',
      subject,
      unit: 'ms',
      value: summarise(times[index] ?? []),
      note: 'agents are built already',
    }))
  },
}

/** Agents, until they have answered in a process that runs. */
export const load: Case = {
  name: 'load',
  async run({ quick, progress }) {
    const count = quick ? AGENTS.quick : AGENTS.full
    using factory = new AgentFactory()
    const runtime = new Runtime()
    const loads: number[] = []
    const answers: number[] = []
    for (let index = 0; index < count; index++) {
      const component = await factory.build(index)
      const from = performance.now()
      const agent = await runtime.load({ component, manifest: { name: `agent-${index}` } })
      const loaded = performance.now()
      await agent.fetch(new Request('http://any/'))
      loads.push(loaded - from)
      answers.push(performance.now() - from)
      progress((index + 1) / count)
    }
    const [first = NaN, ...rest] = loads
    const last = rest.slice(-Math.ceil(count / 10))
    const finding = (measure: string, times: readonly number[]): Finding => ({
      measure,
      subject: 'mayfly',
      unit: 'ms',
      value: summarise(times),
    })
    return [
      { ...finding('load of the first JS agent', [first]), value: constant(first) },
      finding(`load of JS agents up to number ${count}`, last),
      finding('deploy to first answer', answers.slice(1)),
    ]
  },
}

/** The first call after every slot of an agent has been dropped. */
export const idle: Case = {
  name: 'idle',
  async run({ quick, progress }) {
    const idleMs = 20
    const agent = await new Runtime({ pool: { idleMs } }).load(await agentSubject('fetch'))
    const request = new Request('http://any/')
    for (let warm = 0; warm < 50; warm++) await agent.fetch(request)
    const count = quick ? IDLES.quick : IDLES.full
    const times: number[] = []
    for (let index = 0; index < count; index++) {
      await sleep(idleMs * 4)
      const from = performance.now()
      await agent.fetch(request)
      times.push(performance.now() - from)
      progress((index + 1) / count)
    }
    return [
      { measure: 'first call after idle', subject: 'mayfly', unit: 'ms', value: summarise(times) },
    ]
  },
}

async function timeToAnswer(kind: string, path: string): Promise<number> {
  const from = performance.now()
  const child = fork(SERVER, [kind], {
    execArgv: ['--no-warnings'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const url = await new Promise<string>((resolve) => {
    child.once('message', (message) => resolve(String(message)))
  })
  const response = await fetch(url + path)
  await response.text()
  const time = performance.now() - from
  const exit = new Promise((resolve) => child.once('exit', resolve))
  child.disconnect()
  await exit
  return time
}
