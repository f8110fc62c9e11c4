/**
 * The list of grants. The manifest, the policy and the budgets are loops over it. A capability in this list has a key
 * in agent.json, can be revoked, narrowed and compared, and has its budgets in `limits`.
 *
 * The order of the list is the order of fields in agent.json and in all output for people.
 *
 * @module
 */
import type { GrantKind, Limited, LimitField } from '../grants/index.ts'
import { blobLimits } from './blob/grant.ts'
import { clockGrant } from './clock/grant.ts'
import { configGrant } from './config/grant.ts'
import { filesGrant } from './files/grant.ts'
import { httpGrant } from './http/grant.ts'
import { kvGrant } from './kv/grant.ts'
import { logGrant } from './log/grant.ts'
import { queueGrant } from './queue/grant.ts'
import { randomGrant } from './random/grant.ts'
import { secretsGrant } from './secrets/grant.ts'
import { toolsGrant } from './tools/grant.ts'
import { websocketGrant } from './websocket/grant.ts'

/** @inline */
interface Kinds {
  readonly http: typeof httpGrant
  readonly websocket: typeof websocketGrant
  readonly kv: typeof kvGrant
  readonly queue: typeof queueGrant
  readonly config: typeof configGrant
  readonly log: typeof logGrant
  readonly files: typeof filesGrant
  readonly tools: typeof toolsGrant
  readonly secrets: typeof secretsGrant
  readonly clock: typeof clockGrant
  readonly random: typeof randomGrant
}

const KINDS: Kinds = {
  http: httpGrant,
  websocket: websocketGrant,
  kv: kvGrant,
  queue: queueGrant,
  config: configGrant,
  log: logGrant,
  files: filesGrant,
  tools: toolsGrant,
  secrets: secretsGrant,
  clock: clockGrant,
  random: randomGrant,
}

/** The kinds of grants, by key in `capabilities` of agent.json. */
export const GRANT_KINDS: ReadonlyMap<string, GrantKind> = new Map<string, GrantKind>(
  Object.entries(KINDS),
)

type GrantOf<Kind> =
  Kind extends GrantKind<infer Grant, infer _Budget, infer _Bound> ? Grant : never
/** @inline */
type Grants = { readonly [Name in keyof Kinds]: GrantOf<Kinds[Name]> }
/** @inline */
type OnByDefault = {
  [Name in keyof Grants]: undefined extends Grants[Name] ? never : Name
}[keyof Grants]

/** The grants of an agent, beyond computing. An absent field grants nothing. */
export type Capabilities = Pick<Grants, OnByDefault> & {
  readonly [Name in Exclude<keyof Grants, OnByDefault>]?: Exclude<Grants[Name], undefined>
}

/** @inline */
type LimitedKind = Kinds[keyof Kinds] | typeof blobLimits
/** @inline */
type KeyOfEach<Fields> = Fields extends unknown ? keyof Fields : never

/**
 * Name of a budget that an invocation spends, together with the tools it calls.
 *
 * @useDeclaredType
 */
export type BudgetName = KeyOfEach<LimitedKind['budgets']>
type BoundName = KeyOfEach<LimitedKind['bounds']>

const LIMITED: readonly Limited[] = [...Object.values<Limited>({ ...KINDS }), blobLimits]

// It has the keys of every kind, and so has the type.
const BUDGETS = Object.assign({}, ...LIMITED.map(({ budgets }) => budgets)) as Readonly<
  Record<BudgetName, LimitField>
>

/**
 * The fields of `limits` that capabilities add.
 *
 * @inline
 */
export const LIMIT_FIELDS: Readonly<Record<BudgetName | BoundName, LimitField>> = Object.assign(
  {},
  ...LIMITED.map(({ budgets, bounds }) => ({ ...budgets, ...bounds })),
)

/** Budgets of an invocation if the manifest sets none. */
export const DEFAULT_BUDGETS: Readonly<Record<BudgetName, number>> = Object.fromEntries(
  Object.entries(BUDGETS).map(([name, field]) => [name, field.parse(undefined)]),
  // As above.
) as Record<BudgetName, number>
