/** `mayfly control`: looks at a running host and changes its agents. @module */

import { MayflyError, nearest, printableJson } from '../../../../runtime/errors/index.ts'
import { unpackMap } from '../../../source-maps/index.ts'
import { askerOf, HOST_OPTIONS, HOST_USAGE, refusalOf, type Ask } from '../../ask-host.ts'
import { BUILD_OPTIONS, BUILD_USAGE, buildOptions } from '../../build-options.ts'
import { errorText } from '../../print-error.ts'
import type { ParsedArguments, Verb } from '../../verb.ts'
import { answerText } from './answer-text.ts'

const VIEWS = ['agents', 'health', 'workers', 'metrics', 'approvals', 'audit', 'schedules'] as const
const AGENT_VIEWS = ['versions', 'diff'] as const
const ACTIONS = ['kill', 'disable', 'enable', 'grants', 'rollback', 'run'] as const
/** Those that may be about the whole host. */
const OF_HOST = ['page', 'stop'] as const
const WORDS = [...VIEWS, ...AGENT_VIEWS, 'deploy', ...ACTIONS, ...OF_HOST] as const
type Word = (typeof WORDS)[number]

export const verb: Verb = {
  name: 'control',
  summary: 'Look at a running host; deploy, kill, disable or narrow its agents.',
  usage: `Usage: mayfly control agents|health|workers|metrics|approvals|audit|schedules [options]
       mayfly control page [options]
       mayfly control stop [AGENT] [options]
       mayfly control deploy PATH [--allow-new-capabilities] [options]
       mayfly control versions AGENT [options]
       mayfly control diff AGENT VERSION VERSION [options]
       mayfly control rollback AGENT [--to VERSION] [--allow-new-capabilities] [options]
       mayfly control kill|disable|enable AGENT [options]
       mayfly control run AGENT [--cron CRON] [options]
       mayfly control grants AGENT --revoke GRANT... | --restore GRANT... [options]

  agents     What is served
  health     Whether all workers serve, and the audit log can be written
  workers    How busy each is, and the memory of the host
  metrics    The same in numbers, as Prometheus reads them
  approvals  Which version of each agent was approved
  audit      How far each file of the audit log has come; kept elsewhere, it shows that the log was put back
  schedules  When each agent is called next, and what became of the last run since the host has started
  page       Makes a link to the page of the operator, which opens it once
  stop       Stops every request, and refuses new ones until the agents are enabled: of all agents, or of one
  deploy     Serves what mayfly serve PATH would, in place of the version before. Its source map goes with it
  versions   The last ten versions of an agent, over restarts: when and by whom they were deployed, whether they could be
             served again without approval, and their powers
  diff       The powers and limits that the second version has beyond the first, and those that it lacks
  rollback   Serves the version before once more, or the one of --to. Versions after it are withdrawn: they stay in
             "versions", and are served again by --to alone
  kill       Stops every request the agent is answering
  disable    Refuses new requests, until it is enabled
  run        Runs a schedule of the agent now, and waits for its end
  grants     Takes grants away, also from requests under way; or gives them back. They stay away from later versions,
             after a rollback and a restart, until they are given back

  --revoke GRANT  As in the log: kv.notes, http[0], files.output. May be given more than once
  --restore GRANT Gives back what was taken: the same names, or '*' for all. "approvals" shows what was taken
  --to VERSION    The beginning of its revision, or of the digest of its component, as "versions" prints them
  --cron CRON     Which one, as agent.json has it. Default: the first
  --allow-new-capabilities
                  Approve a version that may do more than the one before; its leases begin anew. Revoked grants stay away
  --json          Print the answer of the host as it is, with all its fields; a refusal too
${BUILD_USAGE}
${HOST_USAGE}`,
  options: {
    json: { type: 'boolean' },
    revoke: { type: 'string', multiple: true },
    restore: { type: 'string', multiple: true },
    to: { type: 'string' },
    cron: { type: 'string' },
    'allow-new-capabilities': { type: 'boolean' },
    ...HOST_OPTIONS,
    ...BUILD_OPTIONS,
  },
  async run({ positionals: [typed = '', ...given], values }) {
    const word = wordOf(typed)
    const names = argumentsOf(word)
    const isOfHost = word === 'stop' && given.length === 0
    if (given.length !== names.length && !isOfHost) throw misused(word, names)
    if (values['to'] !== undefined && word !== 'rollback') throw misplaced(word)
    const [target] = given
    const { ok, text } = await askerOf(values)(await askOf(word, given, values))
    const refusal = refusalOf(
      text,
      target === undefined ? deedOf(word) : `${deedOf(word)} "${target}"`,
    )
    const isRaw = values['json'] === true
    if (refusal !== undefined && !isRaw) console.error(errorText(refusal, 'mayfly: '))
    // JSON, or the metrics, which have nothing to escape.
    else if (isRaw || word === 'metrics')
      console[ok ? 'log' : 'error'](printableJson(text.trimEnd()))
    else console[ok ? 'log' : 'error'](textOf(word, text))
    return ok ? 0 : 1
  },
}

