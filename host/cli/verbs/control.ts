/** `mayfly control`: looks at a running host and changes its agents. @module */

import { request as httpRequest, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { MayflyError, printableJson } from '../../../runtime/errors/index.ts'
import { controlSocket } from '../../targets/node/index.ts'
import { bundleAgent } from '../agent-bundle.ts'
import { BUILD_OPTIONS, BUILD_USAGE, buildOptions } from '../build-options.ts'
import { DEFAULT_DATA_DIRECTORY } from '../data-directory.ts'
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
       mayfly control grants AGENT --revoke GRANT... [options]

  agents     What is served
  health     Whether all workers serve, and the audit log can be written
  metrics    The same in numbers, as Prometheus reads them
  approvals  Which version of each agent was approved
  audit      How far each file of the audit log has come; kept elsewhere, it shows that the log was put back
  deploy     Serves what mayfly serve PATH would, in place of the version before
  rollback   Serves the version before once more
  kill       Stops every request the agent is answering
  disable    Refuses new requests, until it is enabled
  grants     Takes grants away, also from requests under way

  --revoke GRANT  As in the log: kv.notes, http[0], files.output. May be given more than once
  --allow-new-capabilities
                  Approve a version that may do more than the one before
  --data DIR      Data directory of the host. Default: .mayfly/data
${BUILD_USAGE}
  --url URL       The host's --control-port, for one on another machine; with MAYFLY_TOKEN as its token

Without --url it talks to the host over a socket in its data directory, which works while every worker is busy.`,
  options: {
    revoke: { type: 'string', multiple: true },
    'allow-new-capabilities': { type: 'boolean' },
    data: { type: 'string' },
    url: { type: 'string' },
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

/** A request to the control plane. */
interface Ask {
  readonly path: string
  readonly method?: 'GET' | 'POST'
  readonly body?: FormData | string
}

type Asker = (ask: Ask) => Promise<{ readonly ok: boolean; readonly text: string }>

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
  const { revoke = [] } = values
  return {
    path: `/-/agents/${encodeURIComponent(target)}/${action}${query}`,
    method: 'POST',
    ...(action === 'grants' ? { body: JSON.stringify({ revoke: [revoke].flat() }) } : {}),
  }
}

async function formOf(path: string, values: ParsedArguments['values']): Promise<FormData> {
  const { manifest, component } = await bundleAgent(path, buildOptions({ values }))
  const form = new FormData()
  form.set('manifest', JSON.stringify(manifest))
  form.set('component', new Blob([component]), 'agent.wasm')
  return form
}

function askerOf({ data, url }: ParsedArguments['values']): Asker {
  if (typeof url !== 'string') {
    const socketPath = controlSocket(typeof data === 'string' ? data : DEFAULT_DATA_DIRECTORY)
    const hint = 'Give the DIR of mayfly serve --data DIR as --data'
    // Not the name of a socket: the host looks whether a browser was made to ask it.
    return (ask) => send(new URL('http://localhost'), ask, { socketPath }, hint)
  }
  const base = URL.parse(url)
  if (base === null || !/^https?:$/.test(base.protocol)) {
    throw new MayflyError('ERR_USAGE', `Cannot control a host at "${url}": not a URL`, {
      hint: 'Such as http://127.0.0.1:8788',
    })
  }
  const token = process.env['MAYFLY_TOKEN'] || undefined
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const hint = 'Give the address of mayfly serve --control-port as --url'
  return (ask) => send(base, ask, { headers }, hint)
}

async function send(
  base: URL,
  { path, method = 'GET', body }: Ask,
  options: Omit<RequestOptions, 'headers'> & { headers?: Record<string, string> },
  hint: string,
): Promise<{ ok: boolean; text: string }> {
  // Writes the form out, with the boundary that its type names.
  const written = new Response(body ?? null)
  const type = written.headers.get('content-type')
  const bytes = Buffer.from(await written.arrayBuffer())
  return new Promise((resolve, reject) => {
    const request = base.protocol === 'https:' ? httpsRequest : httpRequest
    const sent = request(new URL(path, base), {
      ...options,
      method,
      headers: { ...options.headers, ...(type === null ? {} : { 'content-type': type }) },
    })
    sent.on('response', async (response) => {
      const text = Buffer.concat(await Array.fromAsync(response)).toString()
      const { statusCode = 0 } = response
      resolve({ ok: statusCode >= 200 && statusCode < 300, text })
    })
    sent.on('error', (cause) => {
      reject(
        new MayflyError('ERR_HOST_UNAVAILABLE', 'Cannot reach the host: no host answers', {
          cause,
          hint,
        }),
      )
    })
    sent.end(bytes)
  })
}
