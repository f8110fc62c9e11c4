/** The grant `capabilities.tools`: other agents, each called with its own grants. @module */
import * as z from 'zod/mini'
import {
  AGENT_NAME,
  canonical,
  count,
  describe,
  integer,
  isTexts,
  leasedRecord,
  leaseFields,
  leaseText,
  name,
  type GrantKind,
  type Lease,
  type Power,
} from '../../grants/index.ts'

/**
 * Another agent that this one may call.
 *
 * @inline
 */
export interface ToolGrant extends Lease {
  readonly agent: string
  /** Fields that narrow the callee's own grants, by their places in its `capabilities`. */
  readonly narrow?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  /** The callee's own grants that do not hold in calls of this agent. */
  readonly revoke?: readonly string[]
  /** Results can be taken as blobs only, and handed to these tools, or to any; never read. */
  readonly opaque?: true | readonly string[]
  /** Interfaces this agent imports that the callee's exports satisfy. */
  readonly provides?: readonly string[]
  /** Functions of the callee that this agent may call by name, with JSON. */
  readonly functions?: readonly string[]
}

// Each runs on the stack of its caller, and a thread has about a megabyte of it.
const MAX_TOOL_DEPTH = 64
const MAX_TOOL_FAN_OUT = 1_000 // More than slots of any host

export const toolsGrant: GrantKind<
  Readonly<Record<string, ToolGrant>> | undefined,
  'toolCalls',
  'toolDepth' | 'toolFanOut'
> = {
  schema: (place) =>
    describe(
      z.optional(
        z.pipe(
          z.record(name('a tool name such as "search"'), toolSchema(place)),
          z.transform((tools) =>
            Object.fromEntries(
              Object.entries(tools).map(([tool, { agent = tool, ...rest }]) => [
                tool,
                { agent, ...rest },
              ]),
            ),
          ),
        ),
      ),
      'Other agents this one may call, by the name it calls them. Each runs with its own grants, never with those of this agent. Default: none.',
      { search: {}, notes: { agent: 'notebook', narrow: { 'kv.notes': { access: 'read' } } } },
    ),
  parts: leasedRecord<ToolGrant>({
    opaque: (value, { opaque, provides }) =>
      value === true
        ? (opaque === undefined && provides === undefined) || opaque === true
        : isTexts(value) &&
          provides === undefined &&
          (opaque === undefined || opaque === true || value.every((each) => opaque.includes(each))),
    functions: (value, { functions = [] }) =>
      isTexts(value) && value.every((each) => functions.includes(each)),
  }),
  powers: (tools) => Object.entries(tools).map(powerOf),
  hostSide: {
    quotas: {},
    quotasOf: () => [],
    usesOf: (tools) =>
      Object.entries(tools).map(([tool, { agent }]) => ({
        list: 'tools',
        name: agent,
        path: [tool, 'agent'],
      })),
  },
  budgets: {
    toolCalls: describe(
      z._default(count('calls'), 100),
      'Calls of other agents one invocation may make, those of its tools included. Default 100.',
    ),
  },
  bounds: {
    toolDepth: describe(
      z._default(integer(0, MAX_TOOL_DEPTH, 'a number of calls'), 8),
      'Calls of agents by agents that may be under way within each other when this one is called first. Default 8.',
    ),
    toolFanOut: describe(
      z._default(integer(0, MAX_TOOL_FAN_OUT, 'a number of calls'), 16),
      'Calls of other agents one invocation may have started and not yet taken the result of. Default 16.',
    ),
  },
}

function powerOf([tool, grant]: [string, ToolGrant]): Power {
  const { agent, narrow, revoke, opaque, provides, functions, ...lease } = grant
  const terms = { narrow, revoke, opaque, provides, functions }
  const callee = agent === tool ? '' : ` of agent ${agent}`
  const written = canonical(terms)
  const under = written === '{}' ? '' : ` with ${written}`
  return {
    text: `tools ${tool}${callee}${under}${leaseText(lease)}`,
    // Under another name it is the same agent that is called.
    subject: `tools ${agent}`,
    host: '',
    path: '',
    // Blobs are handed on by the names of tools, so the name is a condition.
    terms: canonical({ tool, ...terms }),
    bounds: {},
    lease,
  }
}

const INTERFACE_EXPECTED = 'an interface such as "acme:math/ops"'

function toolSchema(place: z.ZodMiniType<string>) {
  return z.strictObject({
    agent: describe(
      z.optional(
        z.string('the name of an agent').check(z.regex(AGENT_NAME, 'the name of an agent')),
      ),
      'Agent that is called. Default: the one of the same name.',
      'search',
    ),
    narrow: describe(
      z.optional(z.record(place, z.record(z.string(), z.unknown()))),
      'What the called agent keeps of its own grants when this agent calls it, by where they stand in its "capabilities". Never more than it has. Default: all of them.',
      { 'kv.notes': { access: 'read' } },
    ),
    revoke: describe(
      z.optional(z.array(place)),
      'Which of its own grants the called agent does not have when this agent calls it. Default: none.',
      ['http[0]'],
    ),
    opaque: describe(
      z.optional(
        z.union(
          [z.literal(true), z.array(z.string('the name of a tool'))],
          'true or a list of names of tools',
        ),
      ),
      'This agent can take results of the called agent as blobs only, which it can hand to other tools and never read: to the tools named here, or with true to any. Default: it can read them.',
      ['report'],
    ),
    provides: describe(
      z.optional(
        z.array(
          z
            .string(INTERFACE_EXPECTED)
            .check(
              z.regex(/^[a-z][\w-]*:[a-z][\w-]*\/[a-z][\w-]*(@[\w.+-]+)?$/, INTERFACE_EXPECTED),
            ),
        ),
      ),
      'Interfaces this agent imports and the called agent exports: linked to each other, each in its own sandbox. With "wasi:http/handler" this agent is a middleware, and the called agent is next. Default: none.',
      ['acme:math/ops'],
    ),
    functions: describe(
      z.optional(z.array(z.string('the name of a function').check(z.minLength(1)))),
      'Functions of the called agent that this agent may call with JSON, as "search#add": those that it exports, or declares in its code. Default: none.',
      ['add', 'acme:math/ops#add'],
    ),
    ...leaseFields,
  })
}
