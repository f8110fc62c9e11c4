/**
 * The wall, tried from inside: by code that speaks in place of the engine.
 *
 * @module
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Connection, ConnectionEvents } from '../../../../runtime/isolation/index.ts'
import { FrameReader } from '../../../../runtime/isolation/frame.ts'
import { startGroup, standingWall, wallText, type Wall } from './index.ts'
import type { Inhabitant } from './wall.ts'
import type { Deed } from './testing/inhabitant.ts'

const entry = fileURLToPath(new URL('./testing/inhabitant.ts', import.meta.url))
const wall = await standingWall()
const UNSHARE = '/usr/bin/unshare'
const BARE: Wall = { kind: 'process', reason: 'a test' }

const directory = mkdtempSync(join(tmpdir(), 'mayfly-wall-'))
const file = join(directory, 'written')
const listening = createServer((socket) => socket.destroy())
let port = 0
beforeAll(async () => {
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
  port = (listening.address() as AddressInfo).port
})
afterAll(() => {
  listening.close()
  rmSync(directory, { recursive: true, force: true })
})

interface Observed extends AsyncDisposable {
  readonly connection: Connection
  /** The first frame that is not about the channel. */
  readonly said: Promise<string>
  readonly ended: Promise<string>
}

function start(
  behind: Wall,
  deed: Deed,
  flags: Partial<Inhabitant> = {},
  events: Partial<ConnectionEvents> = {},
): Observed {
  const said = Promise.withResolvers<string>()
  const ended = Promise.withResolvers<string>()
  const inhabitant = { entry, ...flags }
  const connection = startGroup(
    { wall: behind, inhabitant, settings: JSON.stringify(deed) },
    {
      frame: (frame) => said.resolve(new FrameReader(frame).restText()),
      asked: () => {},
      closed: ended.resolve,
      ...events,
    },
  )
  return {
    connection,
    said: said.promise,
    ended: ended.promise,
    async [Symbol.asyncDispose]() {
      connection.end()
    },
  }
}

async function lookAround(behind: Wall, hasBelt: boolean): Promise<Record<string, string>> {
  await using inhabitant = start(
    behind,
    { does: 'look-around', port, pid: process.pid, file },
    // The program is there to be tried: a wall has to hold whatever an agent brings along.
    { hasBelt, reads: existsSync(UNSHARE) ? [UNSHARE] : [] },
  )
  const said = await Promise.race([inhabitant.said, inhabitant.ended])
  return JSON.parse(said) as Record<string, string>
}

/** Processes of this machine with `text` in their command. */
function processesWith(text: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text)
    } catch {
      return false // It has ended meanwhile.
    }
  })
}

const got = /^got /

describe.runIf(wall.kind === 'bwrap')(`behind the wall: ${wallText(wall)}`, () => {
  it.each([
    ['with the belt', true],
    ['without it', false],
  ])('nothing of the machine can be reached, %s', async (_what, hasBelt) => {
    const found = await lookAround(wall, hasBelt)
    expect(Object.entries(found).filter(([, result]) => got.test(result))).toEqual([])
    expect(Object.keys(found)).toHaveLength(14)
    expect(existsSync(file)).toBe(false)
  })

  it('nothing is left of a process that was ended, however early', async () => {
    const marker = `wall-${process.pid}-${Date.now()}`
    const MS_LATER = 0.5
    for (let nth = 0; nth < 40; nth++) {
      await using _inhabitant = start(wall, { does: 'wait', file: marker })
      for (const at = performance.now(); performance.now() - at < nth * MS_LATER;);
    }
    await expect.poll(() => processesWith(marker), { timeout: 20_000 }).toEqual([])
  })

  it('a heap that is full ends the process, which says so', async () => {
    await using inhabitant = start(
      wall,
      { does: 'fill-heap' },
      {
        nodeFlags: ['--max-old-space-size=40'],
      },
    )
    expect(await inhabitant.ended).toMatch(/^signal \d+: .*heap/)
  })
})

