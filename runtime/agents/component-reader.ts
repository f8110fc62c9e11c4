/**
 * Reads components, and recognises those whose code is known.
 *
 * @module
 */
import {
  decodeComponent,
  FUNCTIONS_SECTION,
  moved,
  takeComponentApart,
  type DeclaredState,
  type Initialisers,
  type Skeleton,
} from '../binary/index.ts'
import { webSha256 } from '../digest/index.ts'
import { makePlan, type LinkPlan } from '../link/index.ts'
import { KnownCode, type States } from './known-code.ts'

// An agent of a language that is compiled has code of its own: with many of these the codes of engines must stay.
const MAX_KNOWN = 32
// Of the plan as text. That of a JavaScript agent has 40,000.
const MAX_PLAN_CHARACTERS = 262_144

/** A component with its plan. */
export interface ReadComponent {
  readonly component: Uint8Array
  readonly plan: LinkPlan
  /** Absent when the component cannot be recognised. */
  readonly apart?: { readonly key: string; readonly layout: Skeleton['layout'] } | undefined
  readonly states: States
  /** What is known of its code. */
  readonly known?: KnownCode | undefined
}

export class ComponentReader {
  /** By hash of the skeleton, the longest unused first. */
  readonly #known = new Map<string, KnownCode>()

  /** @throws {MayflyError} ERR_COMPONENT_MALFORMED with the offset, ERR_COMPONENT_UNSUPPORTED */
  async read(component: Uint8Array): Promise<ReadComponent> {
    const skeleton = takeComponentApart(component)
    if (skeleton === undefined)
      return { component, plan: makePlan(decodeComponent(component), component), states: [] }
    const { layout } = skeleton
    const key = await webSha256(skeleton.bytes)
    const known = this.#known.get(key)
    const plan = known && planOf(known, layout)
    const states = plan && statesOf(plan, skeleton)
    if (known !== undefined && plan !== undefined && states !== undefined && known.covers(states)) {
      this.#keep(key, known)
      return { component, plan, apart: { key, layout }, states, known }
    }
    const made = makePlan(decodeComponent(component), component)
    return { component, plan: made, apart: { key, layout }, states: statesOf(made, skeleton) }
  }

  /** Keeps what was found out about `read`. Returns it, unless that is too large to be kept. */
  learn(
    { apart, plan, states }: ReadComponent,
    features: readonly string[],
    declared: readonly DeclaredState[],
    data: readonly Initialisers[],
  ): KnownCode | undefined {
    if (apart === undefined || JSON.stringify(plan).length > MAX_PLAN_CHARACTERS) return undefined
    const known = new KnownCode({ plan, layout: apart.layout, states, data })
    known.examined(features, declared)
    this.#keep(apart.key, known)
    return known
  }

  #keep(key: string, known: KnownCode): void {
    this.#known.delete(key)
    this.#known.set(key, known)
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= MAX_KNOWN) return
      this.#known.delete(oldest)
    }
  }
}

/** The plan of another component with the same skeleton. */
function planOf({ plan, layout: before }: KnownCode, after: Skeleton['layout']): LinkPlan {
  return {
    ...plan,
    modules: plan.modules.map((range) => moved(range, before, after)),
    customSections: plan.customSections
      // Of the first component alone.
      .filter(({ name }) => name !== FUNCTIONS_SECTION)
      .map(({ name, start, end }) => ({ name, ...moved({ start, end }, before, after) })),
  }
}

function statesOf({ modules }: LinkPlan, { layout, states }: Skeleton): States {
  return modules.map(({ start }) => {
    const index = layout.modules.findIndex((each) => each.start === start)
    return states[index]
  })
}
