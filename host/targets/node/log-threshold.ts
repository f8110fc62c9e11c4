/**
 * From which level on the host writes lines to its log.
 *
 * @module
 */

export const LOG_THRESHOLDS = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogThreshold = (typeof LOG_THRESHOLDS)[number]
