/** Base64url without padding, over what the engine has. @module */

// Methods of Uint8Array that are newer than the type library.
interface Base64Bytes extends Uint8Array {
  toBase64(options: { alphabet: 'base64url'; omitPadding: boolean }): string
}
interface Base64Constructor {
  fromBase64(text: string, options: { alphabet: 'base64url' }): Uint8Array<ArrayBuffer>
}

export function toBase64Url(bytes: Uint8Array): string {
  return (bytes as Base64Bytes).toBase64({ alphabet: 'base64url', omitPadding: true })
}

/** @throws {SyntaxError} */
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  return (Uint8Array as unknown as Base64Constructor).fromBase64(text, { alphabet: 'base64url' })
}
