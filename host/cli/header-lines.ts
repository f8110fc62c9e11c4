/** The option `-H "name: value"` of verbs that send requests. @module */

/**
 * The fields that the lines name, in their order. A line that is not a field gives an empty name, which `Headers` and
 * the writer of a request refuse with a reason.
 */
export function headerLines(lines: unknown): [name: string, value: string][] {
  return [lines ?? []].flat().map((line) => {
    const [, name = '', value = ''] = /^([^:]+):[ \t]*(.*?)[ \t]*$/s.exec(String(line)) ?? []
    return [name, value]
  })
}
