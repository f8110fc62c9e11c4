/** A small order that is posted, and who answers it beside the agent: the same function in Node, and in QuickJS. @module */
import { total, type Order } from './order-agent/total.ts'

/** The body of the request, 92 bytes. */
export const ORDER = JSON.stringify({
  customer: 'Ada',
  items: [
    { price: 3, count: 4 },
    { price: 10, count: 3 },
  ],
})
/** The body of the answer. */
export const ORDER_TOTAL = JSON.stringify({ customer: 'Ada', total: 42 })

export const ORDER_REQUEST: RequestInit = {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: ORDER,
}

/** With nothing between it and its host. */
export async function answerOrder(request: Request): Promise<Response> {
  return Response.json(total((await request.json()) as Order)) // The bench posts orders only
}

/** quickjs-emscripten: a new context for each order, in one instance that all share. Text in, text out. */
export async function orderInQuickJs(): Promise<(text: string) => string> {
  const { newQuickJSWASMModule } = await import('quickjs-emscripten')
  // Node has taken the types out of the function.
  const script = `${total}
globalThis.answer = (text) => JSON.stringify(total(JSON.parse(text)))`
  const module = await newQuickJSWASMModule()
  return (text) => {
    using context = module.newContext()
    context.unwrapResult(context.evalCode(script)).dispose()
    using result = context.unwrapResult(context.evalCode(`answer(${JSON.stringify(text)})`))
    return context.getString(result)
  }
}
