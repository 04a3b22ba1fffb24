import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Router } from 'express'

const types = {
  'public.css': 'text/css; charset=utf-8',
  'favicon.svg': 'image/svg+xml',
  'contact-card.png': 'image/png',
} as const

export type AssetName = keyof typeof types

/** The files of the public pages under `/assets`, read once; `url` changes with what is in the file. */
export function createAssets(): { router: Router; url(name: AssetName): string } {
  const router = Router()
  const files = new Map(
    (Object.keys(types) as AssetName[]).map((name) => {
      const content = readFileSync(fileURLToPath(new URL(`./assets/${name}`, import.meta.url)))
      return [name, { content, version: createHash('sha256').update(content).digest('hex').slice(0, 12) }] as const
    }),
  )
  for (const [name, { content, version }] of files) {
    router.get(`/assets/${name}`, (request, response) => {
      const age = request.query.v === version ? 'max-age=31536000, immutable' : 'max-age=3600'
      response.set({ 'Content-Type': types[name], 'Cache-Control': `public, ${age}` })
      // Zalo's app shows the card on pages of its own.
      if (name === 'contact-card.png') response.set('Cross-Origin-Resource-Policy', 'cross-origin')
      response.send(content)
    })
  }
  return { router, url: (name) => `/assets/${name}?v=${files.get(name)?.version ?? ''}` }
}
