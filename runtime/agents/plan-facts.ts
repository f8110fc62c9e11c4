/** Facts about a component that its link plan has, before anything is linked. @module */
import type { LinkPlan } from '../link/index.ts'
import { HANDLER_EXPORTS, WASI_PROGRAM } from '../serve/index.ts'

/** Whether it serves requests over HTTP. */
export function takesRequests({ exports }: LinkPlan): boolean {
  const names = exports.map(({ name }) => `${name.replace(/@.*$/, '')}#handle`)
  return HANDLER_EXPORTS.some((each) => each !== WASI_PROGRAM && names.includes(each))
}

/** Those that the component calls: one that it says it may never call is none. */
export function interfacesOf({ imports }: LinkPlan, optional: ReadonlySet<string>): string[] {
  const used = imports.filter((each) => each.used && !optional.has(each.interface))
  return [...new Set(used.map((each) => each.interface.replace(/@.*$/, '') || each.name))].sort()
}
