/** Dates in another language and time zone. @module */
import { DateTime } from 'luxon'

export default function run(): unknown {
  const time = DateTime.fromISO('2024-07-01T12:00:00Z', { zone: 'America/New_York' })
  return [time.toISO(), time.setLocale('de').toLocaleString(DateTime.DATE_FULL)]
}
