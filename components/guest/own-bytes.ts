/** Bytes that an engine hands over as an object of another realm. @module */

/**
 * Returns `bytes` as a `Uint8Array` of the agent. The bindings of StarlingMonkey make theirs with the constructor of
 * another realm, which is no instance of the agent's `Uint8Array`.
 */
export function ownBytes(bytes: Uint8Array): Uint8Array {
  return bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes as ArrayLike<number>)
}
