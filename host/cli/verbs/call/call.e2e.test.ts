/** Requests of `mayfly call` to a component of `wasi:http`: as `mayfly serve` passes them on. @module */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ANSWER, END, INPUT, RESPONSE, service } from '../../../../runtime/wasi/testing/service.ts'
import { mayfly } from '../../testing/mayfly-process.ts'

const ECHO = `${RESPONSE} ${INPUT} ${ANSWER}
  (loop $more
    (call $splice (local.get $s) (local.get $i) (i64.const 65536) (i32.const 16))
    (br_if $more (i32.eqz (i32.load8_u (i32.const 16)))))
  ${END}`

const directory = mkdtempSync(join(tmpdir(), 'mayfly-call-'))
const file = join(directory, 'echo.wasm')

beforeAll(async () => writeFileSync(file, await service(ECHO)))
afterAll(() => rmSync(directory, { recursive: true }))

describe('mayfly call', () => {
  it.for(['GET', 'POST', 'DELETE'])(
    'sends a body with %s, and makes up no type',
    async (method) => {
      const { code, stdout } = await mayfly([
        'call',
        file,
        '/',
        '-X',
        method,
        '-d',
        'hello',
        '--json',
      ])
      expect(code).toBe(0)
      const { body, headers } = JSON.parse(stdout) as { body: string; headers: [string, string][] }
      expect(body).toBe('hello')
      expect(headers.map(([name]) => name)).not.toContain('content-type')
    },
  )

  it('takes a query without a path for that of /', async () => {
    const { code, stdout } = await mayfly(['call', file, '?name=Ada', '-d', 'hello'])
    expect([code, stdout]).toEqual([0, 'hello'])
  })

  it('refuses a method that is never sent', async () => {
    const { code, stderr } = await mayfly(['call', file, '/', '-X', 'CONNECT', '-d', 'hello'])
    expect([code, stderr]).toEqual([2, expect.stringContaining('Cannot make the request')])
  })
})
