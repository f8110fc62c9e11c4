/**
 * Other agents, each named in the manifest with what it keeps of its own grants when it is called.
 *
 * The runtime itself is the driver. What is called has its own grants, never those of its caller: this file
 * decides only whether it may be called, and what the caller learns of the end.
 *
 * @module
 */
import {
  GuestError,
  type AgentLink,
  type AgentLinks,
  type Capability,
  type CapabilityEvent,
  type ConfiguredCapability,
  type Imports,
  type InvocationContext,
  type LinkOutcome,
} from '../../capability/index.ts'
import type { ToolGrant } from '../../manifest/index.ts'
import { countInMemory, useLease, type CountUse } from '../../policy/index.ts'

/** `error` of tools.wit. */
type Refusal = 'denied' | 'limited' | 'malformed' | 'failed' | 'unavailable'

type ToolGrants = Readonly<Record<string, ToolGrant>>

interface Tool {
  readonly link: AgentLink
  grant: ToolGrant
}

// What says that the tool ran and could not use what it was given.
const MALFORMED_STATUSES: ReadonlySet<number> = new Set([400, 413, 422])

export function tools(): Capability {
  return {
    name: 'tools',
    interfaces: ['mayfly:agent/tools'],
    example: '"tools": { "search": {} }',
    configure({ grant, agents, countUse = countInMemory() }): ConfiguredCapability {
      const known = openTools(grant, agents)
      return {
        granted: known.size > 0,
        provides: [...known.values()].flatMap(({ grant: { provides = [] } }) => provides),
        prepare: (context) => ({
          ...linkedInterfaces(context, known, countUse),
          'mayfly:agent/tools': {
            call: (name: string, input: string) =>
              new ToolCall(context, name).make(known, input, countUse),
          },
        }),
        narrow(narrowed) {
          const left = (narrowed ?? {}) as ToolGrants
          for (const [name, tool] of known) {
            const grantLeft = Object.hasOwn(left, name) ? left[name] : undefined
            if (grantLeft === undefined) known.delete(name)
            else tool.grant = grantLeft
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
      const link = agents.open({ agent, narrowing: { narrow, revoke } })
      return [name, { link, grant: tool }]
    }),
  )
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
      // Which functions there are, only the caller's imports say: each is looked up when it is called.
      interfaces[path] = new Proxy<Imports[string]>(
        {},
        {
          get: (_, member) =>
            function callLinked(...args: unknown[]): unknown {
              const exported = `${path}#${String(member)}`
              return new ToolCall(context, name).callExport(known, exported, args, countUse)
            },
        },
      )
    }
  }
  return interfaces
}

/** One call of one tool. */
class ToolCall {
  readonly #context: InvocationContext
  readonly #name: string
  #bytesOut = 0

  constructor(context: InvocationContext, name: string) {
    this.#context = context
    this.#name = name
  }

  /** @throws {GuestError} */
  make(
    known: ReadonlyMap<string, Tool>,
    input: string,
    countUse: CountUse,
  ): string | Promise<string> {
    const tool = this.#admit(known, countUse)
    const body = new TextEncoder().encode(input)
    this.#bytesOut = body.byteLength
    const outcome = tool.link.post(this.#context, `/${encodeURIComponent(this.#name)}`, body)
    if (!(outcome instanceof Promise)) return this.#finish(outcome)
    return outcome.then((settled) => this.#finish(settled))
  }

  /**
   * Calls a function the tool exports. What it throws is the caller's own error, or traps the caller.
   *
   * @throws {GuestError}
   */
  callExport(
    known: ReadonlyMap<string, Tool>,
    exported: string,
    args: readonly unknown[],
    countUse: CountUse,
  ): unknown {
    const tool = this.#admit(known, countUse)
    let result: unknown
    try {
      result = tool.link.call(this.#context, exported, args)
    } catch (error) {
      return this.#fail(error)
    }
    if (!(result instanceof Promise)) return this.#succeed(result)
    return result.then(
      (value: unknown) => this.#succeed(value),
      (error: unknown) => this.#fail(error),
    )
  }

  /** @throws {GuestError} */
  #admit(known: ReadonlyMap<string, Tool>, countUse: CountUse): Tool {
    const tool = known.get(this.#name)
    if (tool === undefined) {
      return this.#refuse('denied', `Add "${this.#name}": {} to capabilities.tools`)
    }
    const ended = useLease(`tools.${this.#name}`, tool.grant, countUse)
    if (ended !== undefined) this.#refuse('denied', `Deploy again with a new lease (${ended})`)
    if (!this.#context.budget.take('toolCalls')) this.#refuse('limited', 'Raise limits.toolCalls')
    return tool
  }

  #succeed(value: unknown): unknown {
    this.#record('allowed', { rule: `tools.${this.#name}` })
    return value
  }

  #fail(error: unknown): never {
    this.#record('failed', { hint: String(error) })
    throw error
  }

  #finish(outcome: LinkOutcome): string {
    if (outcome.state !== 'answered') return this.#refuse(outcome.state, outcome.hint)
    const { status, body } = outcome
    if (status < 200 || status > 299) {
      const state = MALFORMED_STATUSES.has(status) ? 'malformed' : 'failed'
      return this.#refuse(state, `The tool answered with status ${status}`)
    }
    const text = decode(body)
    if (text === undefined) return this.#refuse('failed', 'The tool answered what is not UTF-8')
    this.#record('allowed', { rule: `tools.${this.#name}`, bytesIn: body.byteLength })
    return text
  }

  #refuse(refusal: Refusal, hint: string): never {
    const outcome = refusal === 'denied' || refusal === 'limited' ? refusal : 'failed'
    this.#record(outcome, { hint })
    throw new GuestError(refusal)
  }

  #record(outcome: CapabilityEvent['outcome'], facts: Partial<CapabilityEvent>): void {
    this.#context.record({
      capability: 'tools',
      action: 'call',
      target: this.#name,
      outcome,
      bytesOut: this.#bytesOut,
      ...facts,
    })
  }
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}
