/** Remembers runs in a file of SQLite, which hosts of one machine share. @module */

import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { openDatabase, writing } from '../../sqlite/index.ts'
import type { RunBook, ScheduleKey, ScheduleState } from './run-book.ts'

/** In the data directory. */
export const SCHEDULE_FILE = 'schedules.sqlite'

const SCHEMA = `
  CREATE TABLE schedules (
    agent TEXT NOT NULL, cron TEXT NOT NULL, timezone TEXT NOT NULL,
    last INTEGER NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (agent, cron, timezone)
  ) WITHOUT ROWID;
`
const WHERE = 'WHERE agent = ? AND cron = ? AND timezone = ?'

/** The file is made when it is used first: most hosts have no schedule. */
export function sqliteBook(directory: string): RunBook {
  let opened: DatabaseSync | undefined
  const database = (): DatabaseSync =>
    (opened ??= openDatabase({
      path: join(directory, SCHEDULE_FILE),
      noun: 'file of schedules',
      version: 1,
      migrate: (made) => made.exec(SCHEMA),
    }))

  return {
    state: (key, now) => writing(database(), () => stateOf(database(), key, now)),
    take: (key, time, now, untilMs) =>
      writing(database(), () => {
        const { last, runningUntil } = stateOf(database(), key, now)
        if (last >= time) return 'gone'
        const isRunning = runningUntil > now
        database()
          .prepare(`UPDATE schedules SET last = ?, until = ? ${WHERE}`)
          .run(time, isRunning ? runningUntil : untilMs, ...valuesOf(key))
        return isRunning ? 'running' : 'taken'
      }),
    end(key) {
      database()
        .prepare(`UPDATE schedules SET until = 0 ${WHERE}`)
        .run(...valuesOf(key))
    },
    keepOnly(agent, schedules) {
      // A host without schedules makes no file.
      if (opened === undefined && schedules.length === 0) return
      const kept = new Set(schedules.map(({ cron, timezone }) => `${cron}\n${timezone}`))
      writing(database(), () => {
        const rows = database()
          .prepare('SELECT cron, timezone FROM schedules WHERE agent = ?')
          .all(agent)
        for (const { cron, timezone } of rows) {
          if (kept.has(`${String(cron)}\n${String(timezone)}`)) continue
          database()
            .prepare(`DELETE FROM schedules ${WHERE}`)
            .run(agent, String(cron), String(timezone))
        }
      })
    },
    [Symbol.dispose]() {
      if (opened?.isOpen === true) opened.close()
    },
  }
}

/** Inside a transaction. */
function stateOf(database: DatabaseSync, key: ScheduleKey, now: number): ScheduleState {
  const row = database.prepare(`SELECT last, until FROM schedules ${WHERE}`).get(...valuesOf(key))
  if (row !== undefined) return { last: Number(row['last']), runningUntil: Number(row['until']) }
  database.prepare('INSERT INTO schedules VALUES (?, ?, ?, ?, 0)').run(...valuesOf(key), now)
  return { last: now, runningUntil: 0 }
}

function valuesOf({ agent, cron, timezone }: ScheduleKey): [string, string, string] {
  return [agent, cron, timezone]
}
