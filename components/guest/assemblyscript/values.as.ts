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

export function liftBytes(pointer: usize, length: usize): Uint8Array {
  const bytes = new Uint8Array(<i32>length)
  memory.copy(bytes.dataStart, pointer, length)
  return bytes
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
