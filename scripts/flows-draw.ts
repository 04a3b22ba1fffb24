/** Prints every form as a Mermaid flowchart, and the pages with their buttons. */
import { openFlows } from '../src/conversation/check-files.ts'
import type { FormFlow } from '../src/conversation/schema.ts'

const flows = openFlows(process.cwd())
console.log('flowchart TD')
for (const form of Object.values(flows.forms)) draw(form)
for (const page of Object.values(flows.pages)) {
  console.log(`  ${page.id}[/"${page.id}"/]`)
  for (const target of page.buttons) {
    const form = flows.forms[target]
    console.log(`  ${page.id} -.-> ${form === undefined ? target : `${form.id}_${form.steps[0]?.id ?? ''}`}`)
  }
}

function draw(form: FormFlow): void {
  console.log(`  subgraph ${form.id}`)
  for (const [index, step] of form.steps.entries()) {
    const name = `${form.id}_${step.id}`
    console.log(`    ${name}["${step.id}<br/>${step.ask}${step.optional || step.onRequest ? ' ?' : ''}"]`)
    for (const [option, target] of Object.entries(step.goto))
      console.log(`    ${name} -- ${option} --> ${form.id}_${target}`)
    const next = step.next ?? form.steps[index + 1]?.id
    console.log(`    ${name} --> ${next === undefined ? `${form.id}_finish((${form.finish}))` : `${form.id}_${next}`}`)
  }
  console.log('  end')
}
