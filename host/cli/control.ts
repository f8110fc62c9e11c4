/** `mayfly control`: changes agents of a host that runs on this machine. @module */

import { request } from 'node:http'
import { MayflyError } from '../../runtime/errors/index.ts'
import { controlSocket } from '../targets/node/index.ts'
import type { Verb } from './verb.ts'

const ACTIONS = ['kill', 'disable', 'enable', 'grants'] as const

export const control: Verb = {
  name: 'control',
  summary: 'Kill, disable or narrow an agent of a running host.',
  usage: `Usage: mayfly control kill|disable|enable AGENT [--data DIR]
       mayfly control grants AGENT --revoke GRANT... [--data DIR]

  kill     Stops every request the agent is answering
  disable  Refuses new requests, until it is enabled
  grants   Takes grants away, also from requests under way

  --revoke GRANT  As in the log: kv.notes, http[0]. May be given more than once
  --data DIR      Data directory of the host. Default: .mayfly/data

Talks to the host over a socket in its data directory, which works while every worker is busy.`,
  options: { revoke: { type: 'string', multiple: true }, data: { type: 'string' } },
  async run({ positionals: [word, agent], values: { revoke = [], data } }) {
    const action = ACTIONS.find((known) => known === word)
    if (action === undefined || agent === undefined) {
      throw new MayflyError('ERR_USAGE', 'Cannot control: an action and an agent are needed', {
        hint: `mayfly control ${ACTIONS.join('|')} AGENT`,
      })
    }
    const socketPath = controlSocket(typeof data === 'string' ? data : '.mayfly/data')
    const body = action === 'grants' ? JSON.stringify({ revoke: [revoke].flat() }) : ''
    const path = `/-/agents/${encodeURIComponent(agent)}/${action}`
    const { ok, text } = await post(socketPath, path, body)
    console[ok ? 'log' : 'error'](text)
    return ok ? 0 : 1
  },
}

function post(
  socketPath: string | undefined,
  path: string,
  body: string,
): Promise<{ ok: boolean; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, path, method: 'POST' })
    sent.on('response', async (response) => {
      const text = Buffer.concat(await Array.fromAsync(response)).toString()
      resolve({ ok: response.statusCode === 200, text })
    })
    sent.on('error', (cause) => {
      reject(
        new MayflyError('ERR_HOST_UNAVAILABLE', 'Cannot reach the host: no host answers', {
          cause,
          hint: 'Give the DIR of mayfly serve --data DIR as --data',
        }),
      )
    })
    sent.end(body)
  })
}
