/**
 * Patterns of names: of agents, variables, secrets, hosts, routes. One matcher for all that an operator writes.
 *
 * A `*` stands for any text, also for none, wherever it is and however often. It stops at no dot and no slash. All
 * else stands for itself, in its case. There is no way to write a star that is one: no such name has any.
 *
 * @module
 */

/**
 * Whether `pattern` stands for `name`.
 *
 * `name` may be a pattern as well: then whether `pattern` stands for every name that it stands for. A star of
 * `name` can only lie in a star of `pattern`, because all else of `pattern` has none.
 *
 * It takes time in proportion to both lengths at most, however many stars there are.
 */
export function matchesName(pattern: string, name: string): boolean {
  const [first = '', ...rest] = pattern.split('*')
  const last = rest.pop()
  if (last === undefined) return pattern === name
  if (!name.startsWith(first)) return false
  // Each part is taken where it comes first: that leaves the most room for the parts behind it.
  let end = first.length
  for (const part of rest) {
    const start = name.indexOf(part, end)
    if (start === -1) return false
    end = start + part.length
  }
  return name.length - last.length >= end && name.endsWith(last)
}

/**
 * Whether `pattern` stands for `route`, which may be one of agent.json with "/*" at the end. As there, `/shop/*` is
 * `/shop` as well.
 */
export function matchesRoute(pattern: string, route: string): boolean {
  return matchesName(pattern, route) || (pattern.endsWith('/*') && route === pattern.slice(0, -2))
}

/** The first of `patterns` that stands for `name`. */
export function matchingPattern(patterns: readonly string[], name: string): string | undefined {
  return patterns.find((pattern) => matchesName(pattern, name))
}
