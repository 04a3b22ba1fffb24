import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { testDatabase } from '../support/database.ts'
import { pakn } from '../support/officers.ts'
import { type MailServer, startMailServer } from '../support/smtp.ts'
import { until } from '../support/until.ts'

const { uri } = testDatabase()
let app: TestApp
let mail: MailServer

beforeAll(async () => {
  mail = await startMailServer()
  app = await startTestApp({ uri, env: { SMTP_URL: mail.url, MAIL_FROM: 'PAKN <pakn@example.vn>' } })
})
afterAll(async () => {
  await app.stop()
  await mail.stop()
})

async function desk(login: string): Promise<{ kind: string; caseCode: string; link: string }[]> {
  const token = app.app.demonstration.find((person) => person.login === login)?.token ?? ''
  const response = await fetch(`${app.url}/api/v1/me/notices?limit=100`, {
    headers: { authorization: `Bearer ${token}` },
  })
  return ((await response.json()) as { items: { kind: string; caseCode: string; link: string }[] }).items
}

test('when the service’s clock leaps by weeks, officers are reminded on their desks and by e-mail, and senders hear of late answers', async () => {
  await until('the reminders of today are done', async () => (await app.metric('pakn_reminders_late_seconds')) === 0)
  await until('the office knows of the new case', async () =>
    (await desk('lan')).some(({ kind }) => kind === 'newCase'),
  )
  // A secretary of the unit that handles one of the examples.
  const account = ['--login', 'thu.ky', '--name', 'Lê Thư Ký', '--unit', 'QN-SNNMT', '--role', 'agencyCoordinator']
  await pakn(['user', 'add', ...account, '--email', 'thu.ky@example.vn'], app.env)

  app.app.clock.advance(45 * 86_400_000)
  await until('the unit is reminded', async () => (await desk('phuc')).some(({ kind }) => kind === 'answerDue'), 20_000)
  const reminder = (await desk('phuc')).find(({ kind }) => kind === 'answerDue')
  expect(reminder?.link).toBe(`${app.config.http.publicUrl}/staff/cases/${reminder?.caseCode}`)
  await until('the letter is there', () => mail.letters.length > 0, 20_000)
  expect(mail.letters.map(({ to }) => to)).toEqual([['thu.ky@example.vn']])
  expect(mail.letters[0]?.headers.subject).toMatch(/^Nhắc việc/)
  expect(mail.letters[0]?.parts['text/plain']).toContain(reminder?.link)
  await until('the run is done', async () => (await app.metric('pakn_reminders_late_seconds')) === 0)
  expect(await app.metric('pakn_clock_notices_total')).toBeGreaterThan(0)
  // The server has the letter a moment before the service knows that it has.
  await until('the letter is counted', async () => (await app.metric('pakn_staff_messages_total')) > 0)
  expect(app.logged()).not.toContain('thu.ky@example.vn')
})
