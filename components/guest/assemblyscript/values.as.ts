/**
 * Text and bytes in the form of the canonical ABI: a pointer and a length. What has more parts is generated.
 *
 * Nothing is ever freed. A request finds the memory as the build left it, and the next stamp overwrites its changes. So the
 * bump allocator of the stub runtime is enough.
 *
 * @module
 */

export function liftText(pointer: usize, length: usize): string {
  return String.UTF8.decodeUnsafe(pointer, length)
}

/** They stay where the host has put them: in a buffer that it had from `cabi_realloc`. */
export function liftBytes(pointer: usize, length: usize): Uint8Array {
  const bytes = __new(offsetof<Uint8Array>(), idof<Uint8Array>())
  store<usize>(bytes, pointer)
  store<usize>(bytes, pointer, offsetof<Uint8Array>('dataStart'))
  store<usize>(bytes, length, offsetof<Uint8Array>('byteLength'))
  return changetype<Uint8Array>(bytes)
}

export function lowerText(text: string, at: usize): void {
  const bytes = String.UTF8.encode(text)
  store<u32>(at, <u32>changetype<usize>(bytes))
  store<u32>(at, bytes.byteLength, 4)
}

/** The host reads them where they are. */
export function lowerBytes(bytes: Uint8Array, at: usize): void {
  store<u32>(at, <u32>bytes.dataStart)
  store<u32>(at, bytes.length, 4)
}
