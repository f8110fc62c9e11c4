/**
 * The codecs of one plan. Equal types share one codec, so that comparing codecs compares types.
 *
 * @module
 */

import type { Codec } from './codec.ts'
import type { Elements } from './context.ts'
import { elementsOf } from './elements.ts'
import { endCodec, errorContextCodec } from './end-codec.ts'
import { flagsCodec } from './flags-codec.ts'
import { fixedListCodec, listCodec } from './list-codec.ts'
import { mapCodec } from './map-codec.ts'
import { camelCase } from './names.ts'
import { recordCodec, tupleCodec } from './record-codec.ts'
import { borrowCodec, ownCodec } from './resource-codec.ts'
import { scalarCodec } from './scalar-codec.ts'
import { stringCodec } from './string-codec.ts'
import type { ValueType } from './types.ts'
import { enumCodec, optionView, taggedView, variantCodec } from './variant-codec.ts'

export class CodecSet {
  // A plan that came from a cache repeats types as equal objects, hence the second, structural key.
  readonly #byType = new Map<ValueType, Codec>()
  readonly #byStructure = new Map<string, Codec>()
  readonly #elements = new Map<Codec | undefined, Elements>()

  get(type: ValueType): Codec {
    const known = this.#byType.get(type)
    if (known !== undefined) return known
    const structure = JSON.stringify(type)
    const codec = this.#byStructure.get(structure) ?? this.#make(type)
    this.#byType.set(type, codec)
    this.#byStructure.set(structure, codec)
    return codec
  }

  /** Equal types have the same, so that comparing them compares types; `undefined` is an element without a value. */
  elements(type: ValueType | undefined): Elements {
    const codec = type && this.get(type)
    let elements = this.#elements.get(codec)
    if (elements === undefined) {
      elements = elementsOf(codec, type)
      this.#elements.set(codec, elements)
    }
    return elements
  }

  #make(type: ValueType): Codec {
    switch (type.kind) {
      case 'string':
        return stringCodec
      case 'record':
        return recordCodec(
          type.fields.map((field) => ({ key: camelCase(field.name), codec: this.get(field.type) })),
        )
      case 'tuple':
        return tupleCodec(type.elements.map((element) => this.get(element)))
      case 'list':
        return type.length === undefined
          ? listCodec(this.get(type.element), type.element)
          : fixedListCodec(this.get(type.element), type.element, type.length)
      case 'map':
        return mapCodec(this.get(type.key), this.get(type.value))
      case 'flags':
        return flagsCodec(type.names)
      case 'enum':
        return enumCodec(type.names)
      case 'variant':
        return variantCodec(
          type.cases.map((each) => each.type && this.get(each.type)),
          taggedView(
            type.cases.map(({ name, type: payload }) => ({
              name,
              hasPayload: payload !== undefined,
            })),
          ),
        )
      case 'option':
        return variantCodec(
          [undefined, this.get(type.some)],
          type.some.kind === 'option' ? NESTED_OPTION : optionView,
        )
      case 'result':
        return variantCodec(
          [type.ok && this.get(type.ok), type.error && this.get(type.error)],
          RESULT,
        )
      case 'own':
        return ownCodec(type.resource)
      case 'borrow':
        return borrowCodec(type.resource)
      case 'stream':
      case 'future':
        return endCodec(type.kind, this.elements(type.element))
      case 'error-context':
        return errorContextCodec
      default:
        return scalarCodec(type.kind)
    }
  }
}

const NESTED_OPTION = taggedView([
  { name: 'none', hasPayload: false },
  { name: 'some', hasPayload: true },
])

// As in jco, a result has a `val` even where the type says there is nothing in it.
const RESULT = taggedView([
  { name: 'ok', hasPayload: true },
  { name: 'err', hasPayload: true },
])
