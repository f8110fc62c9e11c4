/** Commands to agents while they are served, and the bus that carries them. @module */
export type { Command } from './command.ts'
export { NOTHING_CAME, type CommandBus, type CommandOutcome } from './command-bus.ts'
export { carryOut, RecentCommands, type RevisedAgent } from './recent-commands.ts'
export { withChanges, withStates } from './served-agents.ts'