describe('a plain process', () => {
  it('has the belt of Node, which databases get around', async () => {
    const found = await lookAround(BARE, true)
    const denied = Object.entries(found).filter(([, result]) => !got.test(result))
    expect(Object.fromEntries(denied)).toMatchObject({
      connect: 'ERR_ACCESS_DENIED',
      passwd: 'ERR_ACCESS_DENIED',
      write: 'ERR_ACCESS_DENIED',
      writeBesideEngine: 'ERR_ACCESS_DENIED',
      spawnShell: 'ERR_ACCESS_DENIED',
      environment: 'EMPTY',
    })
    // Node 26.10. When this fails Node has closed the gap: say so in SECURITY.md, and expect that it is denied.
    expect(found['database']).toMatch(got)
    expect(existsSync(file)).toBe(true)
  })

  it('that does not speak the protocol is ended', async () => {
    await using inhabitant = start(BARE, { does: 'babble' })
    expect(await inhabitant.ended).toContain('4294967295 bytes')
  })

  it('that sends without end leaves the rest of each turn to others', async () => {
    const MS_A_FRAME = 0.05
    const counts: number[] = []
    let count = 0
    const enough = Promise.withResolvers<void>()
    const frame = (): void => {
      for (const at = performance.now(); performance.now() - at < MS_A_FRAME;);
      count++
    }
    const nextTurn = (): void => {
      turn = setImmediate(nextTurn)
      if (count > 0) counts.push(count)
      count = 0
      if (counts.length > 100) enough.resolve()
    }
    let turn = setImmediate(nextTurn)
    await using inhabitant = start(BARE, { does: 'flood' }, {}, { frame })
    await Promise.race([enough.promise, inhabitant.ended])
    clearImmediate(turn)
    expect(counts.length).toBeGreaterThan(100)
    // 20 in a millisecond; two readings may fall into one turn.
    expect(Math.max(...counts)).toBeLessThan(100)
  })

  it('whose messages take long to read leaves half of the time to others', async () => {
    const MS_A_FRAME = 20
    const rests: number[] = []
    const enough = Promise.withResolvers<void>()
    let endedAt: number | undefined
    const frame = (): void => {
      if (endedAt !== undefined) rests.push(performance.now() - endedAt)
      if (rests.length === 5) enough.resolve()
      for (const at = performance.now(); performance.now() - at < MS_A_FRAME;);
      endedAt = performance.now()
    }
    await using inhabitant = start(BARE, { does: 'flood' }, {}, { frame })
    await Promise.race([enough.promise, inhabitant.ended])
    expect(rests.length).toBeGreaterThanOrEqual(5)
    // Timers are a millisecond early at times.
    expect(Math.min(...rests)).toBeGreaterThan(MS_A_FRAME - 2)
  })

  it('that asks without end and reads no answer is ended', async () => {
    const asked: ConnectionEvents['asked'] = (_frame, answer) => answer(new Uint8Array(65_536))
    await using inhabitant = start(BARE, { does: 'ask' }, {}, { asked })
    expect(await inhabitant.ended).toBe('it asks, and does not read the answer')
  })

  it('that writes to standard error without end is ended', async () => {
    await using inhabitant = start(BARE, { does: 'shout' })
    expect(await inhabitant.ended).toBe('it writes to standard error without end')
  })

  it('that closes its channel and goes on is ended', async () => {
    await using inhabitant = start(BARE, { does: 'leave' })
    expect(await inhabitant.ended).toBe('it has closed its channel')
  })

  it('that finds no file descriptor left says why, and its host goes on', () => {
    const code = `import { openSync } from 'node:fs'
      import { startGroup } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)}
      const kept = []
      try { for (;;) kept.push(openSync('/dev/null')) } catch {}
      const options = { wall: { kind: 'process' }, settings: '{}' }
      startGroup(options, { closed: (reason) => console.log(reason) })`
    const node = [process.execPath, '--input-type=module', '--eval', code]
    const file = ['-c', 'ulimit -n 64; exec "$@"', 'sh', ...node]
    expect(execFileSync('/bin/sh', file, { encoding: 'utf8' })).toMatch(/EMFILE\n$/)
  })

  it('that cannot be started says why', async () => {
    const missing: Wall = { kind: 'bwrap', bwrap: join(directory, 'no-such-bwrap') }
    await using inhabitant = start(missing, { does: 'wait' })
    expect(await inhabitant.ended).toContain('ENOENT')
  })
})
