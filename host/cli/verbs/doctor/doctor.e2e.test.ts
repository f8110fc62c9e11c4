/** `mayfly doctor` as a person runs it. @module */

import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mayfly } from '../../testing/mayfly-process.ts'

let folder = ''
let taken: Server
let takenPort = 0
let freePort = 0

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mayfly-doctor-'))
  taken = await listening()
  takenPort = portOf(taken)
  const closed = await listening()
  freePort = portOf(closed)
  await new Promise((resolve) => closed.close(resolve))
})

afterAll(() => {
  taken.close()
  rmSync(folder, { recursive: true, force: true })
})

function listening(): Promise<Server> {
  const server = createServer()
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)))
}

function portOf(server: Server): number {
  // A TCP server that listens has no other kind.
  return (server.address() as AddressInfo).port
}

const doctor = (...args: string[]) =>
  mayfly(['doctor', '--data', join(folder, 'data'), '--port', String(freePort), ...args])

describe('mayfly doctor', () => {
  it('finds all that is needed, and makes nothing', async () => {
    const { code, stdout } = await doctor()
    expect(stdout).toMatch(/^ok +node: 2\d\..*JSPI/m)
    expect(stdout).toMatch(/^ok +data directory: .*a host makes it$/m)
    expect(stdout).toMatch(/^note +host: none/m)
    expect(stdout).toMatch(/^ok +port \d+: free$/m)
    expect([code, existsSync(join(folder, 'data'))]).toEqual([0, false])
  })

  it('exits with 1 for a port that is taken, and for a data directory that is a file', async () => {
    const { code, stdout } = await doctor('--port', String(takenPort))
    expect([code, stdout]).toEqual([1, expect.stringMatching(/^missing +port .*\n {2}.*--port/m)])
    const file = join(folder, 'file')
    writeFileSync(file, '')
    const other = await doctor('--data', file)
    expect([other.code, other.stdout]).toEqual([1, expect.stringMatching(/^missing +data direct/m)])
  })

  it('notes what other users can read, with the line that closes it', async () => {
    const open = join(folder, 'open')
    mkdirSync(open)
    chmodSync(open, 0o755)
    const { code, stdout } = await doctor('--data', open, '--json')
    const findings = JSON.parse(stdout).findings as { name: string }[]
    expect([code, findings.find(({ name }) => name === 'data directory')]).toEqual([
      0,
      expect.objectContaining({ state: 'note', hint: `chmod -R go-rwx ${open}` }),
    ])
  })

  it.for<[string[], string]>([
    [['x'], 'mayfly doctor --data x'],
    [['--port', '0'], 'Cannot look at port "0"'],
    [['--port', 'a'], 'Cannot look at port "a"'],
  ])('refuses %j', async ([args, message]) => {
    const { code, stderr } = await doctor(...args)
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
  })
})
