import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import PdfDocument from 'pdfkit'

// Said here once more and not imported: pages know nothing of how they are drawn.
type Block =
  | { type: 'title' | 'heading' | 'text' | 'note'; text: string }
  | { type: 'facts'; rows: readonly (readonly [string, string])[] }
  | { type: 'table'; columns: readonly string[]; widths: readonly number[]; rows: readonly (readonly string[])[] }
export type Printed = { title: string; language: string; blocks: readonly Block[]; foot: string }

const margin = 56
const labelShare = 0.28
const colours = { text: '#1a1a1a', quiet: '#555555', line: '#bbbbbb', band: '#f0f0f0' }
const sizes = { title: 15, heading: 12, text: 10.5, note: 8.5, table: 9 }

/** Draws pages of A4 in Noto Sans, which has the marks of every people of the province; resolves to the bytes of the PDF. */
export async function drawPdf(printed: Printed): Promise<Buffer> {
  const fonts = dirname(createRequire(import.meta.url).resolve('@expo-google-fonts/noto-sans/package.json'))
  const pdf = new PdfDocument({
    size: 'A4',
    margin,
    bufferPages: true,
    lang: printed.language,
    info: { Title: plain(printed.title) },
    font: join(fonts, '400Regular/NotoSans_400Regular.ttf'),
  })
  pdf.registerFont('regular', join(fonts, '400Regular/NotoSans_400Regular.ttf'))
  pdf.registerFont('bold', join(fonts, '700Bold/NotoSans_700Bold.ttf'))
  const chunks: Buffer[] = []
  pdf.on('data', (chunk: Buffer) => chunks.push(chunk))
  const ended = new Promise<void>((resolve, reject) => pdf.once('end', resolve).once('error', reject))
  const width = pdf.page.width - 2 * margin
  const bottom = pdf.page.height - margin

  const write = (text: string, font: 'regular' | 'bold', size: number, colour: string) =>
    pdf.font(font).fontSize(size).fillColor(colour).text(plain(text), margin, pdf.y, { width, lineGap: 2 })
  const room = (height: number) => {
    if (pdf.y + height > bottom) pdf.addPage()
  }
  /** Cells side by side; a row too high for what is left begins a new page, one higher than a page flows on. */
  const row = (
    cells: readonly string[],
    widths: readonly number[],
    style: { size: number; bold: readonly boolean[]; isBand: boolean },
  ) => {
    const fontOf = (index: number) => (style.bold[index] === true ? 'bold' : 'regular')
    const heights = cells.map((cell, index) =>
      pdf
        .font(fontOf(index))
        .fontSize(style.size)
        .heightOfString(plain(cell) || ' ', { width: (widths[index] ?? 0) * width - 8 }),
    )
    const height = Math.max(...heights) + 6
    if (height > bottom - margin) {
      for (const [index, cell] of cells.entries()) write(cell, fontOf(index), style.size, colours.text)
      return
    }
    room(height)
    const top = pdf.y
    if (style.isBand) pdf.rect(margin, top, width, height).fill(colours.band)
    let left = margin
    for (const [index, cell] of cells.entries()) {
      const cellWidth = (widths[index] ?? 0) * width
      pdf.font(fontOf(index)).fontSize(style.size).fillColor(colours.text)
      pdf.text(plain(cell), left + 4, top + 3, { width: cellWidth - 8 })
      left += cellWidth
    }
    pdf
      .moveTo(margin, top + height)
      .lineTo(margin + width, top + height)
      .lineWidth(0.5)
      .stroke(colours.line)
    pdf.y = top + height
  }

  for (const block of printed.blocks) {
    switch (block.type) {
      case 'title':
        write(block.text, 'bold', sizes.title, colours.text)
        pdf.moveDown(0.3)
        break
      case 'heading':
        room(60)
        pdf.moveDown(0.8)
        write(block.text, 'bold', sizes.heading, colours.text)
        pdf.moveDown(0.2)
        break
      case 'text':
        pdf.moveDown(0.3)
        write(block.text, 'regular', sizes.text, colours.text)
        break
      case 'note':
        pdf.moveDown(0.3)
        write(block.text, 'regular', sizes.note, colours.quiet)
        break
      case 'facts':
        for (const cells of block.rows)
          row(cells, [labelShare, 1 - labelShare], { size: sizes.text, bold: [true, false], isBand: false })
        break
      case 'table':
        row(block.columns, block.widths, { size: sizes.table, bold: block.columns.map(() => true), isBand: true })
        for (const cells of block.rows) row(cells, block.widths, { size: sizes.table, bold: [], isBand: false })
        break
    }
  }
  const { start, count } = pdf.bufferedPageRange()
  for (let index = start; index < start + count; index++) {
    pdf.switchToPage(index)
    const foot = plain(printed.foot)
      .replace('{number}', String(index - start + 1))
      .replace('{count}', String(count))
    // Below the margin, where text would begin a page of its own.
    pdf.page.margins.bottom = 0
    pdf.font('regular').fontSize(sizes.note).fillColor(colours.quiet)
    pdf.text(foot, margin, pdf.page.height - margin + 18, {
      width,
      align: 'center',
    })
  }
  pdf.end()
  await ended
  return Buffer.concat(chunks)
}

/** One Unicode form, none of the characters that no printer shows, and a place to break in words that no line has room for. */
function plain(text: string): string {
  return text
    .toWellFormed()
    .normalize('NFC')
    .replace(/\r\n?/g, '\n')
    .replace(/[[\p{Cc}\p{Cf}]--\n]/gv, '')
    .replace(LONG_WORD, (word) => word.replace(PIECE, '$&\u200b'))
}

/**
 * The drawing tries a word that is wider than its line letter by letter, and anew on each line: thousands of letters without a space
 * would take it minutes.
 */
const LONG_WORD = /\S{41,}/gu
const PIECE = /(?:\P{M}\p{M}*){20}/gu
