/**
 * What the test of the report asks of the page. JavaScript, because it runs in the browser as it is.
 *
 * @module
 */
/* oxlint-disable no-unused-vars -- the test calls these by name */

/** Pairs of texts in a chart that lie over each other. */
function collisions() {
  const found = []
  for (const svg of document.querySelectorAll('svg')) {
    const texts = [...svg.querySelectorAll('text')].filter(({ textContent }) => textContent !== '')
    const boxes = texts.map((text) => text.getBoundingClientRect())
    for (const [i, a] of boxes.entries()) {
      for (const [j, b] of boxes.entries()) {
        if (j <= i || a.width === 0 || b.width === 0) continue
        const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left)
        const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)
        // The boxes of lines of text touch; letters do not as long as they share less than this.
        if (wide > 1 && high > 4) found.push(`${texts[i]?.textContent} / ${texts[j]?.textContent}`)
      }
    }
  }
  return found
}

/** Texts that reach beyond the screen. */
function cutOff() {
  return [...document.querySelectorAll('svg text')]
    .filter((text) => {
      const { left, right, width } = text.getBoundingClientRect()
      return width > 0 && (left < 0 || right > innerWidth)
    })
    .map(({ textContent }) => textContent ?? '')
}

/** Of text to paper, as WCAG counts it. */
function contrast() {
  const { color, backgroundColor } = getComputedStyle(document.body)
  const luminance = (css) => {
    const channels = (css.match(/[\d.]+/g) ?? []).slice(0, 3).map((text) => Number(text) / 255)
    const [r = 0, g = 0, b = 0] = channels.map((c) =>
      c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4,
    )
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const [light = 0, dark = 0] = [luminance(color), luminance(backgroundColor)].sort((a, b) => b - a)
  return (light + 0.05) / (dark + 0.05)
}
