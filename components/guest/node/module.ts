/** `node:module`: an agent is one module already. @module */
export const builtinModules: string[] = []
export const isBuiltin = (): boolean => false

/** Returns a `require` that finds nothing. */
export function createRequire(): (name: string) => never {
  return (name) => {
    const text = `Cannot find module '${name}': the bundle of an agent has what it imports by name`
    throw Object.assign(new Error(text), { code: 'MODULE_NOT_FOUND' })
  }
}

export default { builtinModules, createRequire, isBuiltin }
