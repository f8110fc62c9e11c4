/** The chapters of the guide, each with the steps that its reader takes. @module */
import { readdirSync, readFileSync } from 'node:fs'
import { readSteps, type Step } from '../recipes/read-steps.ts'

/** Where the guide is. */
export const GUIDE: URL = new URL('../../guide/', import.meta.url)

export interface Chapter {
  /** Of its file, without `.md`. */
  readonly name: string
  readonly text: string
  readonly steps: readonly Step[]
}

/** @throws {Error} when a block of a chapter is nothing that can be followed */
export function readChapters(): Chapter[] {
  return readdirSync(GUIDE).map((file) => {
    const text = readFileSync(new URL(file, GUIDE), 'utf8')
    return { name: file.replace(/\.md$/, ''), text, steps: readSteps(`chapter "${file}"`, text) }
  })
}
