/** `greeter.js` as a plug-in for Extism, which runs no JavaScript source: the same text in and out. @module */

// @ts-ignore: a decorator of AssemblyScript
@external('extism:host/env', 'input_length')
declare function inputLength(): u64
// @ts-ignore: a decorator of AssemblyScript
@external('extism:host/env', 'input_load_u8')
declare function inputByte(at: u64): u32
// @ts-ignore: a decorator of AssemblyScript
@external('extism:host/env', 'alloc')
declare function allocate(length: u64): u64
// @ts-ignore: a decorator of AssemblyScript
@external('extism:host/env', 'store_u8')
declare function storeByte(at: u64, byte: u32): void
// @ts-ignore: a decorator of AssemblyScript
@external('extism:host/env', 'output_set')
declare function setOutput(at: u64, length: u64): void

export function answer(): i32 {
  const length = <i32>inputLength()
  const input = new Uint8Array(length)
  for (let i = 0; i < length; i++) input[i] = <u8>inputByte(i)
  const request = String.UTF8.decode(input.buffer)
  const url = field(request, 'url')
  const hello = url.substring(url.lastIndexOf('/') + 1)
  const method = field(request, 'method')
  write('{"status":200,"text":"{\\"method\\":\\"' + method + '\\",\\"hello\\":\\"' + hello + '\\"}"}')
  return 0
}

/** The string value of `name` in a JSON text without escapes. */
function field(json: string, name: string): string {
  const key = '"' + name + '":"'
  const start = json.indexOf(key) + key.length
  return json.substring(start, json.indexOf('"', start))
}

function write(text: string): void {
  const bytes = Uint8Array.wrap(String.UTF8.encode(text))
  const start = allocate(bytes.length)
  for (let i = 0; i < bytes.length; i++) storeByte(start + i, bytes[i])
  setOutput(start, bytes.length)
}
