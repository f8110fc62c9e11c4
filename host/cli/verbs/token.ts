/** `mayfly token`: makes, lists and revokes the scoped tokens of a running host. @module */

import { MayflyError, printableJson } from '../../../runtime/errors/index.ts'
import { askerOf, HOST_OPTIONS, HOST_USAGE, refusalOf, type Ask } from '../ask-host.ts'
import { errorText } from '../print-error.ts'
import type { ParsedArguments, Verb } from '../verb.ts'

export const verb: Verb = {
  name: 'token',
  summary: 'Make, list and revoke tokens for some agents of a running host.',
  usage: `Usage: mayfly token new NAME --agents PATTERNS --can ACTIONS [options]
       mayfly token list [options]
       mayfly token revoke NAME [options]

  new     Prints a token, once: the host keeps a hash of it. Its holder sends it as "Authorization: Bearer mf_…", or
          has mayfly control send it: MAYFLY_TOKEN=mf_… mayfly control agents --url URL
  list    Names of tokens, what they are for, until when, and the day they were last used
  revoke  Refuses it from now on, everywhere

  --agents PATTERNS  Names of agents, separated by commas. * stands for any text: 'team-a-*'
  --can ACTIONS      What it is for, separated by commas:
                       read     see these agents, their metrics and approvals
                       call     list and call their exported functions
                       deploy   serve versions that gain no capabilities, also by a rollback; a first version only
                                without any
                       operate  kill, disable, enable, roll back; take grants away
                       approve  with deploy or operate: serve versions that gain capabilities
  --routes PATTERNS  Routes that agents which it deploys may take: '/team-a/*'. An agent whose agent.json names none
                     takes /NAME/*. Default: none
  --hosts PATTERNS   Host names that they may take. Default: none
  --tenant NAME      Label of the agents that it deploys. Default: none
  --expires TIME     Hours or days that it is good for: 12h, 30d. Default: 90d
${HOST_USAGE}

Only the user of the host, and the holder of the host's own MAYFLY_TOKEN, can do this.

Example:
  mayfly token new team-a --agents 'team-a-*' --routes '/team-a-*' --can read,call,deploy --expires 30d`,
  options: {
    agents: { type: 'string', multiple: true },
    can: { type: 'string', multiple: true },
    routes: { type: 'string', multiple: true },
    hosts: { type: 'string', multiple: true },
    tenant: { type: 'string' },
    expires: { type: 'string' },
    ...HOST_OPTIONS,
  },
  async run({ positionals, values }) {
    const { ok, text } = await askerOf(values)(askOf(positionals, values))
    const refusal = refusalOf(text, 'change tokens')
    if (refusal !== undefined) console.error(errorText(refusal, 'mayfly: '))
    else console[ok ? 'log' : 'error'](printableJson(text.trimEnd()))
    return ok ? 0 : 1
  },
}

/** @throws {MayflyError} ERR_USAGE */
function askOf([word, name, ...rest]: readonly string[], values: ParsedArguments['values']): Ask {
  if (word === 'list' && name === undefined) return { path: '/-/tokens' }
  if (name !== undefined && rest.length === 0) {
    if (word === 'new') return { path: '/-/tokens', method: 'POST', body: bodyOf(name, values) }
    if (word === 'revoke')
      return { path: `/-/tokens/${encodeURIComponent(name)}`, method: 'DELETE' }
  }
  throw new MayflyError('ERR_USAGE', 'Cannot change tokens: an action and a name are needed', {
    hint: 'mayfly token new NAME --agents PATTERNS --can ACTIONS, list, or revoke NAME',
  })
}

/** As the host reads it, which says what is wrong with it. */
function bodyOf(name: string, { tenant, expires, ...values }: ParsedArguments['values']): string {
  return JSON.stringify({
    name,
    can: partsOf(values['can']),
    agents: partsOf(values['agents']),
    routes: partsOf(values['routes']),
    hosts: partsOf(values['hosts']),
    tenant,
    expires,
  })
}

/** Of an option that takes several values, by commas or by being repeated. */
function partsOf(value: ParsedArguments['values'][string]): string[] {
  const texts = [value].flat().filter((each) => typeof each === 'string')
  return texts.flatMap((text) => text.split(','))
}
