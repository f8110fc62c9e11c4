/** `mayfly control`: looks at a running host and changes its agents. @module */

import { MayflyError, printableJson } from '../../../runtime/errors/index.ts'
import { unpackMap } from '../../source-maps/index.ts'
import { askerOf, HOST_OPTIONS, HOST_USAGE, type Ask } from '../ask-host.ts'
import { BUILD_OPTIONS, BUILD_USAGE, buildOptions } from '../build-options.ts'
import type { ParsedArguments, Verb } from '../verb.ts'

const VIEWS = ['agents', 'health', 'metrics', 'approvals', 'audit'] as const
const ACTIONS = ['kill', 'disable', 'enable', 'grants', 'rollback'] as const

export const verb: Verb = {
  name: 'control',
  summary: 'Look at a running host; deploy, kill, disable or narrow its agents.',
  usage: `Usage: mayfly control agents|health|metrics|approvals|audit [options]
       mayfly control deploy PATH [--allow-new-capabilities] [options]
       mayfly control rollback AGENT [--allow-new-capabilities] [options]
       mayfly control kill|disable|enable AGENT [options]
       mayfly control grants AGENT --revoke GRANT... | --restore GRANT... [options]

  agents     What is served
  health     Whether all workers serve, and the audit log can be written
  metrics    The same in numbers, as Prometheus reads them
  approvals  Which version of each agent was approved
  audit      How far each file of the audit log has come; kept elsewhere, it shows that the log was put back
  deploy     Serves what mayfly serve PATH would, in place of the version before. Its source map goes with it
  rollback   Serves the version before once more
  kill       Stops every request the agent is answering
  disable    Refuses new requests, until it is enabled
  grants     Takes grants away, also from requests under way; or gives them back. They stay away from later versions,
             after a rollback and a restart, until they are given back

  --revoke GRANT  As in the log: kv.notes, http[0], files.output. May be given more than once
  --restore GRANT Gives back what was taken: the same names, or '*' for all. "approvals" shows what was taken
  --allow-new-capabilities
                  Approve a version that may do more than the one before; its leases begin anew. Revoked grants stay away
${BUILD_USAGE}
${HOST_USAGE}`,
  options: {
    revoke: { type: 'string', multiple: true },
    restore: { type: 'string', multiple: true },
    'allow-new-capabilities': { type: 'boolean' },
    ...HOST_OPTIONS,
    ...BUILD_OPTIONS,
  },
  async run({ positionals: [word = '', target], values }) {
    const ask = askerOf(values)
    const { ok, text } = await ask(await askOf(word, target, values))
    // JSON, or the metrics, which have nothing to escape.
    console[ok ? 'log' : 'error'](printableJson(text.trimEnd()))
    return ok ? 0 : 1
  },
}

/** @throws {MayflyError} ERR_USAGE, or why there is nothing to deploy */
async function askOf(
  word: string,
  target: string | undefined,
  values: ParsedArguments['values'],
): Promise<Ask> {
  const view = VIEWS.find((known) => known === word)
  if (view !== undefined) return { path: `/-/${view}` }
  const query = values['allow-new-capabilities'] === true ? '?allowNewCapabilities=true' : ''
  if (target !== undefined && word === 'deploy') {
    return { path: `/-/agents${query}`, method: 'POST', body: await formOf(target, values) }
  }
  const action = ACTIONS.find((known) => known === word)
  if (action === undefined || target === undefined) {
    throw new MayflyError('ERR_USAGE', 'Cannot control: an action and an agent are needed', {
      hint: `mayfly control ${VIEWS.join('|')}, deploy PATH, or ${ACTIONS.join('|')} AGENT`,
    })
  }
  return {
    path: `/-/agents/${encodeURIComponent(target)}/${action}${query}`,
    method: 'POST',
    ...(action === 'grants' ? { body: JSON.stringify(grantsIn(values)) } : {}),
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
  const { bundleAgent } = await import('../agent-bundle.ts')
  const { manifest, component, sourceMap } = await bundleAgent(path, buildOptions({ values }))
  const form = new FormData()
  form.set('manifest', JSON.stringify(manifest))
  form.set('component', new Blob([component]), 'agent.wasm')
  if (sourceMap !== undefined) form.set('sourceMap', unpackMap(sourceMap))
  return form
}
