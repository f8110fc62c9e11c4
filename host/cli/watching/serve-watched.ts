/**
 * Serves agents that are being written, until a signal or a key ends it: `mayfly dev`, and `--watch` of other verbs.
 *
 * @module
 */
import { clearStores } from '../../drivers/sqlite-kv/index.ts'
import { LOG_THRESHOLDS, type LogThreshold } from '../../targets/node/index.ts'
import { DEFAULT_DATA_DIRECTORY } from '../data-directory.ts'
import { printAgents, printPageLink } from '../print-agents.ts'
import { printError } from '../print-error.ts'
import { maskFiles, nextSignal } from '../serve-until-signal.ts'
import { checkPaths } from './agent-paths.ts'
import { readKeys } from './keys.ts'
import { openUrl } from './open-url.ts'
import { WatchedHost, type WatchedHostOptions } from './watched-host.ts'

const KEYS = `Keys: r  builds and starts all again, with the variables of now
      o  opens the first agent in a browser
      l  logs more or less
      p  makes another link to the page of the operator
      k  clears the key-value stores
      q  ends, as Ctrl-C does
      ?  shows this
`

export interface ServeWatchedOptions extends Omit<WatchedHostOptions, 'signal'> {
  /**
   * Reads the variables that manifests may name, at each start.
   *
   * @throws {MayflyError} ERR_USAGE when a file of them cannot be read
   */
  readonly readVariables: () => Readonly<Record<string, string>>
}

/** @throws {MayflyError} ERR_USAGE for a path without an agent, or a tool that is not served; as `startServer` does */
export async function serveWatched({
  readVariables,
  ...options
}: ServeWatchedOptions): Promise<number> {
  maskFiles()
  checkPaths(options.paths)
  const ending = new AbortController()
  void nextSignal().then(() => ending.abort())
  let server = { ...options.server, variables: readVariables() }
  const state: { host?: WatchedHost | undefined; restart?: AbortController } = {}
  using _ = readKeys({
    onEnd: () => ending.abort(),
    onKey: (key) => {
      if (key === 'r') state.restart?.abort()
      else if (key === '?') console.log(KEYS)
      else if (key === 'k') clear(server)
      else if (key === 'p') printPageLink(state.host?.server.pageLink())
      else if (key === 'o') openFirst(state.host)
      else if (key === 'l') server = { ...server, logLevel: nextLevel(server, state.host) }
    },
  })
  while (!ending.signal.aborted) {
    const restart = new AbortController()
    state.restart = restart
    const signal = AbortSignal.any([ending.signal, restart.signal])
    try {
      await using host = await WatchedHost.start({ ...options, server, signal })
      // The same address each time.
      server = { ...server, port: Number(new URL(host.server.url).port) }
      state.host = host
      printAgents(host.server)
      if (process.stdin.isTTY) console.log(KEYS)
      await aborted(signal)
      state.host = undefined
    } catch (error) {
      if (!signal.aborted) throw error
    }
    if (ending.signal.aborted) break
    console.log('Starting again\n')
    try {
      server = { ...server, variables: readVariables() }
    } catch (error) {
      printError(error)
      console.error('Starting with the variables of before')
    }
  }
  return 0
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

function nextLevel(
  { logLevel = 'info' }: WatchedHostOptions['server'],
  host: WatchedHost | undefined,
): LogThreshold {
  const place = LOG_THRESHOLDS.indexOf(logLevel) + 1
  const level = LOG_THRESHOLDS[place % LOG_THRESHOLDS.length] ?? 'info'
  host?.server.setLogLevel(level)
  console.log(`Log level: ${level}`)
  return level
}

function clear({ kvUrl, dataDirectory }: WatchedHostOptions['server']): void {
  if (kvUrl !== undefined) return console.log('Not cleared: the stores are on a server (--kv)')
  const directory = dataDirectory ?? DEFAULT_DATA_DIRECTORY
  const cleared = clearStores(directory)
  if (cleared.length === 0) return console.log(`No keys to clear in ${directory}`)
  const parts = cleared.map(
    ({ agent, keys }) => `${agent} (${keys === 1 ? '1 key' : `${keys} keys`})`,
  )
  console.log(`Cleared the key-value stores of ${parts.join(', ')} in ${directory}`)
}

function openFirst(host: WatchedHost | undefined): void {
  if (host === undefined) return
  const { url, agents } = host.server
  const routes = agents.map(({ manifest }) => manifest.route)
  const route = routes.find((each) => typeof each === 'string')
  const address = url + (route?.replace(/\*$/, '') ?? '/')
  console.log(`Opening ${address}`)
  openUrl(address, () => console.log('No browser was found: open it by hand'))
}
