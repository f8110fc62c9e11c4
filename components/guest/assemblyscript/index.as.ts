/** The module that agents in AssemblyScript import whose calls return when the result is there. @module */
export { Blob } from './blob.as'
export { clock, config, http, kv, log, random, responseBody, tools } from './host.gen.as'
export { JsonWriter } from './json-writer.as'
export { Fetched, Request, Response, serve } from './message.as'
export { parseNumber } from './parse-number.as'
export { Outcome, Result } from './result.as'
export { BlobCall, ToolCall } from './tools.as'
export { Entry, FetchedBlob, Header, Level, Page, Redirect } from './types.gen.as'
