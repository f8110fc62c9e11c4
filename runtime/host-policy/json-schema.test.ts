/** The published schema has the rules of the parser, and explains every field. @module */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { policyJsonSchema } from './json-schema.ts'

test('policy.schema.json is up to date; if not, run node .github/checks/manifest-schema.ts --write', () => {
  const published = readFileSync(new URL('policy.schema.json', import.meta.url), 'utf8')
  expect(JSON.parse(published)).toEqual(policyJsonSchema())
})

test('policyJsonSchema() describes every field and its default', () => {
  const fields = new Map<string, unknown>()
  visit(policyJsonSchema(), '', fields)
  expect(fields.size).toBeGreaterThan(40)
  const undescribed = [...fields].filter(
    ([path, sentence]) =>
      !/Default|Required|Ignored/.test(String(sentence)) && !/^\/(tenants\/)?limits$/.test(path),
  )
  expect(undescribed).toEqual([])
})

function visit(schema: unknown, path: string, fields: Map<string, unknown>): void {
  if (typeof schema !== 'object' || schema === null) return
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'properties') {
      for (const [name, field] of Object.entries(value)) {
        // A schema is an object here, never `true`.
        fields.set(`${path}/${name}`, (field as { description?: unknown }).description)
        visit(field, `${path}/${name}`, fields)
      }
    } else if (key !== 'default' && key !== 'examples') visit(value, path, fields)
  }
}
