/**
 * `mayfly policy explain`: which rule allows a request or why none does, and the line that would.
 *
 * Asks the same decisions that a request and a deploy do, and sends nothing.
 *
 * @module
 */

import { isIP } from 'node:net'
import { MayflyError, printable, printableJson } from '../../../../runtime/errors/index.ts'
import type { HttpRule } from '../../../../runtime/manifest/index.ts'
import {
  decideHttp,
  explainHttp,
  isRefusedMethod,
  type HttpTarget,
} from '../../../../runtime/policy/index.ts'
import { networkOf } from '../../../drivers/guarded-fetch/index.ts'
import type { ParsedArguments } from '../../verb.ts'
import { agentManifest } from './agent-manifest.ts'
import { askPolicyFile, linesText, type LocatedAnswer, type LocatedLine } from './policy-file.ts'

export const EXPLAIN_USAGE = 'mayfly policy explain AGENT METHOD URL'

/** The output with `--json`. */
interface Explanation {
  readonly outcome: 'allowed' | 'denied'
  /** The rule that allowed it: `http[0]`. */
  readonly rule?: string
  readonly reason?: string
  /** The rule that would allow it, or another condition that has to hold. */
  readonly hint?: string
  readonly rules: readonly { readonly name: string; readonly reason: string | undefined }[]
  /** What the policy of the host refuses: first of the rule, then of the rest of the agent. Absent without one. */
  readonly policy?: readonly LocatedLine[]
}

/**
 * @returns the exit code
 * @throws {MayflyError} ERR_USAGE, ERR_MANIFEST_INVALID
 */
export async function explainRequest(
  [agent, method, url, ...more]: readonly string[],
  values: ParsedArguments['values'],
): Promise<number> {
  if (agent === undefined || method === undefined || url === undefined) {
    throw new MayflyError('ERR_USAGE', 'Cannot explain: agent, method and URL are needed', {
      hint: EXPLAIN_USAGE,
    })
  }
  if (more.length > 0) {
    throw new MayflyError('ERR_USAGE', `Cannot explain "${more[0]}": one request at a time`, {
      hint: EXPLAIN_USAGE,
    })
  }
  const { file, manifest } = agentManifest(agent)
  const target = targetOf(method.toUpperCase(), parseUrl(url))
  const ofAgent = explain(manifest.capabilities.http ?? [], target)
  const { policy } = values
  const explanation =
    typeof policy === 'string' ? underPolicy(ofAgent, askPolicyFile(policy, manifest)) : ofAgent
  console.log(
    values['json'] === true
      ? printableJson(JSON.stringify(explanation, undefined, 2))
      : render(explanation, target, file),
  )
  return explanation.outcome === 'allowed' ? 0 : 1
}

/** An agent of which the policy refuses anything is not served: then it sends no request. */
function underPolicy(explanation: Explanation, { refused }: LocatedAnswer): Explanation {
  const isOfRule = ({ place }: LocatedLine): boolean =>
    explanation.rule !== undefined && place.startsWith(`capabilities.${explanation.rule}.`)
  const policy = [...refused.filter(isOfRule), ...refused.filter((line) => !isOfRule(line))]
  const [first] = policy
  if (first === undefined || explanation.outcome === 'denied') return { ...explanation, policy }
  const { hint: _, ...rest } = explanation
  const whole = isOfRule(first) ? '' : 'the agent is not served: '
  return { ...rest, outcome: 'denied', reason: whole + first.text, policy }
}

function parseUrl(text: string): URL {
  const url = URL.parse(text)
  if (url !== null) return url
  throw new MayflyError('ERR_USAGE', `Cannot explain "${text}": not an absolute URL`, {
    hint: 'Give a URL such as https://api.example.com/v1/prices',
  })
}

/** A WebSocket is granted as a request of the scheme that it begins with. */
function targetOf(method: string, url: URL): HttpTarget {
  const scheme = { 'wss:': 'https:', 'ws:': 'http:' }[url.protocol]
  if (scheme === undefined) return { method, url }
  return { method, url: new URL(`${scheme}${url.href.slice(url.protocol.length)}`), upgrade: true }
}

function explain(rules: readonly HttpRule[], target: HttpTarget): Explanation {
  const verdicts = explainHttp(rules, target).map(({ name, reason }) => ({ name, reason }))
  const never = refusedWhateverIsGranted(target)
  if (never !== undefined) return { outcome: 'denied', reason: never, rules: verdicts }
  const decision = decideHttp(rules, target)
  if (decision.state === 'denied') {
    const { reason, hint } = decision
    return { outcome: 'denied', reason, hint, rules: verdicts }
  }
  const { name, rule } = decision
  const host = target.url.hostname.replace(/^\[(.*)\]$/, '$1')
  const network = isIP(host) === 0 ? undefined : networkOf(host)
  if (network === undefined) {
    const hint = `Every address it resolves to has to be ${rule.network === 'public' ? 'public' : `public or ${rule.network}`}`
    return { outcome: 'allowed', rule: name, hint, rules: verdicts }
  }
  if (network === 'public' || network === rule.network) {
    return { outcome: 'allowed', rule: name, rules: verdicts }
  }
  return {
    outcome: 'denied',
    reason: `address ${host}: ${network}, "${rule.network}" granted`,
    // Metadata services and the like: there is nothing to grant.
    ...(network === 'reserved' ? {} : { hint: `Add "network": "${network}" to ${name}` }),
    rules: verdicts,
  }
}

/** Returns the reason why a request is malformed, so that no rule can allow it. */
function refusedWhateverIsGranted({ method, url }: HttpTarget): string | undefined {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    return `scheme "${url.protocol.slice(0, -1)}": only https and http can be granted`
  }
  if (url.username !== '' || url.password !== '') return 'credentials in the URL'
  return isRefusedMethod(method) ? `method "${method}"` : undefined
}

function render(
  { outcome, rule, reason, hint, rules, policy = [] }: Explanation,
  { method, url }: HttpTarget,
  file: string,
): string {
  const request = `${method} ${url.href}`
  const width = Math.max(0, ...rules.map(({ name }) => name.length))
  const verdicts = rules.map(
    (verdict) => `  ${verdict.name.padEnd(width)}  ${verdict.reason ?? 'allows it'}`,
  )
  const table = verdicts.length === 0 ? ['  no rule'] : verdicts
  if (outcome === 'allowed') {
    const note = hint === undefined ? [] : ['', hint]
    return shown([`Allowed by ${rule}: ${request}`, ...table, ...note])
  }
  const refused = policy.length === 0 ? [] : ['', 'Policy of the host:', ...linesText(policy)]
  const lines = [`Denied: ${request}`, `  ${reason}`, '', 'Rules:', ...table, ...refused, '']
  // The agent allows it, and the host does not.
  if (rule !== undefined) return shown([...lines, `Change ${file}, or the policy`])
  const remedy = hint === undefined ? 'No grant allows it' : `${hint} in ${file}`
  return shown([...lines, remedy])
}

/** A path in a manifest may hold line breaks. */
function shown(lines: readonly string[]): string {
  return lines.map(printable).join('\n')
}
