/**
 * `mayfly secret`: the secrets of a host, encrypted in its data directory.
 *
 * A value comes from a prompt, standard input or a file. It is in no argument, and is never printed.
 *
 * @module
 */

import { AGENT_NAME } from '../../../../runtime/manifest/index.ts'
import { MayflyError } from '../../../../runtime/errors/index.ts'
import { hostKeyFile, SecretStore, type SecretEntry } from '../../../drivers/secrets/index.ts'
import { checkDirectory } from '../../../targets/node/index.ts'
import { DEFAULT_DATA_DIRECTORY } from '../../data-directory.ts'
import { tableOf } from '../../table.ts'
import type { ParsedArguments, Verb } from '../../verb.ts'
import { readValue } from './read-value.ts'

export const verb: Verb = {
  name: 'secret',
  summary: 'Set, list and remove the secrets of a host.',
  usage: `Usage: mayfly secret set NAME [--agent NAME] [--host HOST...] [--from-file FILE]
       mayfly secret list [--json]
       mayfly secret rm NAME [--agent NAME]
       mayfly secret rotate

  set     Asks for the value and does not show it, or takes standard input that is no terminal, or a file. A last line
          end does not count. Never an argument: shell history and the list of processes show arguments
  list    Names, agents, hosts, versions and ages. No values
  rm      Removes a secret
  rotate  Encrypts all secrets with a new host key, and forgets the old one

  --agent NAME      The only agent that gets it. It goes before a secret of the same name for all agents
  --host HOST       Host that http rules may send it to: a name, or "*." and a suffix. Several times for more.
                    With hosts its text is for no agent to read. Default: every host that a rule names
  --from-file FILE  File with the value
  --data DIR        Data directory of the host. Default: ${DEFAULT_DATA_DIRECTORY}
  --json            List as JSON

An agent uses a secret that its agent.json names, in a header of an http rule or in capabilities.secrets. start, serve, dev,
call and run find it here, unless the environment, an --env-file or MAYFLY_SECRETS_FILE has one of that name. A
running host serves agents anew within seconds when secrets that they use change.

Values are encrypted (AES-256-GCM) with a key derived from host.key beside them, which set makes. It protects copies of
the store. To protect copies of the whole directory, keep the key elsewhere: MAYFLY_HOST_KEY_FILE names its file, for
mayfly secret and for the host.

Example:
  mayfly secret set GITHUB_TOKEN --agent triage
  pass show github | mayfly secret set GITHUB_TOKEN`,
  options: {
    agent: { type: 'string' },
    host: { type: 'string', multiple: true },
    'from-file': { type: 'string' },
    data: { type: 'string' },
    json: { type: 'boolean' },
  },
  async run({ positionals: [action, name, ...rest], values }) {
    if (action === 'set') return set(nameOf(action, name, rest), values)
    if (action === 'rm') return remove(nameOf(action, name, rest), values)
    if (name === undefined && action === 'list') return list(values)
    if (name === undefined && action === 'rotate') return rotate(values)
    throw new MayflyError('ERR_USAGE', 'Cannot change secrets: an action is needed', {
      hint: 'mayfly secret set NAME, list, rm NAME, or rotate',
    })
  },
}

type Values = ParsedArguments['values']

