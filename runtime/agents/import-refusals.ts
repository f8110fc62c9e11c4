/**
 * The errors for imports that are not linked, with what would link them.
 *
 * @module
 */
import type { Capability, HostModule } from '../host-module/index.ts'
import { MayflyError } from '../errors/index.ts'
import type { ImportedFunction } from '../link/index.ts'
import { splitInterface } from './split-interface.ts'

/** The module that would answer an import, if it was granted. */
export interface Ungranted {
  readonly agent: string
  readonly capability: HostModule | undefined
  /** The interface, as the module has it. */
  readonly listed: string
}

/** Where an import has no provider. */
export interface Unanswered {
  readonly agent: string
  readonly capabilities: readonly { readonly capability: HostModule }[]
  /** Nearest names found so far, kept because an interface may have thousands of functions. */
  readonly near: Map<string, string>
}

/** It passes a resource, and another agent is to answer it. */
export function passesResource(imported: ImportedFunction, agent: string): MayflyError {
  return new MayflyError(
    'ERR_IMPORT_UNSATISFIED',
    `Cannot link "${imported.name}" of "${imported.interface}" into agent "${agent}": agents pass values to each other, not resources`,
    {
      hint: `Take and return values, or compose the two components into one and load that`,
      facts: { agent, interface: imported.interface, function: imported.name },
    },
  )
}

/** Nothing grants it. */
export function denied(
  imported: ImportedFunction,
  { capability, listed, agent }: Ungranted,
): MayflyError {
  return new MayflyError(
    'ERR_CAPABILITY_DENIED',
    `Cannot link "${imported.interface}" into agent "${agent}": not granted`,
    {
      hint: `Add ${exampleOf(capability, listed)} to "capabilities" in agent.json of "${agent}"`,
      facts: { agent, interface: imported.interface, capability: capability?.name ?? '' },
    },
  )
}

function exampleOf(module: HostModule | undefined, path: string): string {
  if (module === undefined || !('example' in module)) return ''
  // The cast: modules with an example are capabilities.
  const { example, examples = {} } = module as Capability
  return examples[path] ?? example
}

/** Nothing answers it. */
export function unsatisfied(imported: ImportedFunction, options: Unanswered): MayflyError {
  const what = imported.interface === '' ? `function "${imported.name}"` : `"${imported.interface}"`
  const known = options.capabilities.flatMap(({ capability }) => capability.interfaces)
  const near = options.near.get(imported.interface) ?? nearest(imported.interface, known)
  options.near.set(imported.interface, near)
  return new MayflyError(
    'ERR_IMPORT_UNSATISFIED',
    `Cannot link ${what} into agent "${options.agent}": no provider`,
    {
      hint: `Pass it as "imports" to runtime.load. ${near}`,
      facts: { agent: options.agent, interface: imported.interface, function: imported.name },
    },
  )
}

/** Names the provided interface that differs least from `path`. */
function nearest(path: string, known: readonly string[]): string {
  const { name } = splitInterface(path)
  const distances = known.map((each): [number, string] => [distance(name, each), each])
  const [least] = distances.toSorted(([left], [right]) => left - right)
  return least === undefined
    ? 'The host provides none'
    : `The nearest that the host provides is "${least[1]}"`
}

/** How many characters must be added, taken away or replaced (Levenshtein). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (const [line, letter] of [...from].entries()) {
    const next = [line + 1]
    for (let at = 0; at < to.length; at++) {
      const replaced = (row[at] ?? 0) + (to[at] === letter ? 0 : 1)
      next.push(Math.min(replaced, (row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}

/** The host answers another version of it. */
export function wrongVersion(
  imported: ImportedFunction,
  provided: string,
  agent: string,
): MayflyError {
  const { name } = splitInterface(imported.interface)
  return new MayflyError(
    'ERR_IMPORT_UNSATISFIED',
    `Cannot link "${imported.interface}" into agent "${agent}": version ${provided} is provided`,
    {
      hint: `Build the component against ${name}@${provided}`,
      facts: { agent, interface: imported.interface },
    },
  )
}

/** One error for all that were refused; there is at least one. */
export function combine(errors: readonly MayflyError[]): MayflyError {
  const [first] = errors
  if (first !== undefined && errors.length === 1) return first
  const hints = new Set(errors.map((error) => error.hint ?? ''))
  return new MayflyError(
    first?.code ?? 'ERR_IMPORT_UNSATISFIED',
    errors.map((error) => error.message).join('\n'),
    { hint: [...hints].join('\n'), facts: first?.facts ?? {} },
  )
}
