/** What several folders do with bytes. @module */
export { inOnePiece, joinBytes } from './join-bytes.ts'
