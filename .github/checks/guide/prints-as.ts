/** Whether a terminal printed what a document shows of it. @module */

/**
 * @param shown - lines; `…` stands for any text of a line, and alone on a line for any lines
 * @param printed - the output; empty lines of it do not count
 */
export function printsAs(shown: string, printed: string): boolean {
  const lines = withoutEmpty(shown).map((line) =>
    line === '…' ? '(?:.*\\n)*' : `${line.split('…').map(RegExp.escape).join('.*')}\\n`,
  )
  return new RegExp(`^${lines.join('')}$`).test(
    withoutEmpty(printed)
      .map((line) => `${line}\n`)
      .join(''),
  )
}

function withoutEmpty(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
}
