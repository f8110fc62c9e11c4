/** zod: what it parses, refuses and describes. @module */
import { z } from 'zod'

const Order = z.object({
  id: z.uuid(),
  mail: z.email(),
  items: z.array(z.object({ name: z.string(), count: z.number().int().positive() })).min(1),
  when: z.coerce.date().optional(),
})

export default function run(): unknown {
  const id = '9b2f1e9c-3c1e-4d59-9a5d-8f5f2d4b1c11'
  const order = {
    id,
    mail: 'ada@example.com',
    items: [{ name: 'tea', count: 2 }],
    when: '2024-01-02',
  }
  return [
    Order.parse(order),
    Order.safeParse({ ...order, mail: '', items: [] }).error?.issues.map(({ path, code }) => [
      path,
      code,
    ]),
    z.toJSONSchema(Order.omit({ when: true })),
  ]
}
