/** `mayfly policy`: what an agent may do, by its agent.json and by the policy of a host. Changes nothing. @module */

import { MayflyError } from '../../../../runtime/errors/index.ts'
import { HOST_OPTIONS, HOST_USAGE } from '../../ask-host.ts'
import type { Verb } from '../../verb.ts'
import { checkAgent, CHECK_USAGE } from './check-agent.ts'
import { explainRequest, EXPLAIN_USAGE } from './explain-request.ts'
import { whatIf, WHAT_IF_USAGE } from './what-if.ts'

export const verb: Verb = {
  name: 'policy',
  summary: 'Explain what an agent may do, and check what a host would refuse of it.',
  usage: `Usage: ${EXPLAIN_USAGE} [--policy FILE] [--json]
       ${CHECK_USAGE} [--policy FILE] [--data DIR | --url URL] [--json]
       ${WHAT_IF_USAGE} [--since TIME] [--data DIR] [--json]

  explain  What each http rule of an agent says to a request, and the line that would allow it. With --policy also
           what the policy of a host says to that rule, and where. Sends nothing
  check    What the policy of a host would refuse of an agent, before it is deployed, and which defaults it would
           lower: of FILE, or of a running host
  what-if  Which uses of http, kv and tools in the audit log AGENT would have denied: before it is deployed with less.
           The log has no paths, schemes and addresses: what hangs on a path is listed as not known

AGENT is a folder with an agent.json, or such a file. All exit with 1 when something is denied.

Options:
  --policy FILE   Policy of a host, as mayfly serve --policy takes it
  --since TIME    Only uses from then on: "2027-01-31T12:00:00Z", or "90s", "15m", "2h", "7d" ago
  --json          Print one JSON object
${HOST_USAGE}

Examples:
  mayfly policy explain components/examples/hello GET https://api.example.com/v1/prices
  mayfly policy check components/examples/hello --policy policy.json
  mayfly policy what-if components/examples/hello --since 7d
`,
  options: {
    policy: { type: 'string' },
    since: { type: 'string' },
    json: { type: 'boolean' },
    ...HOST_OPTIONS,
  },
  async run({ values, positionals: [action, ...words] }) {
    switch (action) {
      case 'explain':
        return explainRequest(words, values)
      case 'check':
        return checkAgent(words, values)
      case 'what-if':
        return whatIf(words, values)
      default:
        throw new MayflyError('ERR_USAGE', `Cannot do "${action ?? ''}": no such action`, {
          hint: `${EXPLAIN_USAGE}, ${CHECK_USAGE}, or ${WHAT_IF_USAGE}`,
        })
    }
  },
}
