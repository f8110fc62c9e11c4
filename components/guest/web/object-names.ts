/** What is known of an object without running a getter of it. @module */

/** The name of the class; nothing for an object without a prototype. */
export function nameOf(value: object): string {
  for (
    let at: object | null = value;
    at !== null;
    at = Object.getPrototypeOf(at) as object | null
  ) {
    const maker = ownValue(at, 'constructor')
    const name = typeof maker === 'function' ? ownValue(maker, 'name') : undefined
    if (typeof name === 'string' && name !== '') return name
  }
  return ''
}

/** The value of an own property, unless a getter has it. */
export function ownValue(target: object, key: PropertyKey): unknown {
  return Object.getOwnPropertyDescriptor(target, key)?.value as unknown
}

/** The text of a list of `parts` between brackets. */
export function braced(open: string, parts: readonly string[], close: string): string {
  return parts.length === 0 ? open + close : `${open} ${parts.join(', ')} ${close}`
}
