/** `mayfly control`: looks at a running host and changes its agents. @module */

import { MayflyError, nearest, printableJson } from '../../../../runtime/errors/index.ts'
import { unpackMap } from '../../../source-maps/index.ts'
import { askerOf, HOST_OPTIONS, HOST_USAGE, refusalOf, type Ask } from '../../ask-host.ts'
import { BUILD_OPTIONS, BUILD_USAGE, buildOptions } from '../../build-options.ts'
import { errorText } from '../../print-error.ts'
import type { ParsedArguments, Verb } from '../../verb.ts'
import { answerText } from './answer-text.ts'

const VIEWS = ['agents', 'health', 'workers', 'metrics', 'approvals', 'audit', 'schedules'] as const
const ACTIONS = ['kill', 'disable', 'enable', 'grants', 'rollback', 'run'] as const
/** Those that may be about the whole host. */
const OF_HOST = ['page', 'stop'] as const
const WORDS = [...VIEWS, 'deploy', ...ACTIONS, ...OF_HOST] as const
type Word = (typeof WORDS)[number]

export const verb: Verb = {
  name: 'control',
  summary: 'Look at a running host; deploy, kill, disable or narrow its agents.',
  usage: `Usage: mayfly control agents|health|workers|metrics|approvals|audit|schedules [options]
       mayfly control page [options]
       mayfly control stop [AGENT] [options]
       mayfly control deploy PATH [--allow-new-capabilities] [options]
       mayfly control rollback AGENT [--allow-new-capabilities] [options]
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
  rollback   Serves the version before once more
  kill       Stops every request the agent is answering
  disable    Refuses new requests, until it is enabled
  run        Runs a schedule of the agent now, and waits for its end
  grants     Takes grants away, also from requests under way; or gives them back. They stay away from later versions,
             after a rollback and a restart, until they are given back

  --revoke GRANT  As in the log: kv.notes, http[0], files.output. May be given more than once
  --restore GRANT Gives back what was taken: the same names, or '*' for all. "approvals" shows what was taken
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
    cron: { type: 'string' },
    'allow-new-capabilities': { type: 'boolean' },
    ...HOST_OPTIONS,
    ...BUILD_OPTIONS,
  },
  async run({ positionals: [typed = '', target, ...more], values }) {
    const word = wordOf(typed)
    const isView = VIEWS.some((view) => view === word)
    if (more.length > 0 || !mayHaveTarget(word, target)) throw misused(word, isView)
    const { ok, text } = await askerOf(values)(await askOf(word, target, values))
    const refusal = refusalOf(text, target === undefined ? `show ${word}` : `${word} "${target}"`)
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

function mayHaveTarget(word: Word, target: string | undefined): boolean {
  if (word === 'stop') return true
  const isOfHost = word === 'page' || VIEWS.some((view) => view === word)
  return isOfHost === (target === undefined)
}

function misused(word: Word, isView: boolean): MayflyError {
  if (word === 'page' || word === 'stop') {
    const what = word === 'page' ? 'it takes nothing more' : 'it takes one agent, or none for all'
    return new MayflyError('ERR_USAGE', `Cannot ${word}: ${what}`, {
      hint: `mayfly control ${word}`,
    })
  }
  if (isView) {
    return new MayflyError('ERR_USAGE', `Cannot show ${word}: it is shown of the whole host`, {
      hint: `mayfly control ${word}`,
    })
  }
  const noun = word === 'deploy' ? 'a path' : 'an agent'
  return new MayflyError('ERR_USAGE', `Cannot ${word}: ${noun} is needed, and nothing more`, {
    hint: word === 'deploy' ? 'mayfly control deploy PATH' : `mayfly control ${word} AGENT`,
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
  target: string | undefined,
  values: ParsedArguments['values'],
): Promise<Ask> {
  if (word === 'page') return { path: '/-/page/links', method: 'POST' }
  if (word === 'stop' && target === undefined) return { path: '/-/stop', method: 'POST' }
  if (target === undefined) return { path: `/-/${word}` }
  const query = values['allow-new-capabilities'] === true ? '?allowNewCapabilities=true' : ''
  if (word === 'deploy') {
    return { path: `/-/agents${query}`, method: 'POST', body: await formOf(target, values) }
  }
  return {
    path: `/-/agents/${encodeURIComponent(target)}/${word}${query}`,
    method: 'POST',
    ...(word === 'grants' ? { body: JSON.stringify(grantsIn(values)) } : {}),
    ...(word === 'run' ? { body: JSON.stringify({ cron: values['cron'] }) } : {}),
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
