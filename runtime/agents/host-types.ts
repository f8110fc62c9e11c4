/**
 * Compares the imports of a component with the types of the host's functions.
 *
 * A component declares the types of its imports itself, and lowering follows these types. Without this check a guest
 * could hand a text to a capability that counts the bytes of a list.
 *
 * @module
 */
import { MayflyError } from '../errors/index.ts'
import { TypeTexts, type ImportedFunction, type LinkPlan } from '../link/index.ts'
import { splitInterface } from './split-interface.ts'

/** Types of functions, as `TypeTexts` writes them: texts, because a bundle would carry the quotes of each. */
export interface HostTypes {
  /** The types that `$0`, `$1`, … stand for, with spaces between them. */
  readonly types: string
  /**
   * By interface, without version, or with one such as `@0.2` where there are several: name and type of each function in
   * turn, with spaces between them. The names of methods have no `[method]`. An interface of `mayfly:` or `wasi:` that is
   * not listed is refused; other ones are the embedder's, and not compared.
   */
  readonly functions: Readonly<Record<string, string>>
}

// Packages whose types the host knows.
const HOST_PACKAGES = /^(mayfly|wasi):/

/** Says why an import is none of the host's functions; nothing when it is one, or its interface is the embedder's. */
export type TypeCheck = (imported: ImportedFunction, agent: string) => MayflyError | undefined

export function typeCheck(
  { types, functions }: HostTypes,
  { resources }: Pick<LinkPlan, 'resources'>,
): TypeCheck {
  const texts = new TypeTexts(types.split(' '))
  // Packages that are listed with this version, such as `mayfly:agent@0.2`.
  const versioned = new Set(Object.keys(functions).map((path) => path.replace(/\/[^@]*/, '')))
  return function check(imported, agent) {
    const { name, version } = splitInterface(imported.interface)
    const minor = `@${/^\d+\.\d+/.exec(version ?? '')?.[0] ?? ''}`
    const listed = versioned.has(name.replace(/\/.*/, minor)) ? `${name}${minor}` : name
    const known = Object.hasOwn(functions, listed) ? functions[listed] : undefined
    if (known === undefined) return HOST_PACKAGES.test(name) ? unlisted(imported, agent) : undefined
    const words = known.split(' ')
    const at = words.indexOf(imported.name.replace('[method]', ''))
    const type = at === -1 ? undefined : words[at + 1]
    if (type === texts.ofFunction(imported.type, resources)) return undefined
    const state = type === undefined ? 'no such function' : 'its type is another'
    return new MayflyError(
      'ERR_IMPORT_UNSATISFIED',
      `Cannot link "${imported.name}" of "${imported.interface}" into agent "${agent}": ${state}`,
      {
        hint: `Build it against the host's WIT of ${name.replace(/\/.*/, '')}`,
        facts: { agent, interface: imported.interface, function: imported.name },
      },
    )
  }
}

function unlisted({ interface: path, name }: ImportedFunction, agent: string): MayflyError {
  return new MayflyError(
    'ERR_IMPORT_UNSATISFIED',
    `Cannot link "${name}" of "${path}" into agent "${agent}": its type is unknown`,
    {
      hint: 'The host does not know its types. Pass it as "imports" to runtime.load',
      facts: { agent, interface: path, function: name },
    },
  )
}
