/** `scheduled` of an agent: a run of a schedule, as in Workers. Part of agents whose manifest has `schedule`. @module */

import type { ScheduledEvent } from '../events.ts'
import { parts } from '../extra-host.ts'

parts.events = {
  ...parts.events,
  scheduled: {
    field: 'schedule',
    async take(method, cron, scheduledTime) {
      const event: ScheduledEvent = {
        type: 'scheduled',
        cron,
        scheduledTime: Number(scheduledTime),
        noRetry() {},
      }
      await method(event)
      return []
    },
  },
}
