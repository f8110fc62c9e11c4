import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { verifyReceipt } from '../../../runtime/audit/index.ts'
import { sha256 } from '../../digest/index.ts'
import {
  AuditFile,
  auditKey,
  auditReceipt,
  auditRecords,
  KEY_FILE,
  previousChain,
  publicKeyOf,
  removeOldest,
  verifyAudit,
  type AuditFileOptions,
} from './index.ts'

const WRITER = join(import.meta.dirname, 'testing', 'write-audit.ts')

let directory = ''

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mayfly-segments-'))
})

afterEach(() => {
  rmSync(directory, { recursive: true, force: true })
})

function open(options: Partial<AuditFileOptions> = {}): AuditFile {
  const key = auditKey(join(directory, KEY_FILE))
  return new AuditFile({
    directory,
    writer: 'main',
    host: 'h1',
    key,
    segmentBytes: 2_000,
    ...options,
  })
}

/** Fills this many segments, and begins one more. */
function fill(file: AuditFile, segments: number): void {
  for (let left = segments; left > 0;) {
    const before = file.name
    file.append({ kind: 'use', agent: 'shop', invocation: `before ${left}` })
    file.flush()
    if (file.name !== before) left--
  }
}

function names(): string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.audit'))
    .toSorted()
}

function path(name: string): string {
  return join(directory, name)
}

async function problems(): Promise<string> {
  return (await verifyAudit(directory, publicKeyOf(directory))).problems.join('\n')
}

function remove(name: string): void {
  rmSync(path(name))
  rmSync(`${path(name)}.head`)
}

/** Keeps the log below `maxBytes`, as the host `host` does that writes to `log`. */
function retain(log: AuditFile, maxBytes: number, host = 'h1'): Promise<readonly string[]> {
  const publicKey = publicKeyOf(directory) ?? ''
  return removeOldest({ directory, maxBytes, log, host, publicKey })
}

describe('AuditFile in segments', () => {
  it('goes on in the next, and all of them verify as one chain', async () => {
    const file = open()
    fill(file, 3)
    file.close()
    expect(names()).toEqual([
      'h1-main.0002.audit',
      'h1-main.0003.audit',
      'h1-main.0004.audit',
      'h1-main.audit',
    ])
    const { files, problems: found } = await verifyAudit(directory, publicKeyOf(directory))
    expect(found).toEqual([])
    expect(files.map(({ name }) => name)).toEqual([
      'h1-main.audit',
      'h1-main.0002.audit',
      'h1-main.0003.audit',
      'h1-main.0004.audit',
    ])
    const records = await Array.fromAsync(auditRecords(directory))
    expect(records.map(({ sequence }) => sequence)).toEqual([...records.keys()])
    expect(files.every(({ closed, unsigned }) => closed && unsigned === 0)).toBe(true)
  })

  it('proves an invocation whose records are in two segments', async () => {
    const file = open()
    for (let use = 0; file.name === 'h1-main.audit'; use++) {
      file.append({ kind: 'use', invocation: 'long', count: use })
      file.flush()
    }
    file.append({ kind: 'invocation', invocation: 'long', outcome: 'completed' })
    file.close()
    const receipt = await auditReceipt(directory, 'long')
    if (receipt === undefined) throw new Error('no receipt')
    const publicKey = publicKeyOf(directory)
    const verdict = await verifyReceipt(receipt, { sha256, publicKey })
    expect(verdict).toMatchObject({ state: 'genuine' })
    const kinds = verdict.state === 'genuine' ? verdict.records.map(({ kind }) => kind) : []
    expect([kinds[0], kinds.at(-1)]).toEqual(['use', 'invocation'])
  })

  it('begins no segment while there is no room for one, and loses nothing', async () => {
    const file = open()
    writeFileSync(path('h1-main.0002.audit'), '')
    for (let count = 0; count < 20; count++) {
      file.append({ kind: 'use', count })
      file.flush()
    }
    expect(file.name).toBe('h1-main.audit')
    rmSync(path('h1-main.0002.audit'))
    file.append({ kind: 'use', count: 20 })
    file.flush()
    expect(file.name).toBe('h1-main.0002.audit')
    file.close()
    expect(await problems()).toBe('')
  })
})

