/** Whether 200 rules allow a request. @module */
import { manifestFromObject } from '../../../runtime/manifest/index.ts'
import { decideHttp } from '../../../runtime/policy/index.ts'
import { interleave } from '../../measure/interleave.ts'
import type { Case } from '../suite.ts'

const RULES = 200
const MAX_MICROS = 3

const TARGETS = [
  { name: 'allowed by the last rule', url: `https://api-${RULES - 1}.example.com/v1/items` },
  { name: 'denied: no such host', url: 'https://elsewhere.example.org/v1/items' },
  { name: 'denied: another path', url: 'https://api-7.example.com/v2/items' },
  { name: 'one host, 200 paths', url: 'https://one.example.com/p199/items' },
] as const

export const policy: Case = {
  name: 'policy',
  async run({ sampling }) {
    const rulesOf = (rule: (index: number) => object): Parameters<typeof decideHttp>[0] => {
      const http = Array.from({ length: RULES }, (_, index) => rule(index))
      return manifestFromObject({ name: 'many', capabilities: { http } }).capabilities.http ?? []
    }
    const hosts = rulesOf((index) => ({ host: `api-${index}.example.com`, paths: ['/v1/*'] }))
    const paths = rulesOf((index) => ({ host: 'one.example.com', paths: [`/p${index}/*`] }))
    const subjects = TARGETS.map(({ name, url }) => {
      const target = { method: 'GET', url: new URL(url) }
      const rules = target.url.hostname === 'one.example.com' ? paths : hosts
      const expected = name.startsWith('denied') ? 'denied' : 'allowed'
      const { state } = decideHttp(rules, target)
      if (state !== expected) throw new Error(`Cannot measure "${name}": it is ${state}`)
      return { name, run: () => void decideHttp(rules, target) }
    })
    const measured = await interleave(subjects, sampling)
    return measured.map(({ name, time, cpu }) => ({
      measure: `policy decision, ${RULES} http rules`,
      subject: name,
      unit: 'µs',
      value: time,
      cpu,
      goal: { on: 'value', quantile: 'p50', atMost: MAX_MICROS },
    }))
  },
}
