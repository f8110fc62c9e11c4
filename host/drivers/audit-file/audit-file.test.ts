import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { verifyReceipt } from '../../../runtime/audit/index.ts'
import { sha256 } from '../../digest/index.ts'
import {
  AuditFile,
  auditKey,
  auditReceipt,
  auditRecords,
  headBeside,
  KEY_FILE,
  previousChain,
  publicKeyOf,
  verifyAudit,
  type AuditFileOptions,
} from './index.ts'

let directory = ''

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mayfly-audit-'))
})

afterEach(() => {
  rmSync(directory, { recursive: true, force: true })
})

function open(options: Partial<AuditFileOptions> = {}): AuditFile {
  const key = auditKey(join(directory, KEY_FILE))
  return new AuditFile({ directory, writer: 'main', host: 'h1', key, ...options })
}

/** A host of two writers that has ended well. */
function sample(): { main: string; worker: string } {
  const main = open()
  const worker = open({ writer: 'worker-1' })
  main.append({ kind: 'writer', file: worker.name })
  for (const invocation of ['a', 'b', 'c']) {
    worker.append({ kind: 'use', agent: 'shop', invocation, capability: 'kv', outcome: 'denied' })
    worker.append({ kind: 'invocation', agent: 'shop', invocation, outcome: 'completed' })
    worker.flush()
  }
  worker.close()
  const head = headBeside(directory, worker.name)
  if (head === undefined) throw new Error('no head')
  main.append({ kind: 'anchor', file: worker.name, count: head.sequence, head: head.hash })
  main.close()
  return { main: main.file, worker: worker.file }
}

async function problems(): Promise<string> {
  return (await verifyAudit(directory, publicKeyOf(directory))).problems.join('\n')
}

function edit(file: string, change: (lines: string[]) => string[]): void {
  const lines = readFileSync(file, 'latin1').split('\n')
  writeFileSync(file, change(lines).join('\n'))
}

describe('AuditFile', () => {
  it('writes what was appended, and closes', async () => {
    sample()
    const verdict = await verifyAudit(directory, publicKeyOf(directory))
    expect(verdict.problems).toEqual([])
    expect(
      verdict.files.map(({ records, unsigned, closed }) => [records, unsigned, closed]),
    ).toEqual([
      [4, 0, true],
      [8, 0, true],
    ])
    const kinds = (await Array.fromAsync(auditRecords(directory))).map(({ kind }) => kind)
    expect(kinds.slice(0, 4)).toEqual(['open', 'writer', 'anchor', 'close'])
  })

  it('keeps log and key from other users', () => {
    const { main } = sample()
    for (const file of [main, join(directory, KEY_FILE)]) {
      expect(statSync(file).mode & 0o077).toBe(0)
    }
  })

  it('writes in batches, without being asked', async () => {
    const file = open()
    for (let count = 0; count < 200; count++) file.append({ kind: 'use', count })
    expect((await verifyAudit(directory)).files[0]?.records).toBe(1)
    await vi.waitFor(async () => {
      expect((await verifyAudit(directory)).files[0]?.records).toBe(201)
    })
    file.close()
    file.append({ kind: 'use' })
    expect((await verifyAudit(directory)).files[0]?.records).toBe(202)
  })

  it('refuses to write where another host writes', () => {
    const file = open()
    expect(() => open()).toThrow('Cannot open audit log')
    file.close()
  })
})

describe('AuditFile on a full disk', () => {
  /** Takes `room` bytes, then none until `room` is raised. */
  function disk(): { room: number; write: NonNullable<AuditFileOptions['write']> } {
    const state = {
      room: 100_000,
      write(descriptor: number, bytes: Uint8Array): number {
        if (state.room === 0) throw Object.assign(new Error('full'), { code: 'ENOSPC' })
        const written = writeSync(descriptor, bytes.subarray(0, state.room))
        state.room -= written
        return written
      },
    }
    return state
  }

  it('says that nothing may run when the log is required, and loses nothing', async () => {
    const full = disk()
    const failures: (string | undefined)[] = []
    const onFailure = (reason: string | undefined): void => void failures.push(reason)
    const file = open({ required: true, write: full.write, onFailure })
    full.room = 100
    for (let count = 0; count < 10; count++) file.append({ kind: 'use', count })
    expect(file.blocked).toBeUndefined()
    file.flush()
    expect(file.blocked).toBe('the disk is full')
    file.append({ kind: 'use', count: 10 })
    file.flush()
    full.room = 100_000
    file.flush()
    expect(file.blocked).toBeUndefined()
    file.close()
    expect(failures).toEqual(['the disk is full', undefined])
    expect(await verifyAudit(directory)).toMatchObject({ problems: [], files: [{ records: 13 }] })
  })

  it('runs on when it is not, and records how many records it lost', async () => {
    const full = disk()
    const file = open({ write: full.write })
    full.room = 0
    file.append({ kind: 'use' })
    file.flush()
    expect(file.blocked).toBeUndefined()
    for (let count = 0; count < 100_010; count++) file.append({ kind: 'use', count })
    full.room = Infinity
    file.close()
    const records = await Array.fromAsync(auditRecords(directory))
    expect(records.filter(({ kind }) => kind === 'gap')).toMatchObject([{ count: 11 }])
    expect(await problems()).toBe('')
  }, 30_000)

  it('leaves a log that verifies when the host ends before there is room', async () => {
    const full = disk()
    const file = open({ required: true, write: full.write })
    full.room = 150
    for (let count = 0; count < 10; count++) file.append({ kind: 'use', count })
    file.flush()
    file.close()
    expect(await problems()).toBe('')
  })
})

