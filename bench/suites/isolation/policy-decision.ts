/**
 * What a policy costs: the decision about one request with 200 rules, and about a manifest of 200 rules.
 *
 * The policy of a host decides when an agent is deployed. A request meets the grants that are left, so its decision is
 * the same with a policy and without.
 *
 * @module
 */
import { checkManifest, policyFromObject } from '../../../runtime/host-policy/index.ts'
import { manifestFromObject } from '../../../runtime/manifest/index.ts'
import { decideHttp } from '../../../runtime/policy/index.ts'
import { interleave, named } from '../../measure/interleave.ts'
import type { Case } from '../suite.ts'

const RULES = 200
const MAX_DECISION_MICROS = 1
// A deploy reads and compiles a component meanwhile, which takes tens of milliseconds.
const MAX_CHECK_MICROS = 1_000

export const policyDecision: Case = {
  name: 'policy-decision',
  async run({ sampling }) {
    const manifest = manifestFromObject({
      name: 'team-199-agent',
      capabilities: {
        http: Array.from({ length: RULES }, (_, index) => ({
          host: `api-${index}.example.com`,
          paths: ['/v1/*'],
          headers: { authorization: `Bearer {secret:TOKEN_${index}}` },
        })),
      },
    })
    // As many tenants as rules, each with its own secrets.
    const secrets = [{ name: 'TOKEN_*', hosts: ['*.example.com'] }]
    const networks = ['public']
    const policy = policyFromObject({
      limits: { deadlineMs: 20_000, concurrency: 100 },
      ...{ networks, secrets },
      tenants: Object.fromEntries(
        Array.from({ length: RULES }, (_, index) => [
          `team-${index}`,
          { agents: [`team-${index}-*`], networks, secrets },
        ]),
      ),
    })
    const answer = checkManifest(policy, manifest)
    if (answer.tenant !== 'team-199' || answer.refused.length > 0) {
      throw new Error(
        `Cannot measure: the policy refuses ${answer.refused[0]?.text ?? 'the tenant'}`,
      )
    }
    const rules = answer.manifest.capabilities.http ?? []
    const target = { method: 'GET', url: new URL(`https://api-${RULES - 1}.example.com/v1/items`) }
    if (decideHttp(rules, target).state !== 'allowed') throw new Error('Cannot measure: denied')
    const [decision, check] = ['decision about a request', 'check of a manifest'] as const
    const measured = await interleave(
      [
        { name: decision, run: () => void decideHttp(rules, target) },
        { name: check, run: () => void checkManifest(policy, manifest) },
      ],
      sampling,
    )
    return (
      [
        [decision, MAX_DECISION_MICROS],
        [check, MAX_CHECK_MICROS],
      ] as const
    ).map(([name, atMost]) => {
      const { time, cpu } = named(measured, name)
      return {
        measure: `${name}, ${RULES} rules`,
        subject: 'mayfly',
        unit: 'µs',
        value: time,
        cpu,
        goal: { on: 'value', quantile: 'p50', atMost },
      }
    })
  },
}
