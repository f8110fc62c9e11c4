import { describe, expect, it } from 'vitest'
import { log, type LogLine } from '../../capabilities/log/index.ts'
import { GuestError, ProgramExit } from '../../host-module/index.ts'
import { HOST_WORK_FUEL } from '../../meter/index.ts'
import { DISCARD, InputStream, sinkOf, type OutputStream } from '../io/index.ts'
import { adapted } from '../testing/adapted.ts'
import { wasiCli } from './cli.ts'
import { wasiStdio } from './stdio.ts'

const encoder = new TextEncoder()

describe('wasiStdio()', () => {
  async function open(grant: unknown) {
    const lines: LogLine[] = []
    const all = await adapted(wasiStdio(log({ write: (line) => void lines.push(line) })), grant)
    const out = all.of('wasi:cli/stdout')['getStdout']?.() as OutputStream
    const err = all.of('wasi:cli/stderr')['getStderr']?.() as OutputStream
    return { ...all, lines, out, err }
  }

  it('writes lines to the log, the last when the invocation ends', async () => {
    const { out, err, lines, end } = await open({ maxBytes: 1000 })
    out.write(encoder.encode('one\ntw'))
    await err.blockingWriteAndFlush(encoder.encode('oh\n'))
    out.write(encoder.encode('o'))
    end()
    expect(lines.map(({ level, message }) => [level, message])).toEqual([
      ['info', 'one'],
      ['error', 'oh'],
      ['info', 'two'],
    ])
  })

  it('goes nowhere when the manifest turns the log off, and the guest cannot tell', async () => {
    const { out, lines, end } = await open(false)
    out.write(encoder.encode('one\n'))
    end()
    expect(lines).toEqual([])
  })

  it('takes the stream of a guest of WASI 0.3, to the log or to the caller', async () => {
    const { of, lines, end } = await open({ maxBytes: 1000 })
    const written = of('wasi:cli/stderr@0.3')['writeViaStream']?.(new Blob(['one\ntwo']).stream())
    expect(await written).toEqual({ tag: 'ok', val: undefined })
    end()
    expect(lines.map(({ level, message }) => [level, message])).toEqual([
      ['error', 'one'],
      ['error', 'two'],
    ])
    const program = { args: [], stdin: undefined, stdout: GONE, stderr: DISCARD }
    const all = await adapted(wasiStdio(log({ write() {} })), true, { program })
    const broken = all.of('wasi:cli/stdout@0.3')['writeViaStream']?.(new Blob(['one']).stream())
    expect(await broken).toEqual({ tag: 'err', val: 'pipe' })
  })

  it('goes to the caller of the program', async () => {
    const written: Uint8Array[] = []
    const program = {
      args: [],
      stdin: undefined,
      stdout: sinkOf((bytes) => written.push(bytes)),
      stderr: DISCARD,
    }
    const all = await adapted(wasiStdio(log({ write() {} })), { maxBytes: 10 }, { program })
    const out = all.of('wasi:cli/stdout')['getStdout']?.() as OutputStream
    out.write(value)
    out[Symbol.dispose]()
    expect(written).toEqual([value])
  })
})

describe('wasi:cli/stdout', () => {
  it('has the guest pay for bytes that go from host to host', async () => {
    const bytes = new Uint8Array(50_000)
    const program = { args: [], stdin: undefined, stdout: DISCARD, stderr: DISCARD }
    const all = await adapted(wasiStdio(log({ write() {} })), true, { program })
    const streamed = all.of('wasi:cli/stdout@0.3')['writeViaStream']?.(new Blob([bytes]).stream())
    expect(await streamed).toEqual({ tag: 'ok', val: undefined })
    expect(all.fuel).toBeGreaterThanOrEqual(50_000 * HOST_WORK_FUEL.byte)
    const source = { ready: () => true, wait: async () => {}, read: () => bytes }
    const out = all.of('wasi:cli/stdout')['getStdout']?.() as OutputStream
    out.splice(new InputStream(source), 50_000n)
    expect(all.fuel).toBeGreaterThanOrEqual(100_000 * HOST_WORK_FUEL.byte)
  })
})

/** A sink that takes no more. */
const GONE = { ...DISCARD, ended: () => true }

const value = new Uint8Array([1, 2])

describe('wasiCli()', () => {
  it('reads the standard input of a program, and none otherwise', async () => {
    const stdin = new Blob(['typed']).stream()
    const program = { args: [], stdin, stdout: DISCARD, stderr: DISCARD }
    const typed = await adapted(wasiCli(), undefined, { program })
    const input = typed.of('wasi:cli/stdin')['getStdin']?.() as InputStream
    expect(new TextDecoder().decode(await input.blockingRead(10n))).toBe('typed')
    const none = await adapted(wasiCli(), undefined)
    const nothing = none.of('wasi:cli/stdin')['getStdin']?.() as InputStream
    expect(() => nothing.read(1n)).toThrow(new GuestError({ tag: 'closed' }))
  })

  it('reads standard input in parts, through both versions of WASI', async () => {
    const program = { args: [], stdin: new Blob(['typed']).stream(), stdout: DISCARD }
    const { of } = await adapted(wasiCli(), undefined, { program })
    const input = of('wasi:cli/stdin')['getStdin']?.() as InputStream
    expect(new TextDecoder().decode(await input.blockingRead(2n))).toBe('ty')
    const rest = of('wasi:cli/stdin@0.3')['readViaStream']?.()
    const [stream, end] = rest as [ReadableStream<Uint8Array<ArrayBuffer>>, Promise<unknown>]
    expect(await new Response(stream).text()).toBe('ped')
    expect(await end).toEqual({ tag: 'ok', val: undefined })
  })

  it('ends the invocation and nothing else', async () => {
    const { of } = await adapted(wasiCli(), undefined)
    const { exit, exitWithCode } = of('wasi:cli/exit')
    expect(() => exit?.({ tag: 'ok' })).toThrow(new ProgramExit(0))
    expect(() => exit?.({ tag: 'err' })).toThrow(new ProgramExit(1))
    expect(() => exitWithCode?.(7)).toThrow(new ProgramExit(7))
  })

  it('has no terminals', async () => {
    const { of } = await adapted(wasiCli(), undefined)
    expect(of('wasi:cli/terminal-stdout')['getTerminalStdout']?.()).toBeUndefined()
  })
})