describe('verifyAudit()', () => {
  it('finds a flipped bit', async () => {
    const { worker } = sample()
    const bytes = readFileSync(worker)
    for (let index = 0; index < bytes.length; index += 7) {
      const flipped = Buffer.from(bytes)
      flipped[index] = (flipped[index] ?? 0) ^ 1
      writeFileSync(worker, flipped)
      expect(await problems(), `byte ${index}`).not.toBe('')
    }
  })

  it('finds removed and reordered records', async () => {
    const { worker } = sample()
    const before = readFileSync(worker)
    edit(worker, (lines) => lines.toSpliced(2, 1))
    expect(await problems()).toContain('record 2 follows record 0: removed in between')
    writeFileSync(worker, before)
    edit(worker, ([a = '', head = '', b = '', c = '', ...rest]) => [a, head, c, b, ...rest])
    expect(await problems()).toContain('reordered or repeated')
  })

  it('finds records cut off the end, with and without their head', async () => {
    const { worker } = sample()
    edit(worker, (lines) => [...lines.slice(0, -3), ''])
    expect(await problems()).toContain('record 7: cut off')
    truncateSync(`${worker}.head`, 0)
    expect(await problems()).toContain('is not there or not whole')
  })

  it('finds a file put back to an earlier state together with its head', async () => {
    const main = open()
    const worker = open({ writer: 'worker-1' })
    worker.append({ kind: 'use' })
    worker.flush()
    const earlier = [worker.file, `${worker.file}.head`].map((file) => readFileSync(file))
    worker.append({ kind: 'use' })
    worker.close()
    const head = headBeside(directory, worker.name)
    main.append({ kind: 'anchor', file: worker.name, count: 3, head: head?.hash ?? '' })
    main.close()
    expect(await problems()).toBe('')
    writeFileSync(worker.file, earlier[0] ?? '')
    writeFileSync(`${worker.file}.head`, earlier[1] ?? '')
    expect(await problems()).toContain('knows record 3: cut off')
  })

  it('finds a file that is gone, whichever it is', async () => {
    const { main, worker } = sample()
    const next = open({ host: 'h2', first: await previousChain(directory) })
    next.close()
    expect(await problems()).toBe('')
    for (const file of [main, worker]) {
      renameSync(file, `${file}.away`)
      expect(await problems()).toContain('removed')
      renameSync(`${file}.away`, file)
    }
  })

  it.each(['removed', 'emptied'])('finds that all chains were %s, by the key', async (how) => {
    const { main, worker } = sample()
    expect(await problems()).toBe('')
    for (const file of [main, worker].flatMap((path) => [path, `${path}.head`])) {
      if (how === 'removed') rmSync(file)
      else truncateSync(file, 0)
    }
    expect(await problems()).toContain(`"${join(directory, KEY_FILE)}" shows that some had`)
  })

  it('finds that all chains were removed, by another file that a host has left', async () => {
    const key = auditKey(join(directory, 'elsewhere.pem'))
    const ledger = join(directory, 'agents.json')
    const found = async () => (await verifyAudit(directory, key.publicKey, [ledger])).problems
    // No host has been here.
    expect(await found()).toEqual([])
    writeFileSync(ledger, '{}')
    const main = new AuditFile({ directory, writer: 'main', host: 'h1', key })
    main.close()
    expect(await found()).toEqual([])
    for (const file of [main.file, `${main.file}.head`]) rmSync(file)
    expect(await found()).toEqual([
      `no chain has a record: all were removed; "${ledger}" shows that some had`,
    ])
  })

  it('finds chains that were removed, by the heads that are left', async () => {
    const { main, worker } = sample()
    rmSync(join(directory, KEY_FILE))
    for (const file of [main, worker]) rmSync(file)
    const { problems: found } = await verifyAudit(directory)
    expect(found).toEqual([
      'h1-main.audit: removed; its .head file is there',
      'h1-worker-1.audit: removed; its .head file is there',
    ])
  })

  it('finds a log written anew with another key', async () => {
    const { worker } = sample()
    rmSync(worker)
    rmSync(`${worker}.head`)
    const key = auditKey(join(directory, 'forger.key'))
    const forged = open({ writer: 'worker-1', key })
    for (let count = 0; count < 6; count++) forged.append({ kind: 'use', count })
    forged.close()
    expect(await problems()).toContain('signature')
  })

  it('counts what no head covers instead of vouching for it', async () => {
    const { worker } = sample()
    const [line = ''] = readFileSync(worker, 'latin1').split('\n')
    appendFileSync(worker, `${line}\n`)
    expect(await problems()).toContain('reordered or repeated')
  })
})

describe('auditReceipt()', () => {
  it('proves one invocation', async () => {
    sample()
    const receipt = await auditReceipt(directory, 'b')
    if (receipt === undefined) throw new Error('no receipt')
    const publicKey = publicKeyOf(directory)
    const verdict = await verifyReceipt(receipt, { sha256, publicKey })
    expect(verdict).toMatchObject({ state: 'genuine', records: [{ kind: 'use' }, {}] })
    expect(await auditReceipt(directory, 'absent')).toBeUndefined()
  })
})
