/** Queries by way of HTTP. @module */
import { count, eq, like } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/sqlite-proxy'
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

const notes = sqliteTable('notes', { id: integer('id').primaryKey(), text: text('text').notNull() })

export default async function run(server: string): Promise<unknown> {
  const database = drizzle(async (sql, params, method) => {
    const body = JSON.stringify({ sql, params, method })
    const response = await fetch(`${server}/sql`, { method: 'POST', body })
    if (!response.ok) throw new Error(await response.text())
    return { rows: (await response.json()) as unknown[] }
  })
  await database.delete(notes)
  await database.insert(notes).values([{ text: 'one' }, { text: "two's" }])
  const found = await database.select().from(notes).where(eq(notes.text, "two's"))
  await database.update(notes).set({ text: 'three' }).where(eq(notes.text, 'one'))
  const [all] = await database.select({ all: count() }).from(notes).where(like(notes.text, 't%'))
  const refused = await database
    .insert(notes)
    .values({ id: found[0]?.id, text: 'taken' })
    .catch(({ name }: Error) => name)
  return [found.map((note) => note.text), all, refused]
}
