/**
 * Refuses a component that lacks an export which its manifest has the host call without a request.
 *
 * @module
 */
import { MayflyError } from '../errors/index.ts'
import type { LinkPlan } from '../link/index.ts'
import type { Manifest } from '../manifest/index.ts'

/** Called for a run of a schedule. */
export const SCHEDULED = 'mayfly:agent/scheduled#run'
/** Called with messages of a queue. */
export const CONSUMER = 'mayfly:agent/consumer#deliver'
/** Called with the name of a function that the agent declares, and JSON. */
export const DECLARED = 'mayfly:agent/functions#call'

/**
 * @param declared - the functions that the component says it has
 * @throws {MayflyError} ERR_EXPORT_MISSING
 */
export function checkEvents(
  { name, schedule, consumes }: Pick<Manifest, 'name' | 'schedule' | 'consumes'>,
  { exports }: Pick<LinkPlan, 'exports'>,
  declared: readonly unknown[],
): void {
  const exported = new Set(exports.map((each) => each.name.replace(/@.*/, '')))
  if (schedule !== undefined) require('schedule', SCHEDULED)
  if (consumes !== undefined) require('consumes', CONSUMER)
  if (declared.length > 0) require(undefined, DECLARED)

  function require(field: string | undefined, path: string): void {
    const [wanted = ''] = path.split('#')
    if (exported.has(wanted)) return
    throw new MayflyError(
      'ERR_EXPORT_MISSING',
      `Cannot load agent "${name}": ${field === undefined ? 'it declares functions' : `its agent.json has "${field}"`}, and it does not export "${wanted}"`,
      {
        hint: `Export it, as wit/${wanted.replace(/.*\//, '')}.wit has it, or take ${field === undefined ? 'the section out' : `"${field}" out`}`,
        facts: { agent: name, interface: wanted },
      },
    )
  }
}

/** Whether the host alone calls a function: the agent may take for true what it is given, or has other names for it. */
export function isOfEvents(name: string): boolean {
  return [SCHEDULED, CONSUMER, DECLARED].includes(name.replace(/@[^#]*/, ''))
}
