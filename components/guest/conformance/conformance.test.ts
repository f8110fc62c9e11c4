/**
 * The guest library inside an agent against Node's own Web APIs: the same cases, the same results.
 *
 * @module
 */
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { buildAgent } from '../../../host/toolchain/index.ts'
import { Runtime } from '../../../runtime/presets/index.ts'
import { withPeers } from '../../../runtime/testing/peers.ts'
import { cases, runCase } from './cases.ts'

// Where Node departs from the standard, or the standard leaves it open; each with its reason.
const DIFFERENT: Readonly<Record<string, string>> = {
  // Node leaves an empty file name out, so that a file comes back as a text.
  'a form is written: a file without a name': JSON.stringify(
    '--BOUNDARY\r\nContent-Disposition: form-data; name="f"; filename=""\r\nContent-Type: application/octet-stream\r\n\r\nx\r\n--BOUNDARY--\r\n',
  ),
  // Node refuses both.
  'a form is read: escapes': JSON.stringify([
    ['a"b\r\nc%41', 'x'],
    ['f', '"\n', 'text/plain', [120]],
  ]),
  'a form is read: what looks like a name within a file name': JSON.stringify([
    ['right', '; name=wrong', 'text/plain', [120]],
  ]),
  // Node reads it as the query of a URL, which may have the question mark before it.
  'urlencoded is read': JSON.stringify([
    ['?a', '1'],
    ['b', 'ä +'],
    ['c', ''],
    ['', 'd'],
    ['e', 'f=g%zz'],
  ]),
}

const directory = fileURLToPath(new URL('.', import.meta.url))

// The same library over the natives of our engine, and over a plain engine.
describe.each(['quickjs', ...withPeers('componentize-qjs' as const)] as const)(
  'guest library on %s',
  async (engine) => {
    const runtime = new Runtime()
    afterAll(() => runtime.close())
    const agent = await runtime.load(await buildAgent({ directory, engine }))

    it.for(Object.keys(cases))('%s', async (name) => {
      const request = new Request('http://agent/', { method: 'POST', body: name })
      const response = await agent.fetch(request)
      expect(await response.text()).toBe(DIFFERENT[name] ?? (await runCase(name)))
    })
  },
)
