/**
 * `node:process`: the environment is the configuration of the agent, and the rest are facts that hold for every agent.
 *
 * Packages tell Node by its version, so there is none: they take the way that they have for browsers.
 *
 * @module
 */
import { allConfig } from '../node-host.ts'
import EventEmitter from './events.ts'

/** What the agent itself has set. */
const changed = new Map<string, string | undefined>()

function variable(key: string): string | undefined {
  if (changed.has(key)) return changed.get(key)
  return allConfig().find(([name]) => name === key)?.[1]
}

function names(): string[] {
  const all = new Set([...allConfig().map(([name]) => name), ...changed.keys()])
  return [...all].filter((name) => variable(name) !== undefined)
}

// A proxy, because there is no configuration yet while the agent is built.
const env = new Proxy<Record<string, string | undefined>>(
  {},
  {
    get: (_, key) => (typeof key === 'string' ? variable(key) : undefined),
    set(_, key, value) {
      changed.set(String(key), String(value))
      return true
    },
    deleteProperty(_, key) {
      changed.set(String(key), undefined)
      return true
    },
    has: (_, key) => typeof key === 'string' && variable(key) !== undefined,
    ownKeys: names,
    getOwnPropertyDescriptor(_, key) {
      const value = typeof key === 'string' ? variable(key) : undefined
      if (value === undefined) return undefined
      return { value, writable: true, enumerable: true, configurable: true }
    },
  },
)

function nextTick(callback: (...args: unknown[]) => void, ...args: unknown[]): void {
  queueMicrotask(() => callback(...args))
}

function hrtime(before?: readonly [number, number]): [number, number] {
  const now = performance.now()
  const [seconds, nanoseconds] = before ?? [0, 0]
  const [whole, part] = [Math.floor(now / 1000), Math.floor((now % 1000) * 1e6)]
  return part < nanoseconds
    ? [whole - seconds - 1, part - nanoseconds + 1e9]
    : [whole - seconds, part - nanoseconds]
}
hrtime.bigint = (): bigint => BigInt(Math.floor(performance.now() * 1e6))

/** A stream that goes to the log. */
function output(level: 'log' | 'error'): object {
  return Object.assign(new (EventEmitter as unknown as new () => object)(), {
    isTTY: false,
    writable: true,
    write(chunk: string | Uint8Array, ...rest: unknown[]): boolean {
      const text = typeof chunk === 'string' ? chunk : new TextDecoder().decode(chunk)
      console[level](text.replace(/\n$/, ''))
      const done = rest.find((each) => typeof each === 'function') as (() => void) | undefined
      if (done !== undefined) queueMicrotask(done)
      return true
    },
    end: () => {},
  })
}

function refuse(name: string, remedy: string): () => never {
  return () => {
    throw Object.assign(new Error(`Cannot use "process.${name}": ${remedy}`), {
      code: 'ERR_NOT_AVAILABLE',
    })
  }
}

/** The global `process` of modules that use it. */
export const process = Object.assign(new (EventEmitter as unknown as new () => object)(), {
  abort: refuse('abort', 'throw an error instead'),
  arch: 'wasm32',
  argv: ['node', '/agent.js'],
  argv0: 'node',
  browser: true,
  chdir: refuse('chdir', 'an agent has no folder'),
  config: {},
  cwd: () => '/',
  emitWarning: (warning: unknown) => console.warn(warning),
  env,
  execArgv: [] as string[],
  execPath: '',
  exit: refuse('exit', 'return a response or throw an error instead'),
  exitCode: undefined,
  features: {},
  hrtime,
  memoryUsage: () => ({ rss: 0, heapTotal: 0, heapUsed: 0, external: 0, arrayBuffers: 0 }),
  nextTick,
  pid: 1,
  platform: 'linux',
  ppid: 0,
  release: {},
  stderr: output('error'),
  stdin: { isTTY: false },
  stdout: output('log'),
  title: 'agent',
  umask: () => 0,
  uptime: () => performance.now() / 1000,
  version: '',
  versions: {},
})

export const { argv, cwd, platform, stderr, stdin, stdout, version, versions } = process
export { env, hrtime, nextTick }
export default process
