/**
 * `wasi:http/types`: requests, responses and their bodies.
 *
 * Always granted: it makes messages, and sends none.
 *
 * @module
 */
import type {
  HostModule,
  ConfiguredModule,
  Imports,
  InvocationContext,
} from '../../host-module/index.ts'
import { causeOf, type IoError } from '../io/index.ts'
import { opaque } from '../opaque.ts'
import { HttpFailure, type ErrorCode } from './error-code.ts'
import { budgetOf, Fields, fieldsFrom } from './fields.ts'
import { FutureTrailers, IncomingBody } from './incoming-body.ts'
import { OutgoingBody } from './outgoing-body.ts'
import { IncomingRequest, OutgoingRequest, RequestOptions } from './request.ts'
import {
  FutureIncomingResponse,
  IncomingResponse,
  OutgoingResponse,
  ResponseOutparam,
} from './response.ts'
import { INCOMING_HANDLER } from './serve.ts'

const TYPES = 'wasi:http/types'

const CLASSES = {
  FutureIncomingResponse: opaque(FutureIncomingResponse),
  FutureTrailers: opaque(FutureTrailers),
  IncomingBody: opaque(IncomingBody, { finish: IncomingBody.finish }),
  IncomingRequest: opaque(IncomingRequest),
  IncomingResponse: opaque(IncomingResponse),
  OutgoingBody: opaque(OutgoingBody, { finish: OutgoingBody.finish }),
  OutgoingRequest,
  OutgoingResponse,
  RequestOptions,
  ResponseOutparam: opaque(ResponseOutparam, { set: ResponseOutparam.set }),
  httpErrorCode,
} satisfies Imports[string]

export function wasiHttpTypes(): HostModule {
  return {
    name: 'http-types',
    interfaces: [TYPES],
    suspends: [],
    serves: INCOMING_HANDLER,
    configure(): ConfiguredModule {
      return { granted: true, prepare, async [Symbol.asyncDispose]() {} }
    },
  }
}

function prepare(context: InvocationContext): Imports {
  const budget = budgetOf(context)
  class InvocationFields extends Fields {
    constructor() {
      super(budget)
    }
  }
  const fromList = (entries: readonly [string, Uint8Array][]): Fields => fieldsFrom(entries, budget)
  return {
    [TYPES]: { ...CLASSES, Fields: Object.assign(InvocationFields, { fromList }) },
  }
}

function httpErrorCode(error: IoError): ErrorCode | undefined {
  const cause = causeOf(error)
  return cause instanceof HttpFailure ? cause.code : undefined
}