describe('verifyAudit() of segments', () => {
  it('finds a flipped bit in an old one', async () => {
    const file = open()
    fill(file, 3)
    file.close()
    const old = path('h1-main.0002.audit')
    const bytes = readFileSync(old)
    for (let index = 0; index < bytes.length; index += 61) {
      const flipped = Buffer.from(bytes)
      flipped[index] = (flipped[index] ?? 0) ^ 1
      writeFileSync(old, flipped)
      expect(await problems(), `byte ${index}`).not.toBe('')
    }
  })

  it.each(['h1-main.audit', 'h1-main.0002.audit', 'h1-main.0003.audit', 'h1-main.0004.audit'])(
    'finds that %s is gone, cut off or emptied',
    async (name) => {
      const file = open()
      fill(file, 3)
      file.close()
      const next = open({ host: 'h2', first: await previousChain(directory) })
      next.close()
      expect(await problems()).toBe('')
      const [text, head] = [readFileSync(path(name)), readFileSync(`${path(name)}.head`)]
      remove(name)
      expect(await problems()).toContain(name)
      const lines = text.toString('latin1').split('\n')
      writeFileSync(path(name), lines.slice(0, -3).join('\n') + '\n')
      writeFileSync(`${path(name)}.head`, head)
      expect(await problems()).toContain(name)
      truncateSync(path(name))
      truncateSync(`${path(name)}.head`)
      expect(await problems()).toContain(name)
    },
  )

  it('finds segments put in each other’s place', async () => {
    const file = open()
    fill(file, 3)
    file.close()
    renameSync(path('h1-main.0002.audit'), path('away'))
    renameSync(path('h1-main.0003.audit'), path('h1-main.0002.audit'))
    renameSync(path('away'), path('h1-main.0003.audit'))
    expect(await problems()).toContain('does not go on from the end of')
  })

  it('accepts what a host leaves that is killed while it begins a segment', async () => {
    for (let round = 0; round < 6; round++) {
      const child = spawn(process.execPath, ['--no-warnings', WRITER, directory, `k${round}`])
      await once(child.stdout, 'data')
      // Every few milliseconds it begins another.
      await sleep(15 + round * 7)
      child.kill('SIGKILL')
      await once(child, 'exit')
      expect(await problems()).toBe('')
    }
    expect(names().length).toBeGreaterThan(12)
  }, 30_000)

  it('verifies between any two writes of a host that begins a segment', async () => {
    let wrote = (): void => {}
    const file = open({
      write(descriptor, bytes) {
        const count = writeSync(descriptor, bytes)
        // The records are there, their head is not.
        wrote()
        return count
      },
    })
    const states: string[] = []
    wrote = () => {
      const state = mkdtempSync(join(tmpdir(), 'mayfly-segments-'))
      cpSync(directory, state, { recursive: true })
      states.push(state)
    }
    fill(file, 2)
    file.close()
    expect(names().length).toBeGreaterThan(2)
    for (const state of states) {
      const verdict = await verifyAudit(state, publicKeyOf(state))
      rmSync(state, { recursive: true })
      expect(verdict.problems).toEqual([])
    }
  })

  it('accepts a next segment that was made and not begun', async () => {
    const file = open()
    fill(file, 1)
    file.close()
    // Killed before the first record, and before the record that names it.
    truncateSync(path('h1-main.0002.audit'))
    truncateSync(`${path('h1-main.0002.audit')}.head`)
    expect(await problems()).toBe('')
    writeFileSync(path('h1-main.0003.audit'), '')
    expect(await problems()).toBe('')
  })
})

