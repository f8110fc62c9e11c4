import { describe, expect, it } from 'vitest'
import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import {
  AuditChain,
  headLine,
  headText,
  readChain,
  receiptOf,
  verifyReceipt,
  parseReceipt,
  type AuditRecord,
} from './index.ts'
import { webSha256 } from '../digest/index.ts'
import { decodeRecord, encodeRecord } from './record.ts'

const { publicKey, privateKey } = generateKeyPairSync('ed25519')
const KEY = publicOf(publicKey)
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

function publicOf(key: KeyObject): string {
  return key.export({ format: 'jwk' }).x ?? ''
}

function signed(chain: AuditChain, key = privateKey): string {
  const signature = sign(null, Buffer.from(headText(chain.head)), key).toString('base64url')
  return headLine({ ...chain.head, signature })
}

/** A chain of five records under two heads: three lines, a head, two lines, a head. */
function sample(): string[] {
  const chain = new AuditChain(sha256)
  const use = { kind: 'use', agent: 'shop', capability: 'kv', outcome: 'allowed' } as const
  return [
    chain.add({ kind: 'open', key: KEY }, 1),
    chain.add({ ...use, invocation: 'a', target: 'notes' }, 2),
    chain.add({ ...use, invocation: 'b', target: 'a secret store' }, 3),
    signed(chain),
    chain.add({ kind: 'invocation', invocation: 'a', agent: 'shop', outcome: 'completed' }, 4),
    chain.add({ kind: 'invocation', invocation: 'b', agent: 'shop', outcome: 'completed' }, 5),
    signed(chain),
  ]
}

async function problems(lines: readonly string[]): Promise<string[]> {
  const report = await readChain(lines.join(''), { sha256, publicKey: KEY })
  return report.problems.map(({ line, reason }) => `${line}: ${reason}`)
}

describe('encodeRecord()', () => {
  it('writes printable ASCII that decodes to the same record', () => {
    const event = {
      kind: 'use',
      target: 'a:1,b\u001b[31m\\ü\n',
      fuel: 12,
      durationMs: 1.5,
    } as const
    const text = encodeRecord(7, 99, event)
    expect(text).toMatch(/^[\x20-\x7e]+$/)
    const target = 'a:1,b\\u{1b}[31m\\u{5c}\\u{fc}\\u{a}'
    expect(decodeRecord(text)).toEqual({ ...event, target, sequence: 7, timeMs: 99 })
  })

  it('gives different records different texts', () => {
    const one = encodeRecord(1, 1, { kind: 'use', agent: 'a', action: 'b,6:target,1:c' })
    const other = encodeRecord(1, 1, { kind: 'use', agent: 'a', action: 'b', target: 'c' })
    expect(one).not.toBe(other)
  })

  it('keeps only the beginning of what a guest made long', () => {
    const text = encodeRecord(1, 1, { kind: 'use', target: 'x'.repeat(1_000_000) })
    expect(text.length).toBeLessThan(400)
  })
})

describe('readChain()', () => {
  it('finds nothing in a chain as it was written, with either hash', async () => {
    const text = sample().join('')
    const report = await readChain(text, { sha256: webSha256, publicKey: KEY })
    expect(report).toMatchObject({ records: 5, unsigned: 0, torn: false, problems: [] })
    expect(await problems(sample())).toEqual([])
  })

  it('finds a flipped bit, whichever it is', async () => {
    const text = Buffer.from(sample().join(''))
    for (let index = 0; index < text.length; index++) {
      const bytes = Buffer.from(text)
      bytes[index] = (bytes[index] ?? 0) ^ 1
      const report = await readChain(bytes.toString('latin1'), { sha256, publicKey: KEY })
      expect(report.problems.length + Number(report.torn), `byte ${index}`).toBeGreaterThan(0)
    }
  })

  it('finds each removed record, and says what is missing', async () => {
    for (const index of [0, 1, 2, 4, 5]) {
      expect(await problems(sample().toSpliced(index, 1)), `line ${index}`).not.toEqual([])
    }
    expect(await problems(sample().toSpliced(1, 1))).toContain(
      '2: record 2 follows record 0: removed in between',
    )
  })

  it('finds reordered and repeated records', async () => {
    const [open = '', a = '', b = '', ...rest] = sample()
    expect(await problems([open, b, a, ...rest])).toContain(
      '3: record 1 follows record 2: reordered or repeated',
    )
    expect(await problems([open, a, a, b, ...rest])).not.toEqual([])
  })

  it('finds a chain that was hashed anew but not signed', async () => {
    const chain = new AuditChain(sha256)
    const forger = generateKeyPairSync('ed25519')
    const lines = [chain.add({ kind: 'open', key: publicOf(forger.publicKey) }, 1)]
    lines.push(signed(chain, forger.privateKey))
    expect(await problems(lines)).toEqual([
      '2: the signature of the head of record 0 does not hold',
    ])
  })

  it('counts records that no head covers, and tells a line that was cut off', async () => {
    const text = sample().slice(0, 6).join('')
    const report = await readChain(text.slice(0, -9), { sha256, publicKey: KEY })
    expect(report).toMatchObject({ records: 4, unsigned: 1, torn: true, problems: [] })
  })
})

describe('receiptOf()', () => {
  it('proves the records of one invocation and shows no other', async () => {
    const receipt = await receiptOf('a', sample().join(''), { sha256 })
    expect(JSON.stringify(receipt)).not.toContain('a secret store')
    const verdict = await verifyReceipt(parseReceipt(JSON.stringify(receipt)), {
      sha256: webSha256,
      publicKey: KEY,
    })
    expect(verdict.state).toBe('genuine')
    const records: readonly AuditRecord[] = verdict.state === 'genuine' ? verdict.records : []
    expect(records.map(({ kind, sequence }) => [kind, sequence])).toEqual([
      ['use', 1],
      ['invocation', 3],
    ])
  })

  it('has none of an invocation that is not there, or not yet signed', async () => {
    expect(await receiptOf('c', sample().join(''), { sha256 })).toBeUndefined()
    expect(await receiptOf('a', sample().slice(0, 6).join(''), { sha256 })).toBeUndefined()
  })
})

describe('verifyReceipt()', () => {
  it('refuses what was changed, removed, added, or signed by another', async () => {
    const receipt = await receiptOf('a', sample().join(''), { sha256 })
    if (receipt === undefined) throw new Error('no receipt')
    const text = JSON.stringify(receipt)
    const [first] = receipt.links
    const forgeries = [
      { ...receipt, links: receipt.links.slice(1) },
      { ...receipt, links: receipt.links.slice(0, -1) },
      { ...receipt, links: [first, ...receipt.links] },
      { ...receipt, links: [] },
      { ...receipt, invocation: 'b' },
      JSON.parse(text.replace('completed', 'trapped00')),
      { ...receipt, previous: '0'.repeat(64) },
      { ...receipt, key: publicOf(generateKeyPairSync('ed25519').publicKey) },
      { ...receipt, head: { ...receipt.head, signature: 'A'.repeat(86) } },
    ]
    for (const forgery of forgeries) {
      const parsed = parseReceipt(JSON.stringify(forgery))
      const verdict = await verifyReceipt(parsed, { sha256, publicKey: KEY })
      expect(verdict.state, JSON.stringify(forgery)).toBe('forged')
    }
  })
})

describe('parseReceipt()', () => {
  it('refuses what is none', () => {
    for (const text of ['', '{}', '[]', 'null', '{"version":1}']) {
      expect(() => parseReceipt(text)).toThrow('Cannot read receipt')
    }
  })
})
