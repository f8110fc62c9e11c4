/**
 * Secrets in a JSON file that only its owner may read: `{ "API_TOKEN": "…" }`, or, bound to hosts,
 * `{ "API_TOKEN": { "value": "…", "hosts": ["api.example.com"] } }`.
 *
 * Read again when an agent is loaded, so that a new value needs a redeploy and no restart.
 *
 * @module
 */

import type { Secret, SecretDriver } from '../../../runtime/capabilities/http/index.ts'
import { MayflyError } from '../../../runtime/errors/index.ts'
import { readPrivateFile } from './read-private-file.ts'

/** Where the files are. */
export interface FileSecretsOptions {
  /** The file. It may be missing until a rule needs one of its secrets. */
  file: string
}

/** Secrets in files, one each, that only the user of the host can read. */
export function fileSecrets({ file }: FileSecretsOptions): SecretDriver {
  return {
    name: 'file',
    get(name) {
      const secrets = parse(file, readPrivateFile(file))
      return Object.hasOwn(secrets, name) ? check(file, name, secrets[name]) : undefined
    },
    hint: (name) => `Add "${name}" to ${file}`,
  }
}

function parse(file: string, text: string): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // No cause: the error of the parser quotes the text, which may be a secret.
    throw broken(file, 'not JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw broken(file, 'not an object')
  }
  // An object, as just checked.
  return value as Readonly<Record<string, unknown>>
}

function check(file: string, name: string, entry: unknown): Secret {
  if (typeof entry === 'string') return { value: entry }
  if (typeof entry === 'object' && entry !== null && 'value' in entry) {
    const { value } = entry
    const hosts = 'hosts' in entry ? entry.hosts : undefined
    const unknown = Object.keys(entry).some((key) => key !== 'value' && key !== 'hosts')
    if (typeof value === 'string' && !unknown) {
      if (hosts === undefined) return { value }
      if (isStrings(hosts)) return { value, hosts }
    }
  }
  throw broken(file, `"${name}" is neither text nor { "value": text, "hosts": list of text }`)
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

function broken(file: string, state: string): MayflyError {
  return new MayflyError('ERR_HOST_UNAVAILABLE', `Cannot read secrets "${file}": ${state}`, {
    hint: 'Write { "NAME": "value" }',
    facts: { file },
  })
}
