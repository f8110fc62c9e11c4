/** The published schema has the rules of the parser, and explains every field. @module */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { manifestJsonSchema } from './json-schema.ts'

test('agent.schema.json is up to date; if not, run node .github/checks/manifest-schema.ts --write', () => {
  const published = readFileSync(new URL('agent.schema.json', import.meta.url), 'utf8')
  expect(JSON.parse(published)).toEqual(manifestJsonSchema())
})

test('manifestJsonSchema() describes every field and its default', () => {
  const undescribed: string[] = []
  visit(manifestJsonSchema(), '', (path, field) => {
    const { description } = field
    const states = /Default|Required|Ignored|Exactly one/
    if (typeof description !== 'string') undescribed.push(`${path}: no description`)
    else if (!states.test(description)) undescribed.push(`${path}: no default in "${description}"`)
  })
  // Groups, and fields that the text of their section explains.
  const expected = ['capabilities', 'limits', 'component', 'env']
  expect(undescribed.filter((line) => !expected.some((name) => line.includes(`${name}:`)))).toEqual(
    [],
  )
})

function visit(
  schema: unknown,
  path: string,
  see: (path: string, field: Record<string, unknown>) => void,
): void {
  if (typeof schema !== 'object' || schema === null) return
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'properties') {
      for (const [name, field] of Object.entries(value)) {
        see(`${path}/${name}`, field as Record<string, unknown>)
        visit(field, `${path}/${name}`, see)
      }
    } else if (key !== 'default' && key !== 'examples') visit(value, path, see)
  }
}
