/** The command of an agent for people to try. @module */

/**
 * Returns the command that shows an agent at work, at one of its addresses.
 *
 * @param agent - without an `example` the command asks the address
 */
export function exampleAt(
  { example = 'curl {url}' }: { readonly example?: string },
  address: string,
): string {
  return example.replaceAll('{url}', () => address)
}
