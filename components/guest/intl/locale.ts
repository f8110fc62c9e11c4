/** `Intl.Locale`. @module */
import { query, setTag, tagOf } from './host.ts'
import { read } from './options.ts'

const OPTIONS =
  'language script region variants calendar collation firstDayOfWeek hourCycle caseFirst boolean:numeric numberingSystem'

interface Described {
  readonly tag: string
  readonly maximized: string
  readonly minimized: string
  readonly [property: string]: unknown
}

export class Locale {
  readonly #described: Described

  constructor(tag: unknown, options?: unknown) {
    if (typeof tag !== 'string' && (typeof tag !== 'object' || tag === null)) {
      throw new TypeError('Cannot make a locale: neither a text nor an object')
    }
    const text = tagOf(tag) ?? `${tag as string}`
    const asked = JSON.stringify(['Locale', [text], read(options, OPTIONS, true)])
    this.#described = query(asked, 'locale')
    setTag(this, this.#described.tag)
  }

  static property(of: Locale, name: string): unknown {
    return of.#described[name]
  }

  static list(of: Locale, name: string): unknown {
    return query(JSON.stringify(['Locale', [of.toString()]]), 'localeList', name) ?? undefined
  }

  toString(): string {
    return this.#described.tag
  }

  maximize(): Locale {
    return new Locale(this.#described.maximized)
  }

  minimize(): Locale {
    return new Locale(this.#described.minimized)
  }
}

const { property, list } = Locale
// For this module: others have no such functions.
Reflect.deleteProperty(Locale, 'property')
Reflect.deleteProperty(Locale, 'list')

const PROPERTIES =
  'baseName calendar caseFirst collation firstDayOfWeek hourCycle language numberingSystem numeric region script variants'
const LISTS =
  'getCalendars getCollations getHourCycles getNumberingSystems getTextInfo getTimeZones getWeekInfo'

for (const name of PROPERTIES.split(' ')) {
  Object.defineProperty(Locale.prototype, name, {
    get(this: Locale) {
      return property(this, name)
    },
    configurable: true,
  })
}
for (const name of LISTS.split(' ')) {
  Object.defineProperty(Locale.prototype, name, {
    value(this: Locale) {
      return list(this, name)
    },
    writable: true,
    configurable: true,
  })
}
