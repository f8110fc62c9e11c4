/** The module that agents in AssemblyScript import. @module */
export { JsonWriter } from './json-writer.as'
export { Header, Request, Response, serve } from './message.as'
export { parseNumber } from './parse-number.as'
export { Blob, ToolCall } from './tools.as'
