/** Stands in for `node-host.ts` where an agent has no host that Mayfly's library knows. @module */
export { format, inspect } from '../web/inspect.ts'

export function allConfig(): [name: string, value: string][] {
  return []
}
