/** Text in HTML. @module */

/** `text` as content of an element, or as the value of an attribute in quotes. */
export function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`)
}
