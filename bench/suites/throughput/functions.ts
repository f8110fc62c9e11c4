/**
 * A function of AssemblyScript over MCP beside the same call over `/-/functions`, and the floor: what the official SDK takes
 * for a call of a tool that does nothing.
 *
 * @module
 */
import { join } from 'node:path'
import type { Finding } from '../../measure/result.ts'
import { BenchServer } from '../../measure/server.ts'
import { summarise } from '../../measure/statistics.ts'
import type { Case } from '../suite.ts'

const SERVER = join(import.meta.dirname, 'server.ts')
const CONNECTIONS = 8
const ROUNDS = { quick: 2, full: 12 }
const SECONDS = { quick: 0.3, full: 1 }
const WARM_UP = { connections: CONNECTIONS, seconds: 2 }
const AT_MOST = 2

const TEXT = 'a few words of a text'
const WORDS = 6
const VERSION = '2026-07-28'

const FUNCTION = { path: '/-/functions/words/count', json: JSON.stringify({ text: TEXT }) }
const TOOL = {
  path: '/-/mcp',
  json: JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: {
      name: 'words_count',
      arguments: { text: TEXT },
      _meta: {
        'io.modelcontextprotocol/protocolVersion': VERSION,
        'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1' },
        'io.modelcontextprotocol/clientCapabilities': {},
      },
    },
  }),
  headers: [
    ['accept', 'application/json, text/event-stream'],
    ['mcp-protocol-version', VERSION],
    ['mcp-method', 'tools/call'],
    ['mcp-name', 'words_count'],
  ] as const,
}

export const functions: Case = {
  name: 'functions',
  against: false,
  async run({ quick, progress }) {
    const rounds = quick ? ROUNDS.quick : ROUNDS.full
    const options = { connections: CONNECTIONS, seconds: quick ? SECONDS.quick : SECONDS.full }
    using mayfly = await BenchServer.start(SERVER, ['mayfly', '0', '1', '0'])
    using sdk = await BenchServer.start(SERVER, ['mcp', '0'])
    await requireAnswer(mayfly, FUNCTION, `200 ${WORDS}`)
    for (const server of [mayfly, sdk]) await requireAnswer(server, TOOL, `"text":"${WORDS}"`)
    const subjects = [
      { server: mayfly, ...FUNCTION, rates: [] as number[], cpu: [] as number[] },
      { server: mayfly, ...TOOL, rates: [] as number[], cpu: [] as number[] },
      { server: sdk, ...TOOL, rates: [] as number[], cpu: [] as number[] },
    ] as const
    if (!quick)
      for (const { server, path, ...each } of subjects)
        await server.load(path, { ...WARM_UP, ...request(each) })
    for (let round = 0; round < rounds; round++) {
      for (const { server, path, rates, cpu, ...each } of subjects) {
        const made = await server.load(path, { ...options, ...request(each) })
        rates.push(made.perSecond)
        cpu.push(made.cpuMicros)
      }
      progress((round + 1) / rounds)
    }
    return findings(subjects)
  },
}

interface Measured {
  readonly rates: readonly number[]
  readonly cpu: readonly number[]
}

function findings([direct, tool, floor]: readonly [Measured, Measured, Measured]): Finding[] {
  const measure = `call of a function (AssemblyScript), HTTP, ${CONNECTIONS} connections: throughput`
  const ratios = tool.cpu.map((micros, round) => micros / (direct.cpu[round] ?? NaN))
  return [
    {
      measure,
      subject: '/-/functions',
      unit: 'req/s',
      value: summarise(direct.rates),
      cpu: summarise(direct.cpu),
    },
    {
      measure,
      subject: '/-/mcp',
      unit: 'req/s',
      value: summarise(tool.rates),
      cpu: summarise(tool.cpu),
      ratio: { of: 'processor time, /-/mcp ÷ /-/functions', value: summarise(ratios) },
      goal: { on: 'ratio', quantile: 'p50', atMost: AT_MOST },
    },
    {
      measure,
      subject: 'the SDK of MCP alone',
      contender: true,
      unit: 'req/s',
      value: summarise(floor.rates),
      cpu: summarise(floor.cpu),
      note: 'its server on bare Hono, with one tool that returns a text',
    },
  ]
}

interface Request {
  readonly json: string
  readonly headers?: readonly (readonly [name: string, value: string])[]
}

function request({ json, headers }: Request): Request {
  return { json, ...(headers && { headers }) }
}

async function requireAnswer(
  server: BenchServer,
  { path, json, headers = [] }: Request & { readonly path: string },
  expected: string,
): Promise<void> {
  const answer = await server.text(path, {
    method: 'POST',
    headers: [['content-type', 'application/json'], ...headers.map(([...each]) => each)],
    body: json,
  })
  if (!answer.includes(expected)) throw new Error(`Cannot measure ${path}: it answers ${answer}`)
}
