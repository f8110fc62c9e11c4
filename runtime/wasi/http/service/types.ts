/**
 * `wasi:http/types@0.3`: requests and responses, whose bodies are streams.
 *
 * Always granted: it makes messages, and sends none.
 *
 * @module
 */
import type {
  ConfiguredModule,
  HostModule,
  Imports,
  InvocationContext,
} from '../../../host-module/index.ts'
import { opaque } from '../../opaque.ts'
import { budgetOf, Fields, fieldsFrom } from '../fields.ts'
import { RequestOptions } from '../request.ts'
import { Request } from './request.ts'
import { Response } from './response.ts'
import { SERVICE_HANDLER } from './serve.ts'

const TYPES = 'wasi:http/types@0.3'

const CLASSES = {
  Request: opaque(Request, { new: Request.new, consumeBody: Request.consumeBody }),
  Response: opaque(Response, { new: Response.new, consumeBody: Response.consumeBody }),
  RequestOptions,
} satisfies Imports[string]

export function wasiHttpService(): HostModule {
  return {
    name: 'http-service',
    interfaces: [TYPES],
    suspends: [],
    serves: SERVICE_HANDLER,
    configure(): ConfiguredModule {
      return { granted: true, prepare, async [Symbol.asyncDispose]() {} }
    },
  }
}

function prepare(context: InvocationContext): Imports {
  const budget = budgetOf(context)
  class InvocationFields extends Fields {
    constructor() {
      super(budget, 'size-exceeded')
    }
  }
  const fromList = (entries: readonly [string, Uint8Array][]): Fields =>
    fieldsFrom(entries, budget, 'size-exceeded')
  return {
    [TYPES]: { ...CLASSES, Fields: Object.assign(InvocationFields, { fromList }) },
  }
}
