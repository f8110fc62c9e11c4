/**
 * A component that does with streams and futures what its host tells it.
 *
 * It asks for one command after another (`next`), runs a built-in for each, and tells the result (`said`). So a test says
 * in which order guest and host act.
 *
 * @module
 */

import { instantiate, loadWat, type Loaded } from './component.ts'
import type { ComponentInstance } from '../instance.ts'

/** Places in the memory of the guest: what it writes from, what it reads into, and the events of waits. */
export const WRITE_AT = 1024
export const READ_AT = 65_536
const EVENT_AT = 64

interface Builtin {
  readonly canon: string
  readonly params: readonly ('i32' | 'i64')[]
  readonly result?: 'i32' | 'i64'
}

const MEMORY = '(memory (core memory $libc "m")) (realloc (core func $libc "realloc"))'
const I32 = 'i32' as const

function endBuiltins(kind: 'stream' | 'future', type: string): Record<string, Builtin> {
  const copy = kind === 'stream' ? [I32, I32, I32] : [I32, I32]
  const of = (operation: string, params: readonly 'i32'[], options = ''): Builtin => ({
    canon: `${kind}.${operation} ${type} ${options}`,
    params,
    ...(operation.startsWith('drop') ? {} : { result: I32 }),
  })
  return {
    [`${kind}-new`]: { canon: `${kind}.new ${type}`, params: [], result: 'i64' },
    [`${kind}-read`]: of('read', copy, `async ${MEMORY}`),
    [`${kind}-write`]: of('write', copy, `async ${MEMORY}`),
    [`${kind}-read-sync`]: of('read', copy, MEMORY),
    [`${kind}-write-sync`]: of('write', copy, MEMORY),
    [`${kind}-cancel-read`]: of('cancel-read', [I32]),
    [`${kind}-cancel-write`]: of('cancel-write', [I32]),
    [`${kind}-drop-readable`]: of('drop-readable', [I32]),
    [`${kind}-drop-writable`]: of('drop-writable', [I32]),
  }
}

const OTHERS: Record<string, Builtin> = {
  'set-new': { canon: 'waitable-set.new', params: [], result: I32 },
  'set-poll': {
    canon: `waitable-set.poll (memory (core memory $libc "m"))`,
    params: [I32, I32],
    result: I32,
  },
  'set-wait': {
    canon: `waitable-set.wait (memory (core memory $libc "m"))`,
    params: [I32, I32],
    result: I32,
  },
  'set-drop': { canon: 'waitable-set.drop', params: [I32] },
  join: { canon: 'waitable.join', params: [I32, I32] },
  'error-new': { canon: `error-context.new ${MEMORY}`, params: [I32, I32], result: I32 },
  'error-message': { canon: `error-context.debug-message ${MEMORY}`, params: [I32, I32] },
  'error-drop': { canon: 'error-context.drop', params: [I32] },
}

/** Functions of the host: what the guest passes streams and futures to, and what it gets them from. */
const HOST: Record<string, { readonly type: string } & Builtin> = {
  'take-stream': { type: '(param "s" $s)', canon: '', params: [I32] },
  'give-stream': { type: '(result $s)', canon: '', params: [], result: I32 },
  'take-future': { type: '(param "f" $f)', canon: '', params: [I32] },
  'give-future': { type: '(result $f)', canon: '', params: [], result: I32 },
  'take-error': { type: '(param "e" error-context)', canon: '', params: [I32] },
  'give-error': { type: '(result error-context)', canon: '', params: [], result: I32 },
}

/** The name of a command, and up to three numbers. */
export type Command = readonly [name: string, ...numbers: number[]]

/** The result of a command as the test sees it: numbers are i32, those of `new` both handles. */
export type Result = bigint

