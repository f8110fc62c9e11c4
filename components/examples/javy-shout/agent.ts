/**
 * A program for Javy, as it is: text on standard input, louder text on standard output. Mayfly runs it once a
 * request, the request's body its input and its output the response.
 *
 * @module
 */
import { readFileSync, STDIO, writeFileSync } from 'javy/fs'

const text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(STDIO.Stdin))
if (text === '') throw new Error('Cannot shout: nothing on standard input')
writeFileSync(STDIO.Stderr, new TextEncoder().encode(`${text.length} characters\n`))
writeFileSync(STDIO.Stdout, new TextEncoder().encode(`${text.trim().toUpperCase()}!\n`))
