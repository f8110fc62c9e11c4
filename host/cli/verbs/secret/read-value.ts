/**
 * Reads the value of a secret: from a file, from a person who types it, or from standard input.
 *
 * Errors say nothing of the value.
 *
 * @module
 */

import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { MayflyError } from '../../../../runtime/errors/index.ts'
import { promptHidden } from './prompt-hidden.ts'

// A certificate with its chain has some kilobytes.
const MAX_BYTES = 65_536

/**
 * @param file - the file that has it. Default: the prompt, or standard input when it is no terminal
 * @throws {MayflyError} ERR_USAGE
 */
export async function readValue(name: string, file: string | undefined): Promise<string> {
  const cannot = `Cannot set secret "${name}"`
  const isTyped = file === undefined && process.stdin.isTTY
  const text = isTyped
    ? await promptHidden(`Value of ${name} (not shown): `)
    : await readText(cannot, file)
  if (text === undefined) throw new MayflyError('ERR_USAGE', `${cannot}: nothing was typed`)
  const value = text.replace(/\r?\n$/, '')
  if (value !== '') return value
  throw new MayflyError('ERR_USAGE', `${cannot}: its value is empty`, {
    hint: `To have none: mayfly secret rm ${name}`,
  })
}

async function readText(cannot: string, file: string | undefined): Promise<string> {
  const from = file === undefined ? 'standard input' : `"${file}"`
  let bytes: Buffer
  try {
    bytes = await readUpTo(file === undefined ? process.stdin : createReadStream(file), MAX_BYTES)
  } catch (cause) {
    throw new MayflyError('ERR_USAGE', `${cannot}: ${from} cannot be read`, { cause })
  }
  if (bytes.length > MAX_BYTES) {
    throw new MayflyError('ERR_USAGE', `${cannot}: ${from} has more than ${MAX_BYTES} bytes`)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new MayflyError('ERR_USAGE', `${cannot}: ${from} is not UTF-8`, {
      hint: 'Encode bytes in base64, as secrets for "aes-gcm" are',
    })
  }
}

/** A little more when there is more. */
async function readUpTo(stream: Readable, bytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of stream) {
    chunks.push(chunk as Buffer) // No encoding is set
    length += (chunk as Buffer).length
    if (length > bytes) break
  }
  return Buffer.concat(chunks)
}