describe('removeOldest()', () => {
  it('removes whole segments, oldest first, and the rest still verifies', async () => {
    const file = open()
    fill(file, 6)
    expect(await retain(file, 1_000_000)).toEqual([])
    const removed = await retain(file, 8_000)
    expect(removed.slice(0, 2)).toEqual(['h1-main.audit', 'h1-main.0002.audit'])
    expect(names()).not.toContain('h1-main.audit')
    file.close()
    const verdict = await verifyAudit(directory, publicKeyOf(directory))
    expect(verdict).toMatchObject({ problems: [], removed: removed.length })
  })

  it('excuses nothing but what it removed', async () => {
    const log = open()
    const worker = open({ writer: 'worker-1' })
    log.append({ kind: 'writer', file: 'h1-worker-1.audit' })
    fill(worker, 6)
    const removed = await retain(log, 6_000)
    expect(removed.every((name) => name.startsWith('h1-worker-1'))).toBe(true)
    worker.close()
    log.close()
    expect(await problems()).toBe('')
    const left = names().filter((name) => name.startsWith('h1-worker-1'))
    expect(left.length).toBeGreaterThan(1)
    for (const name of left) {
      const kept = [readFileSync(path(name)), readFileSync(`${path(name)}.head`)] as const
      remove(name)
      if (name === left.at(-1)) expect(await problems()).toContain(`${name}: removed`)
      else expect(await problems()).toContain(name)
      writeFileSync(path(name), kept[0])
      writeFileSync(`${path(name)}.head`, kept[1])
    }
    for (const name of left) remove(name)
    expect(await problems()).toContain('goes on in it')
  })

  it('still knows what it removed when those records are removed as well', async () => {
    const log = open()
    const worker = open({ writer: 'worker-1' })
    log.append({ kind: 'writer', file: 'h1-worker-1.audit' })
    for (let round = 0; round < 8; round++) {
      fill(worker, 2)
      fill(log, 1)
      await retain(log, 10_000)
      expect(await problems()).toBe('')
    }
    expect(names()).not.toContain('h1-main.audit')
    expect(names()).not.toContain('h1-worker-1.audit')
    worker.close()
    log.close()
    const [first = ''] = names().filter((name) => name.startsWith('h1-worker-1'))
    remove(first)
    expect(await problems()).toContain('removed')
  })

  it('removes what old hosts have left, and never what may be open', async () => {
    for (const host of ['20260101T000000000Z-a', '20260102T000000000Z-b']) {
      const old = open({ host, first: await previousChain(directory) })
      const worker = open({ host, writer: 'worker-1' })
      old.append({ kind: 'writer', file: worker.name })
      worker.close()
      old.close()
    }
    const host = '20260103T000000000Z-c'
    const log = open({ host, first: await previousChain(directory) })
    // They were written just now: another host may have them open.
    expect(await retain(log, 100, host)).toEqual([])
    const yesterday = new Date(Date.now() - 86_400_000)
    for (const name of names()) utimesSync(path(name), yesterday, yesterday)
    expect(await retain(log, 100, host)).toHaveLength(4)
    expect(names()).toEqual([`${host}-main.audit`])
    log.close()
    expect(await problems()).toBe('')
  })

  it('vouches for no removal that was slipped into an old segment', async () => {
    const log = open()
    const worker = open({ writer: 'worker-1' })
    log.append({ kind: 'writer', file: worker.name })
    worker.close()
    fill(log, 3)
    remove('h1-worker-1.audit')
    const first = path('h1-main.audit')
    const excuse = '1:9,1:0,7:removed,4:file,17:h1-worker-1.audit,'
    writeFileSync(
      first,
      `${readFileSync(first, 'latin1')}${excuse.length}:${excuse},${'0'.repeat(64)}\n`,
    )
    await retain(log, 100)
    expect(names()).toContain('h1-main.audit')
    log.close()
    expect(await problems()).toContain('h1-worker-1.audit: removed; h1-main.audit names it')
  })

  it('removes nothing while it cannot say so', async () => {
    let isFull = false
    const file = open({
      write(descriptor, bytes) {
        if (isFull) throw Object.assign(new Error('full'), { code: 'ENOSPC' })
        return writeSync(descriptor, bytes)
      },
    })
    fill(file, 3)
    isFull = true
    expect(await retain(file, 100)).toEqual([])
    expect(names()).toContain('h1-main.audit')
    isFull = false
    file.close()
    expect(await problems()).toBe('')
  })
})
