/** Writes `flows/flow.schema.json`, from which editors complete and check a flow; `--check` only compares. */
import { readFileSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { formSchema, pageSchema } from '../src/conversation/schema.ts'

const file = 'flows/flow.schema.json'
const schema = z.toJSONSchema(z.union([formSchema, pageSchema]), { io: 'input', target: 'draft-7' })
const text = `${JSON.stringify(schema, null, 2)}\n`
if (!process.argv.includes('--check')) writeFileSync(file, text)
else if (readFileSync(file, 'utf8') !== text) {
  console.error(`${file} is out of date: npm run flows:schema`)
  process.exitCode = 1
}
