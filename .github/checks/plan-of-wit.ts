/** The link plan of a component that only imports all interfaces of a world. @module */
import { componentEmbed, componentNew } from '@bytecodealliance/jco'
import { decodeComponent } from '../../runtime/binary/index.ts'
import { makePlan, type LinkPlan } from '../../runtime/link/index.ts'

/**
 * @param witSource - one or more packages
 * @param worldName - the world; may be left out where there is one
 */
export async function planOfWit(witSource: string, worldName?: string): Promise<LinkPlan> {
  const world = worldName === undefined ? {} : { worldName }
  const options = { dummy: true, stringEncoding: 'utf8', witSource, ...world }
  // The declared type asks for more than is read.
  const embedded = await componentEmbed(options as Parameters<typeof componentEmbed>[0])
  const component = await componentNew(embedded)
  return makePlan(decodeComponent(component), component)
}
