/**
 * `mayfly policy explain`: which rule allows a request or why none does, and the line that would.
 *
 * Asks the same decision that a request does, and sends nothing.
 *
 * @module
 */

import { existsSync, readFileSync, statSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { MayflyError, printable, printableJson } from '../../../runtime/errors/index.ts'
import { parseManifest, type HttpRule } from '../../../runtime/manifest/index.ts'
import {
  decideHttp,
  explainHttp,
  isRefusedMethod,
  type HttpTarget,
} from '../../../runtime/policy/index.ts'
import { networkOf } from '../../drivers/guarded-fetch/index.ts'
import type { Verb } from '../verb.ts'

const USAGE = 'mayfly policy explain AGENT METHOD URL'

/** The output with `--json`. */
interface Explanation {
  readonly outcome: 'allowed' | 'denied'
  /** The rule that allowed it: `http[0]`. */
  readonly rule?: string
  readonly reason?: string
  /** The rule that would allow it, or another condition that has to hold. */
  readonly hint?: string
  readonly rules: readonly { readonly name: string; readonly reason: string | undefined }[]
}

export const verb: Verb = {
  name: 'policy',
  summary: 'Explain why an agent may or may not send a request.',
  usage: `Usage: ${USAGE} [--json]

AGENT is a folder with an agent.json, or such a file. Prints what each of its http rules says to the
request, and the line that would allow it. Sends nothing. Exits with 1 when it is denied.

Options:
  --json  print one JSON object

Example:
  mayfly policy explain components/examples/hello GET https://api.example.com/v1/prices
`,
  options: { json: { type: 'boolean' } },
  async run({ values, positionals: [action, agent, method, url, ...more] }) {
    if (action !== 'explain' || agent === undefined || method === undefined || url === undefined) {
      throw new MayflyError('ERR_USAGE', 'Cannot explain: agent, method and URL are needed', {
        hint: USAGE,
      })
    }
    if (more.length > 0) {
      throw new MayflyError('ERR_USAGE', `Cannot explain "${more[0]}": one request at a time`, {
        hint: USAGE,
      })
    }
    const file = manifestFile(agent)
    const { capabilities } = parseManifest(readFileSync(file, 'utf8'), { file })
    const target = { method: method.toUpperCase(), url: parseUrl(url) }
    const explanation = explain(capabilities.http ?? [], target)
    console.log(
      values['json'] === true
        ? printableJson(JSON.stringify(explanation, undefined, 2))
        : render(explanation, target, file),
    )
    return explanation.outcome === 'allowed' ? 0 : 1
  },
}

function manifestFile(agent: string): string {
  const isFolder = existsSync(agent) && statSync(agent).isDirectory()
  const file = isFolder ? join(agent, 'agent.json') : agent
  if (existsSync(file)) return file
  throw new MayflyError('ERR_USAGE', `Cannot read "${file}": no such file`, {
    hint: 'Give a folder with an agent.json',
    facts: { file },
  })
}

function parseUrl(text: string): URL {
  const url = URL.parse(text)
  if (url !== null) return url
  throw new MayflyError('ERR_USAGE', `Cannot explain "${text}": not an absolute URL`, {
    hint: 'Give a URL such as https://api.example.com/v1/prices',
  })
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
  { outcome, rule, reason, hint, rules }: Explanation,
  { method, url }: HttpTarget,
  file: string,
): string {
  const request = `${method} ${url.href}`
  const width = Math.max(0, ...rules.map(({ name }) => name.length))
  const lines = rules.map(
    (verdict) => `  ${verdict.name.padEnd(width)}  ${verdict.reason ?? 'allows it'}`,
  )
  const table = lines.length === 0 ? ['  no rule'] : lines
  if (outcome === 'allowed') {
    const note = hint === undefined ? [] : ['', hint]
    return shown([`Allowed by ${rule}: ${request}`, ...table, ...note])
  }
  const remedy = hint === undefined ? 'No grant allows it' : `${hint} in ${file}`
  return shown([`Denied: ${request}`, `  ${reason}`, '', 'Rules:', ...table, '', remedy])
}

/** A path in a manifest may hold line breaks. */
function shown(lines: readonly string[]): string {
  return lines.map(printable).join('\n')
}
