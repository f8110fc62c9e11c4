/**
 * Which grants a component needs: asked of the capabilities themselves, with a manifest that grants nothing.
 *
 * @module
 */
import { GRANT_KINDS } from '../../../../runtime/capabilities/grants.ts'
import {
  listedName,
  REQUEST_BODY_INTERFACE,
  RESPONSE_BODY_INTERFACE,
} from '../../../../runtime/agents/index.ts'
import type { LinkPlan } from '../../../../runtime/link/index.ts'
import { manifestFromObject } from '../../../../runtime/manifest/index.ts'
import { standardCapabilities } from '../../../../runtime/presets/index.ts'

export interface NeededGrant {
  /** The key in `capabilities` of agent.json; for an interface that this host does not answer, its name. */
  readonly name: string
  /** It links without a grant: the component says it may never call it, or there is an answer without one. */
  readonly optional: boolean
}

/**
 * The grants that the imports in `plan` need, by name. Types alone need none.
 *
 * @param optional - interfaces, with version, that the component says it may never call
 */
export async function neededGrants(
  { imports }: LinkPlan,
  optional: ReadonlySet<string>,
): Promise<NeededGrant[]> {
  const answers = await answersByInterface()
  const needs = new Map<string, boolean>()
  for (const path of new Set(imports.map(({ interface: face, name }) => face || name))) {
    const listed = listedName(path, (each) => answers.has(each))
    const need = answers.get(listed) ?? { name: path, optional: false }
    if (need === 'nothing') continue
    const { name } = need
    // If one interface of a capability is needed, the capability is, even if its other interfaces are optional.
    needs.set(name, (needs.get(name) ?? true) && (need.optional || optional.has(path)))
  }
  return [...needs]
    .map(([name, isOptional]) => ({ name, optional: isOptional }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

async function answersByInterface(): Promise<Map<string, NeededGrant | 'nothing'>> {
  const agent = 'inspected'
  const given: Readonly<Record<string, unknown>> = {
    ...manifestFromObject({ name: agent }).capabilities,
  }
  const answers = new Map<string, NeededGrant | 'nothing'>([
    [REQUEST_BODY_INTERFACE, 'nothing'],
    [RESPONSE_BODY_INTERFACE, 'nothing'],
  ])
  for (const capability of standardCapabilities()) {
    const { name, interfaces } = capability
    await using configured = await capability.configure({ agent, grant: given[name] })
    const needsNone = !GRANT_KINDS.has(name) || given[name] !== undefined
    const need = needsNone ? 'nothing' : { name, optional: configured.granted }
    for (const path of interfaces) answers.set(path, need)
  }
  return answers
}