/** @throws {MayflyError} ERR_USAGE */
function wordOf(typed: string): Word {
  const word = WORDS.find((known) => known === typed)
  if (word !== undefined) return word
  const near = nearest(typed, WORDS)
  const meant = near === undefined ? '' : `Did you mean "${near}"? `
  const what =
    typed === ''
      ? 'Cannot control: an action is needed'
      : `Cannot control "${typed}": no such action`
  throw new MayflyError('ERR_USAGE', what, { hint: `${meant}Actions: ${WORDS.join(', ')}` })
}

/** For `stop` what it may have: without an agent it is of all. */
function argumentsOf(word: Word): readonly string[] {
  if (isView(word) || word === 'page') return []
  if (word === 'diff') return ['AGENT', 'VERSION', 'VERSION']
  return [word === 'deploy' ? 'PATH' : 'AGENT']
}

const NOUNS: Readonly<Record<string, string>> = {
  PATH: 'a path is',
  AGENT: 'an agent is',
  'AGENT VERSION VERSION': 'an agent and two of its versions are',
}

const OF_HOST_NEEDS: Readonly<Partial<Record<Word, string>>> = {
  page: 'it takes nothing more',
  stop: 'it takes one agent, or none for all',
}

/** As messages have it, before the name of an agent. */
function deedOf(word: Word): string {
  if (isView(word)) return `show ${word}`
  return AGENT_VIEWS.some((view) => view === word) ? `show ${word} of` : word
}

function isView(word: Word): boolean {
  return VIEWS.some((view) => view === word)
}

function misused(word: Word, names: readonly string[]): MayflyError {
  const needed = isView(word)
    ? `Cannot show ${word}: it is shown of the whole host`
    : `Cannot ${word}: ${OF_HOST_NEEDS[word] ?? `${NOUNS[names.join(' ')]} needed, and nothing more`}`
  const hint = ['mayfly control', word, ...(word === 'stop' ? [] : names)].join(' ')
  return new MayflyError('ERR_USAGE', needed, { hint })
}

function misplaced(word: Word): MayflyError {
  return new MayflyError('ERR_USAGE', `Cannot ${word} with --to: it is for a rollback`, {
    hint: 'mayfly control rollback AGENT --to VERSION',
  })
}

/** @throws {MayflyError} ERR_HOST_UNAVAILABLE */
function textOf(word: Exclude<Word, 'metrics'>, json: string): string {
  try {
    return answerText(word, json)
  } catch (cause) {
    throw new MayflyError(
      'ERR_HOST_UNAVAILABLE',
      `Cannot ${word}: the answer is of no Mayfly host`,
      {
        cause,
        hint: 'Give the address of mayfly serve --control-port as --url',
      },
    )
  }
}

async function askOf(
  word: Word,
  [target, from = '', to = '']: readonly string[],
  values: ParsedArguments['values'],
): Promise<Ask> {
  if (word === 'page') return { path: '/-/page/links', method: 'POST' }
  if (word === 'stop' && target === undefined) return { path: '/-/stop', method: 'POST' }
  if (target === undefined) return { path: `/-/${word}` }
  const agent = `/-/agents/${encodeURIComponent(target)}`
  if (word === 'versions') return { path: `${agent}/versions` }
  if (word === 'diff') return { path: `${agent}/diff?${new URLSearchParams({ from, to })}` }
  const query = values['allow-new-capabilities'] === true ? '?allowNewCapabilities=true' : ''
  if (word === 'deploy') {
    return { path: `/-/agents${query}`, method: 'POST', body: await formOf(target, values) }
  }
  return {
    path: `${agent}/${word}${query}`,
    method: 'POST',
    ...(word === 'grants' ? { body: JSON.stringify(grantsIn(values)) } : {}),
    ...(word === 'run' ? { body: JSON.stringify({ cron: values['cron'] }) } : {}),
    ...(word === 'rollback' ? { body: JSON.stringify({ to: values['to'] }) } : {}),
  }
}

/** @throws {MayflyError} ERR_USAGE */
function grantsIn({ revoke, restore }: ParsedArguments['values']): object {
  if ((revoke === undefined) === (restore === undefined)) {
    throw new MayflyError('ERR_USAGE', 'Cannot change grants: --revoke or --restore is needed', {
      hint: 'mayfly control grants AGENT --revoke kv.notes',
    })
  }
  return revoke === undefined ? { restore: [restore].flat() } : { revoke: [revoke].flat() }
}

async function formOf(path: string, values: ParsedArguments['values']): Promise<FormData> {
  // Loads all of the host and of the builder, which only this needs.
  const { bundleAgent } = await import('../../agent-bundle.ts')
  const { manifest, component, sourceMap, assets } = await bundleAgent(
    path,
    buildOptions({ values }),
  )
  const form = new FormData()
  form.set('manifest', JSON.stringify(manifest))
  form.set('component', new Blob([component]), 'agent.wasm')
  if (assets?.bytes !== undefined) form.set('assets', new Blob([assets.bytes]), 'agent.assets')
  if (sourceMap !== undefined) form.set('sourceMap', unpackMap(sourceMap))
  return form
}
