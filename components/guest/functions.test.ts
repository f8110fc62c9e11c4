/** Every function of the host as agents in AssemblyScript call it, in both styles. @module */
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildAgent } from '../../host/toolchain/index.ts'
import { memoryKv } from '../../runtime/capabilities/kv/index.ts'
import { Runtime } from '../../runtime/presets/index.ts'
import { sharedCode } from '../../runtime/testing/shared-code.ts'

const BLOCKING = `set
setMany
get eins nothing
getMany zwei,nothing,
keys a,b ä
increment -5 malformed
put malformed
compareAndSet true false
delete
left n,ä
other denied denied
send 202 content-type POST ä body
sendForBlob 202 GET null  9
refused denied
make and 9
call "called" handed on
callForBlob "out"
ToolCall "typed" handed on "kept" handed on
denied denied
config grün nothing SIZE=12
clock true true
random 7 true
responseBody misused`

/** Without what only agents have that wait inside. */
const WAITING = BLOCKING.split('\n').filter((line) => !/^(ToolCall|responseBody) /.test(line))

describe.each([
  ['functions-as', BLOCKING.split('\n')],
  ['functions-waiting-as', WAITING],
])('%s', (folder, lines) => {
  const logged: string[] = []
  const runtime = new Runtime({
    codeStore: sharedCode,
    drivers: {
      kv: memoryKv(),
      log: { write: ({ level, message }) => void logged.push(`${level} ${message}`) },
      http: {
        name: 'fake',
        async fetch(request) {
          const body = `${request.method} ${request.headers.get('x-a')} ${await request.text()}`
          return new Response(body, { status: 202, headers: { 'x-from': 'there' } })
        },
      },
    },
  })
  let agent: Awaited<ReturnType<Runtime['load']>>
  beforeAll(async () => {
    const directory = fileURLToPath(new URL(`fixture/${folder}`, import.meta.url))
    agent = await runtime.load(await buildAgent({ directory }))
  })
  afterAll(() => runtime.close())

  it('gets values in and out of all functions', async () => {
    const answer = await agent.fetch(new Request('http://agent/'))
    const told = (await answer.text()).split('\n').map((line) => line.trimEnd())
    expect(told).toEqual(lines)
    expect(logged).toEqual(['warn gewarnt'])
  })

  it('streams', async () => {
    const answer = await agent.fetch(new Request('http://agent/body'))
    expect([answer.status, answer.headers.get('x-b'), await answer.text()]).toEqual([
      201,
      'ö',
      'one two',
    ])
  })
})
