/**
 * From which level on the host writes lines to its log.
 *
 * @module
 */

/** Levels of the log of a host, from the most lines to none. */
export const LOG_THRESHOLDS = ['debug', 'info', 'warn', 'error', 'silent'] as const
/** The level from which lines of the host are written. */
export type LogThreshold = (typeof LOG_THRESHOLDS)[number]
