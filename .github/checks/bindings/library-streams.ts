/**
 * Built-ins of streams and futures in the library for AssemblyScript.
 *
 * A built-in belongs to a function with such a type in its signature, so an agent that imports one imports the interface. Bodies
 * of each interface have a class of their own, so that an agent imports only interfaces that it uses.
 *
 * @module
 */
import { declared } from './adapter.ts'
import { streamClass } from './library-values.ts'
import { camel, endsOf, interfaces, type Interface } from './world.ts'

/** Of one interface: the first function of it with a body, and the places of the stream and the future among its own. */
interface Bodies {
  readonly of: Interface
  readonly name: string
  readonly stream: number
  readonly future: number
}

type Builtin = readonly [operation: string, params: readonly string[], result: string]

const END = 'end: u32'
const READING = {
  stream: [
    ['read', [END, 'at: usize', 'count: u32'], 'u32'],
    ['async read', [END, 'at: usize', 'count: u32'], 'u32'],
    ['async cancel-read', [END], 'u32'],
    ['drop-readable', [END], 'void'],
  ],
  future: [
    ['read', [END, 'at: usize'], 'u32'],
    ['async read', [END, 'at: usize'], 'u32'],
    ['async cancel-read', [END], 'u32'],
    ['drop-readable', [END], 'void'],
  ],
} as const satisfies Record<string, readonly Builtin[]>
const WRITING = {
  stream: [
    ['new', [], 'i64'],
    ['write', [END, 'at: usize', 'count: u32'], 'u32'],
    ['async write', [END, 'at: usize', 'count: u32'], 'u32'],
    ['async cancel-write', [END], 'u32'],
    ['drop-writable', [END], 'void'],
  ],
  future: [
    ['new', [], 'i64'],
    ['async write', [END, 'at: usize'], 'u32'],
    ['drop-writable', [END], 'void'],
  ],
} as const satisfies Record<string, readonly Builtin[]>

/** The built-ins, as AssemblyScript declares them. Only interfaces that take bodies have those that write. */
export function streamImports(): string[] {
  return bodies().flatMap((each) =>
    (['stream', 'future'] as const).flatMap((kind) =>
      [...READING[kind], ...(takes(each) ? WRITING[kind] : [])].map(
        ([operation, params, result]) => {
          const [plain = '', lowering = ''] = operation.split(' ').reverse()
          const prefix = lowering === '' ? '' : '[async-lower]'
          const builtin = `${prefix}[${kind}-${plain}-${each[kind]}]${each.name}`
          const as = `${camel(`${each.of.name}-${kind}-${plain}`)}${lowering === '' ? '' : 'Async'}`
          return declared(each.of.path, builtin, as, params, result)
        },
      ),
    ),
  )
}

/** A class for the bodies of each interface. */
export function streamClasses(): string {
  return bodies()
    .map(({ of }) => {
      const host = (name: string, ...args: readonly string[]): string =>
        `host.${camel(of.name)}${name}(${args.join(', ')})`
      return `/** A body of the interface \`${of.name}\`. */
export class ${streamClass(of)} extends BodyStream {
  read(at: usize, count: u32): u32 {
    return ${host('StreamRead', 'this.bytes', 'at', 'count')}
  }

  readLater(at: usize, count: u32): u32 {
    return ${host('StreamReadAsync', 'this.bytes', 'at', 'count')}
  }

  readEnd(at: usize): u32 {
    return ${host('FutureRead', 'this.end', 'at')}
  }

  readEndLater(at: usize): u32 {
    return ${host('FutureReadAsync', 'this.end', 'at')}
  }

  cancelRead(): u32 {
    return ${host('StreamCancelReadAsync', 'this.bytes')}
  }

  cancelReadEnd(): u32 {
    return ${host('FutureCancelReadAsync', 'this.end')}
  }

  drop(): void {
    ${host('StreamDropReadable', 'this.bytes')}
    ${host('FutureDropReadable', 'this.end')}
  }
}`
    })
    .join('\n\n')
}

function bodies(): Bodies[] {
  return interfaces.flatMap((of) => {
    for (const { name, type } of of.functions) {
      const parts = [...type.params.map((param) => param.type), type.result]
      const kinds = parts.flatMap(endsOf).map((end) => end.kind)
      const [stream, future] = [kinds.indexOf('stream'), kinds.indexOf('future')]
      if (stream >= 0 && future >= 0) return [{ of, name, stream, future }]
    }
    return []
  })
}

function takes({ of, name }: Bodies): boolean {
  const made = of.functions.find((each) => each.name === name)
  return made?.type.params.some((param) => endsOf(param.type).length > 0) ?? false
}
