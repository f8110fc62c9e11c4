/**
 * Refuses agents that would work less well in the process of a group than on the serving thread, by the reason.
 *
 * @module
 */
import { LIFT_BUDGET_BYTES, type ValueType } from '../abi/index.ts'
import { REQUEST_BODY_INTERFACE, type SiteRequest } from '../agents/index.ts'
import { MayflyError } from '../errors/index.ts'

// It takes the body of a request as one value. Other handlers read it in pieces.
const WHOLE_BODIES = 'mayfly:agent/handler'

/** @throws {MayflyError} ERR_COMPONENT_UNSUPPORTED */
export function admitIsolated({ manifest, plan }: Pick<SiteRequest, 'manifest' | 'plan'>): void {
  const { name, limits } = manifest
  refuseStreams(name, plan.imports)
  const takesWhole = plan.exports.some((each) => each.name.startsWith(WHOLE_BODIES))
  if (!takesWhole || limits.requestBodyBytes <= LIFT_BUDGET_BYTES) return
  throw new MayflyError(
    'ERR_COMPONENT_UNSUPPORTED',
    `Cannot isolate agent "${name}": its requests may have ${limits.requestBodyBytes} bytes, ${LIFT_BUDGET_BYTES} can be passed to another process`,
    {
      hint: `Set limits.requestBodyBytes in the agent.json of "${name}" to ${LIFT_BUDGET_BYTES} at most, or serve it without --isolate`,
      facts: { agent: name },
    },
  )
}

// Bodies that may be streams: an agent that is isolated gets them whole.
const BODIES: ReadonlyMap<string, string> = new Map([
  [REQUEST_BODY_INTERFACE, 'take'],
  ['mayfly:agent/http', 'open'],
])

/** A component for WASI 0.3 would fail at its first call: its streams stay in one process. */
function refuseStreams(name: string, imports: SiteRequest['plan']['imports']): void {
  const streaming = imports.find(
    ({ used, interface: face, name: called, type: { params, result } }) =>
      used &&
      BODIES.get(face.replace(/@.*/, '')) !== called &&
      [...params.map(({ type }) => type), result].some(passesEnd),
  )
  if (streaming === undefined) return
  throw new MayflyError(
    'ERR_COMPONENT_UNSUPPORTED',
    `Cannot isolate agent "${name}": "${streaming.name}" of "${streaming.interface}" passes a stream or a future, which do not cross to another process`,
    {
      hint: `Build "${name}" for WASI 0.2, or serve it without --isolate`,
      facts: { agent: name, interface: streaming.interface },
    },
  )
}

/** Whether a value of `type` may hold the end of a stream or a future. */
function passesEnd(type: ValueType | undefined): boolean {
  switch (type?.kind) {
    case 'stream':
    case 'future':
      return true
    case 'option':
      return passesEnd(type.some)
    case 'list':
      return passesEnd(type.element)
    case 'map':
      return passesEnd(type.key) || passesEnd(type.value)
    case 'tuple':
      return type.elements.some(passesEnd)
    case 'record':
      return type.fields.some((field) => passesEnd(field.type))
    case 'variant':
      return type.cases.some((each) => passesEnd(each.type))
    case 'result':
      return passesEnd(type.ok) || passesEnd(type.error)
    default:
      return false
  }
}
