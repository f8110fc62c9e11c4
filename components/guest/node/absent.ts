/**
 * Stands in for a module that an agent does not have: it can be imported and looked at, and every use is an error that
 * names the module, the file that imports it and the remedy.
 *
 * @module
 */

/**
 * Returns the exports of the module `name`. `user` is the file that imports it, with its line, and `remedy` a sentence.
 *
 * The names are inherited: a bundler copies an object that has them itself, name by name.
 */
export function absent(name: string, user: string, remedy: string): object {
  const reason = `an agent runs without Node.js. ${remedy}`
  const all: object = Object.create(
    new Proxy(
      {},
      { get: (_, key) => (key === 'default' ? all : partOf(known, name, key, user, reason)) },
    ),
  ) as object
  const known = new Map<string, unknown>()
  return all
}

/** Returns what stands for the value `name`, which `place` has elsewhere. `reason` ends the sentence of the error. */
export function unavailable(name: string, place: string, reason: string): unknown {
  return partNamed(name, place, reason)
}

/** Throws as `require` of a module that is not there does: for code that asks first. */
export function refuse(name: string, user: string): never {
  throw Object.assign(new Error(`Cannot find module '${name}', which ${user} asks for`), {
    code: 'MODULE_NOT_FOUND',
  })
}

function partOf(
  known: Map<string, unknown>,
  name: string,
  key: string | symbol,
  user: string,
  reason: string,
): unknown {
  // Asked by the engine and by bundlers: of promises, and of modules of both kinds.
  if (typeof key === 'symbol' || key === 'then' || key === '__esModule') return undefined
  const part = known.get(key) ?? partNamed(`${name}.${key}`, user, reason)
  known.set(key, part)
  return part
}

/** A function and a class, and an object with such parts. */
function partNamed(name: string, user: string, reason: string): unknown {
  const known = new Map<string, unknown>()
  function part(): never {
    const text = `Cannot use "${name}" in ${user}: ${reason}`
    throw Object.assign(new Error(text), { code: 'ERR_NOT_AVAILABLE' })
  }
  return new Proxy(part, {
    get: (target, key) =>
      key in target
        ? (Reflect.get(target, key) as unknown)
        : partOf(known, name, key, user, reason),
  })
}