/** Makes the component for streams of `stream` and futures of `future`. */
export async function streamGuest(stream: string, future: string): Promise<StreamGuest> {
  const builtins = {
    ...endBuiltins('stream', '$s'),
    ...endBuiltins('future', '$f'),
    ...OTHERS,
    ...HOST,
  }
  const commands = Object.keys(builtins)
  const imports = Object.entries(builtins).map(
    ([name, { params, result }]) =>
      `(import "" "${name}" (func $${name} ${params.map((each) => `(param ${each})`).join(' ')}
        ${result === undefined ? '' : `(result ${result})`}))`,
  )
  const branches = Object.entries(builtins).map(([name, { params, result }], index) => {
    const call = `(call $${name} ${params.map((_, at) => `(local.get $p${at})`).join(' ')})`
    const wide =
      result === undefined
        ? `${call} (i64.const 0)`
        : result === I32
          ? `(i64.extend_i32_s ${call})`
          : call
    return `(if (i32.eq (local.get $op) (i32.const ${index + 1})) (then (local.set $r (block (result i64) ${wide}))))`
  })
  const loaded = await loadWat(`(component
    ${Object.entries(HOST)
      .map(
        ([name, { type }]) =>
          `(import "${name}" (func $${name} ${type.replaceAll('$s', `(stream${stream})`).replaceAll('$f', `(future${future})`)}))`,
      )
      .join('\n')}
    (import "next" (func $next async (result (tuple u32 u32 u32 u32))))
    (import "said" (func $said (param "r" s64)))
    (type $s (stream${stream})) (type $f (future${future}))
    (core module $Libc (memory (export "m") 4)
      (global $at (mut i32) (i32.const 196608))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32)
        (global.set $at (i32.and (i32.add (global.get $at) (i32.const 7)) (i32.const -8)))
        (global.get $at) (global.set $at (i32.add (global.get $at) (local.get 3)))))
    (core instance $libc (instantiate $Libc))
    ${Object.entries({ ...endBuiltins('stream', '$s'), ...endBuiltins('future', '$f'), ...OTHERS })
      .map(([name, { canon }]) => `(core func $${name} (canon ${canon}))`)
      .join('\n')}
    ${Object.keys(HOST)
      .map((name) => `(core func $${name} (canon lower (func $${name}) ${MEMORY}))`)
      .join('\n')}
    (core func $next (canon lower (func $next) ${MEMORY}))
    (core func $said (canon lower (func $said)))
    (core func $return (canon task.return))
    (core module $Main
      (import "" "m" (memory 1))
      ${imports.join('\n')}
      (import "" "next" (func $next (param i32)))
      (import "" "said" (func $said (param i64)))
      (import "" "return" (func $return))
      (func $loop (local $op i32) (local $p0 i32) (local $p1 i32) (local $p2 i32) (local $r i64)
        (loop $again
          (call $next (i32.const 0))
          (local.set $op (i32.load (i32.const 0)))
          (local.set $p0 (i32.load (i32.const 4)))
          (local.set $p1 (i32.load (i32.const 8)))
          (local.set $p2 (i32.load (i32.const 12)))
          (if (i32.eqz (local.get $op)) (then (return)))
          ${branches.join('\n')}
          (call $said (local.get $r))
          (br $again)))
      (func (export "run") (call $loop) (call $return)))
    (core instance $main (instantiate $Main (with "" (instance
      (export "m" (memory $libc "m"))
      ${commands.map((name) => `(export "${name}" (func $${name}))`).join('\n')}
      (export "next" (func $next)) (export "said" (func $said)) (export "return" (func $return))))))
    (func (export "run") async (canon lift (core func $main "run") async)))`)
  return new StreamGuest(loaded, commands)
}

export class StreamGuest {
  readonly #loaded: Loaded
  readonly #commands: readonly string[]

  constructor(loaded: Loaded, commands: readonly string[]) {
    this.#loaded = loaded
    this.#commands = commands
  }

  /** Starts a guest. `host` serves `takeStream` and its like. */
  start(host: Record<string, unknown> = {}): RunningGuest {
    return new RunningGuest(this.#loaded, this.#commands, host)
  }
}

/** One guest that waits for commands. */
export class RunningGuest {
  readonly instance: ComponentInstance
  /** Settles as its call ends. */
  readonly ended: Promise<unknown>
  readonly #commands: readonly string[]
  #asked: PromiseWithResolvers<number[]> | undefined
  #idle: PromiseWithResolvers<void> = Promise.withResolvers()
  #said: PromiseWithResolvers<Result> | undefined

  constructor(loaded: Loaded, commands: readonly string[], host: Record<string, unknown>) {
    this.#commands = commands
    const imports = loaded.plan.link.imports
    const names = [...imports.keys()].filter((index) => imports[index]?.name === 'next')
    this.instance = instantiate(
      loaded,
      {
        ...Object.fromEntries(Object.keys(HOST).map((name) => [name, () => undefined])),
        ...host,
        next: () => {
          this.#asked = Promise.withResolvers()
          this.#idle.resolve()
          return this.#asked.promise
        },
        said: (result: Result) => this.#said?.resolve(result),
      },
      { suspending: new Set(names) },
    )
    this.ended = Promise.resolve(this.instance.lookup('run').callAsync([]))
    this.ended.catch(() => {})
  }

  /** Has the guest run `command`. Rejects when it traps. */
  async do(...[name, ...numbers]: Command): Promise<number> {
    return Number(BigInt.asIntN(32, await this.#do(name, numbers)))
  }

  /** Has the guest make a stream or future: its readable and its writable end. */
  async make(kind: 'stream' | 'future'): Promise<[readable: number, writable: number]> {
    const both = await this.#do(`${kind}-new`, [])
    return [Number(both & 0xffff_ffffn), Number(both >> 32n)]
  }

  /** Waits with `waitable-set.wait`: code, handle and payload of the event. */
  async wait(set: number): Promise<[code: number, handle: number, payload: number]> {
    const code = await this.do('set-wait', set, EVENT_AT)
    const { buffer } = this.memory
    const view = new DataView(buffer)
    return [code, view.getUint32(EVENT_AT, true), view.getUint32(EVENT_AT + 4, true)]
  }

  /** Lets the guest return. */
  async finish(): Promise<void> {
    await this.#idle.promise
    this.#asked?.resolve([0, 0, 0, 0])
    await this.ended
  }

  get memory(): Uint8Array {
    const { m } = this.instance.core[0]?.exports ?? {}
    if (m instanceof WebAssembly.Memory) return new Uint8Array(m.buffer)
    throw new TypeError('Cannot see the memory of the guest: it has none')
  }

  async #do(name: string, [first = 0, second = 0, third = 0]: readonly number[]): Promise<Result> {
    await Promise.race([this.#idle.promise, this.ended])
    this.#idle = Promise.withResolvers()
    const said = Promise.withResolvers<Result>()
    this.#said = said
    this.#asked?.resolve([this.#commands.indexOf(name) + 1, first, second, third])
    return Promise.race([said.promise, this.ended.then(() => 0n)])
  }
}
