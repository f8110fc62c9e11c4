/**
 * `mayfly bench`: how fast a server answers.
 *
 * What was measured until Ctrl-C is printed as well.
 *
 * @module
 */

import { readFileSync } from 'node:fs'
import { MayflyError, printable, printableJson } from '../../../runtime/errors/index.ts'
import { load, methodOf, type LoadReport } from '../../load/index.ts'
import { formatBytes } from '../format.ts'
import { headerLines } from '../header-lines.ts'
import type { ParsedArguments, Verb } from '../verb.ts'

export const verb: Verb = {
  name: 'bench',
  summary: 'Put load on a URL, and print how fast it answers.',
  usage: `Usage: mayfly bench URL [options]

Some connections send one request each, and the next when they have the response. Prints requests a second, percentiles
of the time from a request to the end of its response, statuses, bytes, and errors. Ctrl-C ends it sooner, and prints what was
measured. Exits with 1 when nothing was answered.

  -c, --connections N   Connections at once. Default: 10
  -s, --seconds N       How long. Default: 10
  -X, --method METHOD   Default: GET, or POST with a body
  -H, --header LINE     "name: value"; may be given more than once
  -d, --data BODY       Body of each request; @FILE for that of a file
  --timeout-ms N        Time for a request, after which it is an error. Default: 10000
  --json                Print one JSON object

Requests that wait because the server is slow are not sent meanwhile: a line of clients waits for longer than is printed
here. On the machine of the host, both share its processors.

Example: mayfly bench http://127.0.0.1:8787/hello/ -c 50 -s 5`,
  options: {
    connections: { type: 'string', short: 'c' },
    seconds: { type: 'string', short: 's' },
    method: { type: 'string', short: 'X' },
    header: { type: 'string', short: 'H', multiple: true },
    data: { type: 'string', short: 'd' },
    'timeout-ms': { type: 'string' },
    json: { type: 'boolean' },
  },
  async run({ positionals: [address, ...rest], values }) {
    const url = urlOf(address, rest)
    const connections = numberOf(values, 'connections', 10, 1, MAX_CONNECTIONS)
    const options = {
      url: url.href,
      connections,
      seconds: numberOf(values, 'seconds', 10, MIN_SECONDS, MAX_SECONDS),
      timeoutMs: numberOf(values, 'timeout-ms', 10_000, 1, MAX_SECONDS * 1000),
      ...requestOf(values),
    }
    const ending = new AbortController()
    const end = (): void => ending.abort()
    process.once('SIGINT', end)
    try {
      const report = await load({ ...options, signal: ending.signal })
      const facts = { method: methodOf(options), url: url.href, connections }
      const print = values['json'] === true ? jsonOf : textOf
      console.log(print(facts, report))
      return report.requests === 0 ? 1 : 0
    } catch (cause) {
      if (!(cause instanceof TypeError)) throw cause
      throw new MayflyError('ERR_USAGE', cause.message, { cause })
    } finally {
      process.off('SIGINT', end)
    }
  },
}

type Values = ParsedArguments['values']

/** What is measured. */
interface Facts {
  readonly method: string
  readonly url: string
  readonly connections: number
}

// A process may open about that many files.
const MAX_CONNECTIONS = 10_000
const MIN_SECONDS = 0.01
const MAX_SECONDS = 86_400
const NS_PER_MS = 1_000_000
const PERCENTILES = [50, 90, 99] as const

function textOf({ method, url, connections }: Facts, report: LoadReport): string {
  const { seconds, requests, latencies, statuses, errors, bytesRead, bytesSent } = report
  const times = [
    ...PERCENTILES.map((each) => `p${each} ${milliseconds(latencies.percentile(each))}`),
    `max ${milliseconds(latencies.max)}`,
  ]
  const lines = [
    `${method} ${printable(url)} · ${connections} ${connections === 1 ? 'connection' : 'connections'} · ${seconds.toFixed(1)} s`,
    '',
    `requests  ${requests}, ${Math.round(requests / seconds)} a second`,
    ...(requests === 0 ? [] : [`times     ${times.join(' · ')}`]),
    ...(requests === 0 ? [] : [`statuses  ${counted(statuses)}`]),
    `bytes     ${formatBytes(bytesRead)} received · ${formatBytes(bytesSent)} sent`,
    ...(errors.size === 0 ? [] : [`errors    ${counted(errors)}`]),
  ]
  return lines.join('\n')
}

