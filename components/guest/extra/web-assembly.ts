/**
 * `WebAssembly`, which refuses to compile. An agent is metered code that the host has read before it runs, and code that an
 * agent makes at run time would be neither.
 *
 * The names are there so that packages see a platform that has WebAssembly and forbids it, as others do, and take the way
 * that they have for it.
 *
 * @module
 */

import { define } from './define.ts'

const HINT =
  'the host runs only WebAssembly that it has checked and metered before. Build the module as an agent of its own and call it as a tool, or use a package without WebAssembly'

class CompileError extends Error {}
class LinkError extends Error {}
class RuntimeError extends Error {}

class Module {
  constructor() {
    throw refused('compile WebAssembly')
  }

  static readonly customSections = notAModule
  static readonly exports = notAModule
  static readonly imports = notAModule
}

class Instance {
  constructor() {
    notAModule()
  }
}

const KINDS = {
  Exception: 'an exception',
  Global: 'a global',
  Memory: 'a memory',
  Table: 'a table',
  Tag: 'a tag',
}

const namespace = {}
define(
  {
    CompileError,
    Instance,
    LinkError,
    Module,
    RuntimeError,
    ...Object.fromEntries(Object.entries(KINDS).map(([name, what]) => [name, refusing(what)])),
    compile: refuse,
    compileStreaming: refuse,
    instantiate: refuse,
    instantiateStreaming: refuse,
    validate,
  },
  namespace,
)
for (const each of [CompileError, LinkError, RuntimeError]) {
  define({ name: each.name, message: '' }, each.prototype)
}
Object.defineProperty(namespace, Symbol.toStringTag, { value: 'WebAssembly', configurable: true })
define({ WebAssembly: namespace })

/** No bytes are a module that can be compiled here. So packages that ask find out, and do not fail. */
function validate(bytes: unknown): boolean {
  if (bytes instanceof ArrayBuffer || ArrayBuffer.isView(bytes)) return false
  throw new TypeError('Cannot validate: the argument is no ArrayBuffer and no view of one')
}

async function refuse(): Promise<never> {
  throw refused('compile WebAssembly')
}

/** A class without instances, for `instanceof`. */
function refusing(what: string): new () => object {
  return class {
    constructor() {
      throw refused(`make ${what} of WebAssembly`)
    }
  }
}

function notAModule(): never {
  throw new TypeError(
    `Cannot use the argument: not a WebAssembly.Module, and none can be made: ${HINT}`,
  )
}

function refused(action: string): CompileError {
  return new CompileError(`Cannot ${action} in an agent: ${HINT}`)
}
