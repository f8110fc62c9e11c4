import { readFile } from 'node:fs/promises'
import { parse } from '@bytecodealliance/jco'
import { describe, expect, it } from 'vitest'
import { toHex } from '../encoding/index.ts'
import { rehearseOnce } from './rehearsal.ts'
import { Runtime } from './runtime.ts'

const source = await readFile(new URL('rehearsal.wat', import.meta.url), 'utf8')

describe('rehearseOnce()', () => {
  it('loads its source, which answers with the body of a request', async () => {
    const code = await readFile(new URL('rehearsal.ts', import.meta.url), 'utf8')
    const binary = [...code.matchAll(/^ {2}'([0-9a-f]+)'/gm)].map(([, hex]) => hex).join('')
    const component = new Uint8Array(await parse(source))
    expect(toHex(component)).toBe(binary)
    const runtime = new Runtime({ capabilities: [] })
    const agent = await runtime.load({ component, manifest: { name: 'echo' } })
    const request = new Request('http://any/', { method: 'POST', body: 'some text' })
    const response = await agent.fetch(request)
    expect([response.status, await response.text()]).toEqual([200, 'some text'])
    await runtime.close()
  })

  it('does nothing a second time, and a load needs it only once', async () => {
    const first = new Runtime({ capabilities: [] })
    await first.load({ component: await parse(source), manifest: { name: 'echo' } })
    let opened = 0
    await rehearseOnce(() => {
      opened++
      return first
    })
    expect(opened).toBe(0)
    await first.close()
  })
})

describe('Runtime.load()', () => {
  it('leaves nothing of the rehearsal in a runtime, and runs no code of the agent', async () => {
    const records: unknown[] = []
    const runtime = new Runtime({ capabilities: [], onInvocation: (each) => records.push(each) })
    const trapping = source.replace(
      '(i32.const 0)))\n  (core instance',
      'unreachable))\n  (core instance',
    )
    expect(trapping).not.toBe(source)
    const agent = await runtime.load({ component: await parse(trapping), manifest: { name: 'a' } })
    expect(records).toEqual([])
    expect(runtime.stats()).toMatchObject({ agents: 1, invocations: 0, slots: { alive: 0 } })
    expect((await agent.fetch(new Request('http://any/'))).status).toBe(500)
    await runtime.close()
  })
})
