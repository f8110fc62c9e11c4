/** Puts bytes beside the code of a component. @module */
import { leb128 } from './leb128.ts'

const CUSTOM_SECTION_ID = 0

/** Returns `component` with a custom section behind it. */
export function withCustomSection(
  component: Uint8Array,
  sectionName: string,
  text: string,
): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder()
  const name = encoder.encode(sectionName)
  const written = encoder.encode(text)
  const length = leb128(name.length)
  const size = length.length + name.length + written.length
  const head = [CUSTOM_SECTION_ID, ...leb128(size), ...length, ...name]
  const marked = new Uint8Array(component.length + head.length + written.length)
  marked.set(component)
  marked.set(head, component.length)
  marked.set(written, component.length + head.length)
  return marked
}
