/**
 * Reads the specification of a test of wasi-testsuite, in its two forms.
 *
 * https://github.com/WebAssembly/wasi-testsuite/blob/main/doc/specification.md
 *
 * @module
 */
import { existsSync, readFileSync } from 'node:fs'

export interface Specification {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** The directory that is `/`, beside the test. */
  readonly root: string | undefined
  readonly exitCode: number
  /** Standard input. */
  readonly stdin: string
  /** Requests to a server of HTTP; none for a program. */
  readonly requests: readonly TestedRequest[]
  /** Servers that the test is a client of. */
  readonly servers: readonly TestServer[]
  /** Absent when any output will do. */
  readonly stdout?: string
  readonly stderr?: string
}

/** A request to the tested server, and what must be in its answer. */
export interface TestedRequest {
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly response: {
    readonly status: number
    readonly headers?: Readonly<Record<string, string>>
    readonly body?: string
  }
}

/** A server on this machine, as a test asks for it. Its address is `HTTP_SERVER_<NAME>` of the environment. */
export interface TestServer {
  readonly name: string
  /** Nothing listens there. */
  readonly kind?: 'closed'
  readonly endpoints?: readonly TestEndpoint[]
}

/** What a server answers. */
export interface TestEndpoint {
  readonly method: string
  readonly path: string
  readonly mode?: 'echo-body' | 'echo-headers'
  readonly response?: {
    readonly status: number
    readonly body?: string
    readonly chunks?: readonly string[]
    readonly trailers?: Readonly<Record<string, string>>
  }
}

interface Run {
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly root?: string | null
}

type Operation =
  | ({ readonly type: 'run' } & Run)
  | { readonly type: 'read'; readonly id?: 'stdout' | 'stderr'; readonly payload?: string }
  | { readonly type: 'write'; readonly payload?: string }
  | ({ readonly type: 'request' } & TestedRequest)
  | { readonly type: 'kill' }
  | { readonly type: 'wait'; readonly exit_code?: number }

type Written = {
  readonly operations?: readonly Operation[]
  readonly servers?: readonly TestServer[]
} & Run & {
    readonly exit_code?: number
    readonly stdout?: string
    readonly stderr?: string
  }

/** @param module - the file of the test; its specification is beside it, and may be absent */
export function readSpecification(module: string): Specification {
  const file = module.replace(/\.wasm$/, '.json')
  // Its form is that of the document above.
  const written = (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}) as Written
  const operations = written.operations ?? [
    { type: 'run', ...written },
    ...(['stdout', 'stderr'] as const).flatMap((id) =>
      written[id] === undefined ? [] : [{ type: 'read', id, payload: written[id] } as const],
    ),
    { type: 'wait', exit_code: written.exit_code ?? 0 },
  ]
  let all: Specification = {
    args: [],
    env: {},
    root: undefined,
    stdin: '',
    requests: [],
    servers: written.servers ?? [],
    exitCode: 0,
  }
  for (const operation of operations) all = { ...all, ...fieldsOf(operation, all) }
  return all
}

function fieldsOf(operation: Operation, before: Specification): Partial<Specification> {
  switch (operation.type) {
    case 'run': {
      const { args = [], env = {}, root } = operation
      return { args, env, root: root ?? undefined }
    }
    case 'read':
      return { [operation.id ?? 'stdout']: operation.payload ?? '' }
    case 'write':
      return { stdin: before.stdin + (operation.payload ?? '') }
    case 'request':
      return { requests: [...before.requests, operation] }
    case 'kill':
      return {}
    case 'wait':
      return { exitCode: operation.exit_code ?? 0 }
  }
}
