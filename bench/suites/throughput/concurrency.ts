/** One agent in this process, by the number of requests under way. @module */
import { guardedFetch } from '../../../host/drivers/guarded-fetch/index.ts'
import { Runtime } from '../../../runtime/presets/index.ts'
import { assertEqualAnswers } from '../../contenders/agent-message.ts'
import type { Finding } from '../../measure/result.ts'
import { agentSubject } from '../agents/subjects/components.ts'
import type { Case } from '../suite.ts'
import { drive, drivenFindings } from './drive.ts'
import { Upstream, UPSTREAM_MS, UPSTREAM_TEXT, upstreamAgent } from './upstream.ts'

const UNDER_WAY = { quick: [1, 32], full: [1, 8, 32, 128, 256] }
const SECONDS = { quick: 0.25, full: 2 }

export const concurrency: Case = {
  name: 'concurrency',
  async run({ quick, progress }) {
    const seconds = quick ? SECONDS.quick : SECONDS.full
    const steps = quick ? UNDER_WAY.quick : UNDER_WAY.full
    using upstream = await Upstream.start()
    const runtime = new Runtime({ drivers: { http: guardedFetch() } })
    const waitingUrl = `http://any/${upstream.port}`
    const subjects = [
      ['TypeScript', await runtime.load(await agentSubject('fetch'))],
      ['AssemblyScript, 100 B', await runtime.load(await agentSubject('hundred'))],
      ['AssemblyScript, 1 MiB', await runtime.load(await agentSubject('large'))],
      [
        `TypeScript, waiting ${UPSTREAM_MS} ms`,
        await runtime.load(await upstreamAgent(upstream.port)),
        waitingUrl,
      ],
    ] as const
    const [, , , [, waiting]] = subjects
    const answer = await waiting.fetch(new Request(waitingUrl))
    assertEqualAnswers({ upstream: UPSTREAM_TEXT, mayfly: await answer.text() })
    const findings: Finding[] = []
    for (const [index, underWay] of steps.entries()) {
      for (const [subject, agent, url] of subjects) {
        await drive(() => agent, underWay, seconds / 4, url)
        const driven = await drive(() => agent, underWay, seconds, url)
        findings.push(...drivenFindings(`in process, ${underWay} under way`, subject, driven))
      }
      progress((index + 1) / steps.length)
    }
    return findings
  },
}
