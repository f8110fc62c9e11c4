/** Hands messages of queues to the agents that handle them. @module */
export { QueueDeliveries, type Consumer, type DeadLetter } from './queue-deliveries.ts'
