/** How the Web's classes are shown: by what they hold, which is behind accessors. @module */

import { AbortSignal } from './abort.ts'
import { Blob, File } from './blob.ts'
import { FormData } from './form-data.ts'
import { Headers } from './headers.ts'
import { showAs } from './inspect.ts'
import { ownValue } from './object-names.ts'
import { Request } from './request.ts'
import { Response } from './response.ts'
import { URL } from './url.ts'
import { URLSearchParams } from './url-search-params.ts'

type Show = (item: unknown) => string

/** Has them shown so. A function, because the bundler drops a module that is only imported. */
export function showWebClasses(): void {
  showFields(AbortSignal, ['aborted'])
  showFields(Blob, ['size', 'type'])
  showFields(File, ['size', 'type', 'name', 'lastModified'])
  showFields(Request, ['method', 'url', 'headers', 'redirect', 'bodyUsed'])
  showFields(Response, [
    'status',
    'statusText',
    'headers',
    'bodyUsed',
    'ok',
    'redirected',
    'type',
    'url',
  ])
  showFields(URL, [
    'href',
    'origin',
    'protocol',
    'username',
    'password',
    'host',
    'hostname',
    'port',
    'pathname',
    'search',
    'searchParams',
    'hash',
  ])
  showAs(Headers.prototype, (headers: Headers, show) =>
    Array.from(headers, ([name, value]) => `${keyOf(name, show)}: ${show(value)}`),
  )
  showAs(URLSearchParams.prototype, (params: URLSearchParams, show) =>
    Array.from(params, ([name, value]) => `${show(name)} => ${show(value)}`),
  )
  showAs(FormData.prototype, (form: FormData, show) =>
    Array.from(form, ([name, value]) => `${keyOf(name, show)}: ${show(value)}`),
  )
  showAs(Promise.prototype, () => [])
}

function showFields(maker: { readonly prototype: object }, fields: readonly string[]): void {
  showAs(maker.prototype, (value: object, show) =>
    fields.map((field) => {
      // A field of the object, or an accessor of its class.
      const isOwn = Object.hasOwn(value, field)
      const item: unknown = isOwn
        ? ownValue(value, field)
        : Reflect.get(maker.prototype, field, value)
      return `${field}: ${show(item)}`
    }),
  )
}

function keyOf(name: string, show: Show): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : show(name)
}
