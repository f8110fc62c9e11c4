/**
 * The grammar of names: labels, names of imports and exports, and when two of them are too alike.
 *
 * @module
 */

const WORD = '[a-z][0-9a-z]*|[A-Z][0-9A-Z]*'

/**
 * Words of one case each, joined by `-`; only the first must not begin with a digit. The alternatives exclude
 * each other: with `[0-9a-z]+|[0-9A-Z]+` a name of many digits would be matched in exponentially many ways.
 */
const LABEL = `(?:${WORD})(?:-(?:[0-9]+(?:${WORD})?|${WORD}))*`

/** As a label, all in lower case. */
const WORDS = '[a-z][0-9a-z]*(?:-[0-9a-z]+)*'

const NUMBER = '(?:0|[1-9][0-9]*)'
const PRERELEASE_PART = `(?:${NUMBER}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)`

/** Semantic Versioning 2.0.0. */
const VERSION =
  `${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-${PRERELEASE_PART}(?:\\.${PRERELEASE_PART})*)?` +
  '(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?'

/** The part of a version that decides compatibility: `1`, `0.2`. */
const TRACK = '(?:[1-9][0-9]*|0\\.[1-9][0-9]*)'

const PACKAGE = `${WORDS}:${WORDS}`
const INTEGRITY = 'integrity=<[0-9A-Za-z+/=\\- ]+>'

/** Names of real interfaces have up to 100. V8 overflows its stack where a repeated group matches millions of times. */
const MAX_NAME_LENGTH = 10_000

const WHOLE_LABEL = new RegExp(`^${LABEL}$`)

/** `get`, `[constructor]bucket`, `[method]bucket.get`; draft tools also wrote `[async method]`. */
const PLAIN = new RegExp(
  `^(?:(?:\\[(?:constructor|async)\\])?${LABEL}|\\[(?:async )?(?:method|static)\\]${LABEL}\\.${LABEL})$`,
)

/** `wasi:http/types@0.2.12`. */
const INTERFACE = new RegExp(`^${PACKAGE}/${LABEL}(?:@(?:${VERSION}|${TRACK}))?$`)

/** Names from drafts of the specification, for imports from a registry or a URL. */
const DEPENDENCY = new RegExp(
  `^(?:(?:unlocked-dep=<${PACKAGE}(?:@(?:\\*|\\{[0-9A-Za-z.+\\-<>= ]*\\}))?>|` +
    `locked-dep=<${PACKAGE}(?:@${VERSION})?>|url=<[^<>]*>)(?:,${INTEGRITY})?|${INTEGRITY})$`,
)

const ANNOTATED = new RegExp(
  `^\\[(?:async )?(?<role>constructor|method|static)\\](?<resource>${LABEL})(?:\\.(?<member>${LABEL}))?$`,
)

export type ExternNameKind = 'plain' | 'interface' | 'dependency'

/** The parts of `[method]bucket.get`; a constructor has no member. */
export interface AnnotatedName {
  readonly role: 'constructor' | 'method' | 'static'
  readonly resource: string
  readonly member?: string
}

export function isLabel(text: string): boolean {
  return text.length <= MAX_NAME_LENGTH && WHOLE_LABEL.test(text)
}

/** Returns `undefined` when `name` is not a valid name. */
export function externNameKind(name: string): ExternNameKind | undefined {
  if (name.length > MAX_NAME_LENGTH) return undefined
  if (PLAIN.test(name)) return 'plain'
  if (INTERFACE.test(name)) return 'interface'
  return DEPENDENCY.test(name) ? 'dependency' : undefined
}

/** Returns `undefined` for a name that has nothing to do with a resource. */
export function annotatedName(name: string): AnnotatedName | undefined {
  if (!name.startsWith('[')) return undefined
  const groups = ANNOTATED.exec(name)?.groups
  if (groups === undefined) return undefined
  const { role, resource = '', member } = groups
  return {
    role: role as AnnotatedName['role'], // The pattern has no other
    resource,
    ...(member === undefined ? {} : { member }),
  }
}

/**
 * Two names of one scope must differ in this: bindings may drop case and annotations. `annotated` are the
 * parts of the name, if it has some.
 */
export function canonicalName(name: string, annotated: AnnotatedName | undefined): string {
  if (annotated === undefined) {
    return (name.startsWith('[async]') ? name.slice('[async]'.length) : name).toLowerCase()
  }
  const { role, resource, member = '' } = annotated
  if (role === 'constructor') return name.toLowerCase()
  const owner = resource.toLowerCase()
  const label = member.toLowerCase()
  return owner === label ? label : `${owner}.${label}`
}
