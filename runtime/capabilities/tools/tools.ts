/**
 * Other agents as tools. The manifest names each tool, and may narrow the tool's own grants for these calls.
 *
 * The runtime itself is the driver. A tool has its own grants, never those of its caller. This folder decides only
 * whether a call is allowed, and what the caller learns of its end.
 *
 * @module
 */
import type {
  AgentLinks,
  Capability,
  ConfiguredModule,
  Imports,
  InvocationContext,
} from '../../host-module/index.ts'
import type { ToolGrant } from './grant.ts'
import { countInMemory, leaseLeftMs, type CountUse } from '../../policy/index.ts'
import type { ServiceRequest } from '../../wasi/http/index.ts'
import { handle, isNextHandler, NEXT_HANDLER } from './next-handler.ts'
import { StartedCalls } from './started-calls.ts'
import { ToolCall } from './tool-call.ts'
import type { Tool } from './tool.ts'

type ToolGrants = Readonly<Record<string, ToolGrant>>

export function tools(): Capability {
  return {
    name: 'tools',
    interfaces: ['mayfly:agent/tools', NEXT_HANDLER],
    suspends: [
      ...['call', 'call-for-blob', 'take', 'take-blob'].map((name) => `mayfly:agent/tools#${name}`),
      `${NEXT_HANDLER}#handle`,
    ],
    example: '"tools": { "search": {} }',
    examples: { [NEXT_HANDLER]: '"tools": { "next": { "provides": ["wasi:http/handler"] } }' },
    configure({ grant, agents, countUse = countInMemory() }): ConfiguredModule {
      const known = openTools(grant, agents)
      return {
        granted: known.size > 0,
        covers: (path) =>
          path === NEXT_HANDLER
            ? [...known.values()].some(({ grant }) => grant.provides?.some(isNextHandler))
            : known.size > 0,
        provides: [...known.values()].flatMap(({ grant: { provides = [] } }) => provides),
        prepare: (context) => ({
          ...linkedInterfaces(context, known, countUse),
          'mayfly:agent/tools': toolFunctions(context, known, countUse),
          [NEXT_HANDLER]: {
            handle: (request: ServiceRequest) => handle(request, { context, known, countUse }),
          },
        }),
        attenuate(narrowed) {
          const left = (narrowed ?? {}) as ToolGrants
          for (const [name, tool] of known) {
            const grantLeft = Object.hasOwn(left, name) ? left[name] : undefined
            if (grantLeft === undefined) known.delete(name)
            else tool.grant = grantLeft
            if (grantLeft !== undefined && leaseLeftMs(grantLeft) > 0) continue
            for (const cut of tool.waiting) cut()
          }
        },
        async [Symbol.asyncDispose]() {},
      }
    },
  }
}

function openTools(grant: unknown, agents: AgentLinks | undefined): Map<string, Tool> {
  // The manifest's parser has checked the shape.
  const granted = Object.entries((grant ?? {}) as ToolGrants)
  if (agents === undefined) return new Map()
  return new Map(
    granted.map(([name, tool]) => {
      const { agent, narrow = {}, revoke = [] } = tool
      const link = agents.open({ agent, attenuation: { narrow, revoke } })
      return [name, { link, grant: tool, waiting: new Set() }]
    }),
  )
}

function toolFunctions(
  context: InvocationContext,
  known: ReadonlyMap<string, Tool>,
  countUse: CountUse,
): Imports[string] {
  const started = new StartedCalls(context)
  const admit = (name: string): ToolCall => ToolCall.admit(name, { context, known, countUse })
  return {
    call: (name: string, input: string, blobs: readonly unknown[] = []) => {
      const call = admit(name)
      call.requireText()
      return started.run(call, input, blobs, (outcome) => call.text(outcome))
    },
    callForBlob: (name: string, input: string, blobs: readonly unknown[]) => {
      const call = admit(name)
      return started.run(call, input, blobs, (outcome) => call.blob(outcome))
    },
    start: (name: string, input: string, blobs: readonly unknown[] = []) =>
      started.start(admit(name), input, blobs),
    take: (pending: number) => started.take(pending),
    takeBlob: (pending: number) => started.takeBlob(pending),
    cancel: (pending: number) => started.cancel(pending),
  }
}

/** The interfaces that tools provide, each function of them a call of the tool's export. */
function linkedInterfaces(
  context: InvocationContext,
  known: ReadonlyMap<string, Tool>,
  countUse: CountUse,
): Record<string, Imports[string]> {
  const interfaces: Record<string, Imports[string]> = {}
  for (const [name, { grant }] of known) {
    for (const path of grant.provides ?? []) {
      if (isNextHandler(path)) continue
      // Which functions there are, only the caller's imports say: each is looked up when it is called.
      interfaces[path] = new Proxy<Imports[string]>(
        {},
        {
          get: (_, member) =>
            function callLinked(...args: unknown[]): unknown {
              const call = ToolCall.admit(name, { context, known, countUse })
              return call.callExport(`${path}#${String(member)}`, args)
            },
        },
      )
    }
  }
  return interfaces
}
