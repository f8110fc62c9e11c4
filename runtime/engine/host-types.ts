/**
 * Compares what a component imports with what the host's functions are.
 *
 * A component declares the types of its imports itself. Lowering follows them, so without this a guest could hand a
 * capability a text where that counts the bytes of a list.
 *
 * @module
 */
import { MayflyError } from '../errors/index.ts'
import { TypeTexts, type ImportedFunction, type LinkPlan } from '../link/index.ts'
import { splitInterface } from './bind-imports.ts'

/** What functions take and return, as `TypeTexts` writes it. */
export interface HostTypes {
  /** What `$0`, `$1`, … stand for. */
  readonly types: readonly string[]
  /** By interface, without version, and name. What is not listed is not compared. */
  readonly functions: Readonly<Record<string, Readonly<Record<string, string>>>>
}

/** Says why an import is none of the host's functions; nothing when it is, or its interface is not listed. */
export type TypeCheck = (imported: ImportedFunction, agent: string) => MayflyError | undefined

export function typeCheck(
  { types, functions }: HostTypes,
  { resources }: Pick<LinkPlan, 'resources'>,
): TypeCheck {
  const texts = new TypeTexts(types)
  return function check(imported, agent) {
    const { name } = splitInterface(imported.interface)
    const known = Object.hasOwn(functions, name) ? functions[name] : undefined
    if (known === undefined) return undefined
    const type = Object.hasOwn(known, imported.name) ? known[imported.name] : undefined
    if (type === texts.ofFunction(imported.type, resources)) return undefined
    const state = type === undefined ? 'there is no such function' : 'its type is another'
    return new MayflyError(
      'ERR_IMPORT_UNSATISFIED',
      `Cannot link "${imported.name}" of "${imported.interface}" into agent "${agent}": ${state}`,
      {
        hint: `Build the component against the WIT of ${name.replace(/\/.*/, '')} that the host has`,
        facts: { agent, interface: imported.interface, function: imported.name },
      },
    )
  }
}