// What an `agent.json` can name.
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/
const MAX_NAME_LENGTH = 128
// As http rules have them. https://www.rfc-editor.org/rfc/rfc1035
const HOST = /^(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/
const MINUTE_MS = 60_000

async function set(name: string, values: Values): Promise<number> {
  const agent = agentOf(values)
  const hosts = hostsOf(values)
  const file = text(values['from-file'])
  const store = storeOf(values)
  const value = await readValue(name, file)
  for (const path of checkDirectory(dataOf(values)))
    console.error(`Closed to other users of this machine: ${path}`)
  const { version } = await store.set(name, value, { agent, ...(hosts.length > 0 && { hosts }) })
  console.log(`Set "${name}" ${forWhom(agent)}, version ${version}`)
  return 0
}

async function remove(name: string, values: Values): Promise<number> {
  const agent = agentOf(values)
  const store = storeOf(values)
  const removed = await store.remove(name, agent)
  if (removed === undefined) {
    const others = (await store.list()).filter((entry) => entry.name === name)
    const found = others.map((entry) => forWhom(entry.agent)).join(', ')
    throw new MayflyError(
      'ERR_USAGE',
      `Cannot remove secret "${name}" ${forWhom(agent)}: there is none`,
      { hint: found === '' ? 'mayfly secret list has all names' : `There is one ${found}` },
    )
  }
  console.log(`Removed "${name}" ${forWhom(agent)}. Agents that need it are not loaded any more`)
  console.log('Those that are served keep it until then: mayfly control disable AGENT stops one')
  return 0
}

async function list(values: Values): Promise<number> {
  const entries = await storeOf(values).list()
  if (values['json'] === true) console.log(JSON.stringify(entries, undefined, 2))
  else if (entries.length === 0) console.log(`No secrets in ${dataOf(values)}`)
  else console.log(tableOf(['name', 'agent', 'hosts', 'version', 'age'], entries.map(rowOf)))
  return 0
}

async function rotate(values: Values): Promise<number> {
  const { secrets, keyFile } = await storeOf(values).rotate()
  const what = secrets === 1 ? '1 secret is' : `${secrets} secrets are`
  console.log(`${what} encrypted with a new host key in ${keyFile}`)
  console.log('The old key is gone from there. It still opens older copies of the store')
  return 0
}

function rowOf({ name, agent, hosts, version, setAt }: SecretEntry): (string | number)[] {
  return [name, agent ?? 'all', hosts?.join(' ') ?? 'all', version, age(Date.parse(setAt))]
}

function age(sinceMs: number): string {
  const minutes = Math.max(0, Math.floor((Date.now() - sinceMs) / MINUTE_MS))
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} days`
}

/** @throws {MayflyError} ERR_USAGE, without a word of what may be the value */
function nameOf(action: string, name: string | undefined, rest: readonly string[]): string {
  if (name !== undefined && rest.length === 0 && NAME.test(name) && name.length <= MAX_NAME_LENGTH)
    return name
  const [given = ''] = name?.split('=', 1) ?? []
  const isValueGiven = action === 'set' && (rest.length > 0 || name?.includes('=') === true)
  if (isValueGiven && NAME.test(given)) {
    throw new MayflyError('ERR_USAGE', `Cannot set secret "${given}": its value is an argument`, {
      hint: `Shell history and the list of processes show arguments: take this value as known to others. Type another at the prompt of mayfly secret set ${given}, or pipe it in`,
    })
  }
  const state = name === undefined ? 'no name given' : 'not a name'
  throw new MayflyError('ERR_USAGE', `Cannot ${action} a secret: ${state}`, {
    hint: `mayfly secret ${action} NAME, with letters, digits and _ in the name`,
  })
}

function agentOf(values: Values): string | undefined {
  const agent = text(values['agent'])
  if (agent === undefined || AGENT_NAME.test(agent)) return agent
  throw new MayflyError('ERR_USAGE', `Cannot use agent "${agent}": not the name of an agent`, {
    hint: 'Give the name that stands in its agent.json',
  })
}

function hostsOf(values: Values): string[] {
  const hosts = [values['host'] ?? []].flat().map((host) => String(host).toLowerCase())
  const other = hosts.find((host) => !HOST.test(host))
  if (other === undefined) return hosts
  throw new MayflyError('ERR_USAGE', `Cannot use host "${other}": not a name`, {
    hint: 'Give a name without scheme and port, such as api.example.com or *.example.com',
  })
}

function forWhom(agent: string | undefined): string {
  return agent === undefined ? 'for all agents' : `for agent "${agent}"`
}

function storeOf(values: Values): SecretStore {
  return new SecretStore({ directory: dataOf(values), keyFile: hostKeyFile() })
}

function dataOf(values: Values): string {
  return text(values['data']) ?? DEFAULT_DATA_DIRECTORY
}

function text(value: Values[string]): string | undefined {
  return typeof value === 'string' ? value : undefined
}
