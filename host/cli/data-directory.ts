/** Where a host keeps what it has to find again, and verbs look for it, when no `--data` says otherwise. @module */

/** Relative to where the command is run. */
export const DEFAULT_DATA_DIRECTORY = '.mayfly/data'