function jsonOf({ method, url, connections }: Facts, report: LoadReport): string {
  const { seconds, requests, latencies, statuses, errors, bytesRead, bytesSent } = report
  const ms = (nanoseconds: number): number => nanoseconds / NS_PER_MS
  const times = PERCENTILES.map((each) => [`p${each}`, ms(latencies.percentile(each))])
  const { min, mean, max } = latencies
  const milliseconds = {
    ...{ min: ms(min), mean: ms(mean), max: ms(max) },
    ...(Object.fromEntries(times) as Readonly<Record<string, number>>), // As it was made
  }
  return printableJson(
    JSON.stringify({
      ...{ method, url, connections, seconds, requests, requestsPerSecond: requests / seconds },
      ...(requests === 0 ? {} : { milliseconds }),
      statuses: Object.fromEntries(statuses),
      bytes: { received: bytesRead, sent: bytesSent },
      errors: Object.fromEntries(errors),
    }),
  )
}

/** `200: 1204, 503: 3`, the most frequent first. */
function counted(counts: ReadonlyMap<number | string, number>): string {
  return [...counts]
    .toSorted(([, one], [, other]) => other - one)
    .map(([name, count]) => `${name}: ${count}`)
    .join(', ')
}

function milliseconds(nanoseconds: number): string {
  const value = nanoseconds / NS_PER_MS
  return `${value >= 100 ? Math.round(value) : value.toPrecision(3)} ms`
}

/** @throws {MayflyError} ERR_USAGE */
function urlOf(address: string | undefined, rest: readonly string[]): URL {
  const hint = 'mayfly bench http://127.0.0.1:8787/hello/'
  if (address === undefined || rest.length > 0) {
    const state = address === undefined ? 'no URL given' : 'it takes one URL'
    throw new MayflyError('ERR_USAGE', `Cannot put load on nothing: ${state}`, { hint })
  }
  const url = URL.parse(address)
  if (url !== null && url.username !== '') {
    throw new MayflyError('ERR_USAGE', 'Cannot put load on a URL with a name: it is not sent', {
      hint: `Name it in a header: -H "authorization: Basic …"`,
    })
  }
  if (url !== null && /^https?:$/.test(url.protocol)) return url
  throw new MayflyError('ERR_USAGE', `Cannot put load on "${address}": not a URL of HTTP`, { hint })
}

/** @throws {MayflyError} ERR_USAGE */
function requestOf({ method, header, data }: Values): {
  readonly method: string | undefined
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string | Uint8Array | undefined
} {
  return { method: text(method), headers: headerLines(header), body: bodyOf(text(data)) }
}

function bodyOf(data: string | undefined): string | Uint8Array | undefined {
  if (data?.startsWith('@') !== true) return data
  try {
    return readFileSync(data.slice(1))
  } catch (cause) {
    throw new MayflyError(
      'ERR_USAGE',
      `Cannot send "${data.slice(1)}": no such file, or not readable`,
      { cause },
    )
  }
}

/** @throws {MayflyError} ERR_USAGE */
function numberOf(
  values: Values,
  name: string,
  fallback: number,
  least: number,
  most: number,
): number {
  const given = text(values[name])
  if (given === undefined) return fallback
  const number = Number(given)
  const isWhole = name === 'seconds' || Number.isInteger(number)
  if (/^\d+(?:\.\d+)?$/.test(given) && isWhole && number >= least && number <= most) return number
  throw new MayflyError(
    'ERR_USAGE',
    `Cannot use ${name} "${given}": not a number from ${least} to ${most}`,
  )
}

function text(value: Values[string]): string | undefined {
  return typeof value === 'string' ? value : undefined
}
