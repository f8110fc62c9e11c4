/** From WIT's kebab-case to JavaScript's names, as jco does it. @module */

/** `content-type` → `contentType`. Acronyms keep their letters in lower case: `HTTP-status` → `httpStatus`. */
export function camelCase(name: string): string {
  const [first = '', ...rest] = name.split('-')
  return (isAcronym(first) ? first.toLowerCase() : first) + rest.map(capitalise).join('')
}

/** `output-stream` → `OutputStream`. */
export function pascalCase(name: string): string {
  return name.split('-').map(capitalise).join('')
}

function capitalise(word: string): string {
  const lower = isAcronym(word) ? word.toLowerCase() : word
  return lower.charAt(0).toUpperCase() + lower.slice(1)
}

function isAcronym(word: string): boolean {
  return word !== '' && word === word.toUpperCase()
}
