/**
 * Finds the line and column of a value in the text of a document. It also handles facts that only the text shows:
 * it skips comments and reports keys that are given twice.
 *
 * @module
 */
import {
  createScanner,
  findNodeAtLocation,
  getNodeValue,
  parseTree,
  printParseErrorCode,
  type Node,
  type ParseError,
} from 'jsonc-parser'

export type Path = readonly (string | number)[]

export interface DocumentText {
  /** The value, as `JSON.parse` would give it; `undefined` when the text holds none. */
  readonly value: unknown
  /** Errors in the text itself. */
  readonly problems: readonly { readonly offset: number; readonly message: string }[]
  /** Offset of the value at `path`, or of the nearest one around it. */
  offsetOf(path: Path): number
  /** Offset of the key `path` ends with. */
  offsetOfKey(path: Path): number
  /** `line:column`, both counted from 1. */
  position(offset: number): string
}

const SYNTAX: Readonly<Record<string, string>> = {
  InvalidSymbol: 'expected a value, got a word that is none',
  InvalidNumberFormat: 'expected a number, got something like one',
  PropertyNameExpected: 'expected a key in double quotes',
  ValueExpected: 'expected a value',
  ColonExpected: 'expected a ":" after the key',
  CommaExpected: 'expected a "," before this',
  CloseBraceExpected: 'expected a "}" that closes the object',
  CloseBracketExpected: 'expected a "]" that closes the list',
  EndOfFileExpected: 'expected the end of the file',
  UnexpectedEndOfComment: 'expected the end of a comment',
  UnexpectedEndOfString: 'expected a double quote that ends the string',
}

// A valid manifest is up to 7 levels deep, a policy less. The bound lets readers of a document recurse.
export const MAX_DEPTH = 50
export const TOO_DEEP: string = `expected no more than ${MAX_DEPTH} levels`

/** Reads JSON with comments and trailing commas. */
export function readDocumentText(text: string): DocumentText {
  const errors: ParseError[] = []
  const tooDeep = offsetOfDepth(text)
  const root =
    tooDeep === undefined ? parseTree(text, errors, { allowTrailingComma: true }) : undefined
  const problems = errors.map(({ error, offset }) => {
    const code = printParseErrorCode(error)
    return { offset, message: SYNTAX[code] ?? `expected JSON, got ${code}` }
  })
  if (tooDeep !== undefined) problems.push({ offset: tooDeep, message: TOO_DEEP })
  if (root !== undefined) findDuplicates(root, problems)

  function find(path: Path): Node | undefined {
    return root === undefined ? undefined : findNodeAtLocation(root, [...path])
  }

  function offsetOf(path: Path): number {
    for (let length = path.length; length >= 0; length--) {
      const node = find(path.slice(0, length))
      if (node !== undefined) return node.offset
    }
    return 0
  }

  return {
    value: root === undefined ? undefined : valueOf(root),
    problems,
    offsetOf,
    offsetOfKey: (path) => find(path)?.parent?.offset ?? offsetOf(path),
    position(offset) {
      const before = text.slice(0, offset)
      const line = before.split('\n').length
      return `${line}:${offset - (before.lastIndexOf('\n') + 1) + 1}`
    },
  }
}

/** As `JSON.parse` has it: with `__proto__` as a key like others, which assigning it would lose. */
function valueOf(node: Node): unknown {
  const { type, children = [] } = node
  if (type === 'array') return children.map(valueOf)
  if (type !== 'object') return getNodeValue(node)
  return Object.fromEntries(
    children.flatMap(({ children: [key, value] = [] }) =>
      key === undefined || value === undefined ? [] : [[String(key.value), valueOf(value)]],
    ),
  )
}

/** Where the text opens more objects and lists in each other than are read. */
function offsetOfDepth(text: string): number | undefined {
  const scanner = createScanner(text, true)
  let depth = 0
  do {
    scanner.scan()
    const mark = text[scanner.getTokenOffset()]
    if (mark === '{' || mark === '[') depth++
    if (mark === '}' || mark === ']') depth--
    if (depth > MAX_DEPTH) return scanner.getTokenOffset()
  } while (scanner.getTokenLength() > 0)
  return undefined
}

function findDuplicates(node: Node, problems: { offset: number; message: string }[]): void {
  const seen = new Set<unknown>()
  for (const child of node.children ?? []) {
    const key = child.children?.[0]
    if (child.type === 'property' && key !== undefined) {
      if (seen.has(key.value)) {
        problems.push({
          offset: key.offset,
          message: `expected each key once, got "${key.value}" again`,
        })
      }
      seen.add(key.value)
    }
    findDuplicates(child, problems)
  }
}
