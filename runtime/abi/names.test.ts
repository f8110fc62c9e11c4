import { expect, test } from 'vitest'
import { camelCase, pascalCase } from './names.ts'

test.each([
  ['get', 'get', 'Get'],
  ['content-type', 'contentType', 'ContentType'],
  ['a-1b-c', 'a1bC', 'A1bC'],
  ['is-HTTP-ok', 'isHttpOk', 'IsHttpOk'],
  ['URL-of', 'urlOf', 'UrlOf'],
])('%s becomes %s and %s', (name, camel, pascal) => {
  expect(camelCase(name)).toBe(camel)
  expect(pascalCase(name)).toBe(pascal)
})
