/**
 * Many agents on the same slots: each request may find the image of another. In process and over HTTP.
 *
 * @module
 */
import { join } from 'node:path'
import type { Agent } from '../../../runtime/agents/index.ts'
import { Runtime } from '../../../runtime/presets/index.ts'
import { assertEqualAnswers } from '../../contenders/agent-message.ts'
import type { Finding } from '../../measure/result.ts'
import { BenchServer } from '../../measure/server.ts'
import { AgentFactory, answerOf } from '../agents/subjects/agent-factory.ts'
import type { Case } from '../suite.ts'
import { loadFindings } from './connections.ts'
import { drive, drivenFindings } from './drive.ts'
import { distributions } from './pick.ts'

const SERVER = join(import.meta.dirname, 'server.ts')
const AGENTS = { quick: 10, full: 1000 }
const SECONDS = { quick: 0.25, full: 2 }
const HTTP_SECONDS = { quick: 0.3, full: 2 }
const CONNECTIONS = 32
// Long enough that few agents are asked for in turn, short enough for each connection to hold a copy.
const PATHS = 4000

export const manyAgents: Case = {
  name: 'many-agents',
  async run({ quick, progress }) {
    const count = quick ? AGENTS.quick : AGENTS.full
    const seconds = quick ? SECONDS.quick : SECONDS.full
    using factory = new AgentFactory()
    const runtime = new Runtime()
    const agents: Agent[] = []
    for (let index = 0; index < count; index++) {
      const component = await factory.build(index)
      agents.push(await runtime.load({ component, manifest: { name: `agent-${index}` } }))
      progress((0.8 * (index + 1)) / count)
    }
    const findings: Finding[] = []
    for (const [subject, choose] of distributions(count)) {
      const pick = (): Agent => {
        const agent = agents[choose()]
        if (agent === undefined) throw new RangeError('Cannot choose an agent: there is none')
        return agent
      }
      await drive(pick, 1, seconds / 2)
      findings.push(
        ...drivenFindings('in process, 1 under way', subject, await drive(pick, 1, seconds)),
      )
    }
    return findings
  },
}

export const manyServed: Case = {
  name: 'many-served',
  against: false,
  async run({ quick, progress }) {
    const count = quick ? AGENTS.quick : AGENTS.full
    const seconds = quick ? HTTP_SECONDS.quick : HTTP_SECONDS.full
    const findings: Finding[] = []
    const sizes = quick ? [2] : [1, 2]
    for (const workers of sizes) {
      using server = await BenchServer.start(SERVER, ['mayfly', '0', `${workers}`, `${count}`])
      for (const index of [0, count - 1]) {
        const served = await server.text(`/agent-${index}/`)
        assertEqualAnswers({ expected: `200 ${answerOf(index)}`, mayfly: served })
      }
      for (const [subject, choose] of distributions(count)) {
        const paths = Array.from({ length: PATHS }, () => `/agent-${choose()}/`)
        const options = { connections: CONNECTIONS, paths }
        if (!quick) await server.load('/', { ...options, seconds: seconds / 2 })
        const found = await server.load('/', { ...options, seconds })
        const shown = workers === 1 ? subject : `${subject}, ${workers} workers`
        findings.push(...loadFindings(`HTTP, ${CONNECTIONS} connections`, shown, found))
      }
      progress(workers / 2)
    }
    return findings
  },
}
