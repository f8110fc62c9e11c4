/**
 * Checks values by JSON Schema. Part of agents whose functions may have one.
 *
 * @module
 */

import { CfWorkerJsonSchemaValidator } from '@modelcontextprotocol/server/validators/cf-worker'
import { parts } from '../extra-host.ts'

const validator = new CfWorkerJsonSchemaValidator()

parts.jsonSchema = (schema, whole) => {
  // The cast: types of the validator name a few words of a schema only.
  const check = validator.getValidator(schema as Parameters<typeof validator.getValidator>[0])
  return (value) => {
    const result = check(value)
    return result.valid ? undefined : readable(result.errorMessage, whole)
  }
}

/** `#/names/0: …` names the place as a pointer: the last is the innermost. */
function readable(message: string, whole: string): string {
  const [last = message] = message.split(/; (?=#)/).slice(-1)
  const [, pointer = '', reason = message] = /^#([^:]*): ([^]*)$/.exec(last) ?? []
  const place = pointer
    .split('/')
    .slice(1)
    .map((part) => decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((path, part) => {
      if (/^\d+$/.test(part)) return `${path}[${part}]`
      return path === '' ? part : `${path}.${part}`
    }, '')
  // Of what "additionalProperties" refuses.
  const said = reason === 'False boolean schema.' ? 'not allowed' : reason.replace(/\.$/, '')
  return `${place || whole}: ${said}`
}
