/** Rasterises figures, at the density of a phone or a good screen. @module */

// 96 a inch is one pixel of the drawing to one of the file.
const DENSITY = 192

/** @returns the reason why there is no file, when sharp does not run here */
export async function writePng(svg: string, file: string): Promise<string | undefined> {
  try {
    const { default: sharp } = await import('sharp')
    await sharp(Buffer.from(svg), { density: DENSITY }).png({ palette: true }).toFile(file)
    return undefined
  } catch (error) {
    return `no PNG files: ${String(error).split('\n')[0]}`
  }
}
