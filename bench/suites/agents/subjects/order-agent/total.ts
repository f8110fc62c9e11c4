/** The work of the agent: the text of the function is valid JavaScript once its types are gone. @module */

export interface Order {
  readonly customer: string
  readonly items: readonly { readonly price: number; readonly count: number }[]
}

export function total({ customer, items }: Order): { customer: string; total: number } {
  let sum = 0
  for (const { price, count } of items) sum += price * count
  return { customer, total: sum }
}
