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
  /** Absent when any output will do. */
  readonly stdout?: string
  readonly stderr?: string
}

interface Run {
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly root?: string | null
}

type Operation =
  | ({ readonly type: 'run' } & Run)
  | { readonly type: 'read'; readonly id?: 'stdout' | 'stderr'; readonly payload?: string }
  | { readonly type: 'wait'; readonly exit_code?: number }

type Written = { readonly operations?: readonly Operation[] } & Run & {
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
  let all: Specification = { args: [], env: {}, root: undefined, exitCode: 0 }
  for (const operation of operations) all = { ...all, ...fieldsOf(operation) }
  return all
}

function fieldsOf(operation: Operation): Partial<Specification> {
  switch (operation.type) {
    case 'run': {
      const { args = [], env = {}, root } = operation
      return { args, env, root: root ?? undefined }
    }
    case 'read':
      return { [operation.id ?? 'stdout']: operation.payload ?? '' }
    case 'wait':
      return { exitCode: operation.exit_code ?? 0 }
  }
}
