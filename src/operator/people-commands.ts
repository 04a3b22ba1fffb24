import { type Command, InvalidArgumentError, Option } from 'commander'
import { ROLES, type Role } from '../cases/case.ts'
import { formatTime } from '../cases/days.ts'
import type { ApiToken } from '../usecases/people.ts'
import type { Run } from './open.ts'
import { record } from './output.ts'

/** `user …` and `token …`. */
export function addPeopleCommands(program: Command, run: Run): void {
  const user = program.command('user').description('Tài khoản cán bộ / accounts of officers')
  const login = () => new Option('--login <login>', 'tên đăng nhập / login').argParser(readLogin).makeOptionMandatory()

  user
    .command('add')
    .description('Tạo tài khoản, in liên kết đăng nhập một lần / open an account, prints a one-time sign-in link')
    .addOption(login())
    .requiredOption('--name <name>', 'họ và tên / full name', readText)
    .requiredOption('--unit <code>', 'mã đơn vị, ví dụ QN-VP / code of the unit')
    .addOption(
      new Option('--role <role>', `vai trò, có thể lặp lại / role, may be repeated: ${ROLES.join(', ')}`)
        .argParser(collectRole)
        .makeOptionMandatory(),
    )
    .option('--email <email>', 'thư điện tử / e-mail', readEmail)
    .action((asked: { login: string; name: string; unit: string; role: Role[]; email?: string }) =>
      run(async ({ people }, output) => {
        const { signInUrl } = await people.addPerson(
          { login: asked.login, name: asked.name, unitCode: asked.unit, roles: asked.role, email: asked.email ?? null },
          Date.now(),
        )
        output.result(signInUrl)
        output.say('Liên kết dùng một lần, có hiệu lực 3 ngày. / The link works once, for 3 days.')
      }),
    )

  user
    .command('list')
    .description('Liệt kê tài khoản: tên đăng nhập, họ tên, đơn vị, vai trò, trạng thái / list accounts')
    .action(() =>
      run(async ({ people }, output) => {
        for (const person of await people.listPeople()) {
          const state = person.disabledAt === null ? 'active' : 'disabled'
          output.result(record(person.login, person.name, person.unitCode, person.roles.join(','), state))
        }
      }),
    )

  user
    .command('disable')
    .description('Khóa tài khoản, hủy mọi mã truy cập / end an account with its tokens')
    .addOption(login())
    .action((asked: { login: string }) => run(({ people }) => people.disablePerson(asked.login, Date.now())))

  user
    .command('reset')
    .description('In liên kết đăng nhập một lần mới / print a new one-time sign-in link')
    .addOption(login())
    .action((asked: { login: string }) =>
      run(async ({ people }, output) => output.result((await people.resetSignIn(asked.login, Date.now())).signInUrl)),
    )

  const token = program.command('token').description('Mã truy cập API / API tokens')

  token
    .command('add')
    .description('Tạo mã truy cập; chỉ in mã, một lần duy nhất / make a token; prints the token and nothing else, once')
    .addOption(login())
    .option('--name <name>', 'tên để nhận ra mã / a name to know it by', readText, 'api')
    .option('--days <days>', 'số ngày hiệu lực, 1–3650 / days it is good for', readDays, 90)
    .action((asked: { login: string; name: string; days: number }) =>
      run(async ({ people }, output) => {
        const { token: secret } = await people.addToken(asked.login, { name: asked.name, days: asked.days }, Date.now())
        output.result(secret)
      }),
    )

  token
    .command('list')
    .description('Liệt kê mã truy cập: id, tài khoản, tên, tạo, hết hạn, dùng gần nhất, trạng thái / list tokens')
    .addOption(new Option('--login <login>', 'chỉ của tài khoản này / of this account only').argParser(readLogin))
    .action((asked: { login?: string }) =>
      run(async ({ people }, output) => {
        const now = Date.now()
        for (const one of await people.listTokens(asked.login)) {
          const used = one.lastUsedAt === null ? null : formatTime(one.lastUsedAt)
          const times = [formatTime(one.createdAt), formatTime(one.expiresAt), used]
          output.result(record(one.id, one.login, one.name, ...times, stateOf(one, now)))
        }
      }),
    )

  token
    .command('revoke')
    .description('Hủy một mã truy cập theo id / end a token by its id')
    .argument('<id>')
    .action((id: string) => run(({ people }) => people.revokeToken(id, Date.now())))
}

function stateOf(token: ApiToken, now: number): string {
  if (token.revokedAt !== null) return 'revoked'
  return token.expiresAt <= now ? 'expired' : 'active'
}

function readLogin(value: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._@-]{0,79}$/.test(value)) return value
  throw new InvalidArgumentError(
    'chữ không dấu, chữ số và . _ @ -; tối đa 80 ký tự / letters, digits and . _ @ -, at most 80',
  )
}

function readText(value: string): string {
  const text = value.normalize('NFC').trim()
  if (text.length > 0 && text.length <= 200 && !/\p{Cc}/u.test(text)) return text
  throw new InvalidArgumentError('1–200 ký tự / 1–200 characters')
}

function readEmail(value: string): string {
  if (value.length <= 254 && /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value)) return value
  throw new InvalidArgumentError('không phải địa chỉ thư điện tử / not an e-mail address')
}

function readDays(value: string): number {
  const days = Number(value)
  if (/^\d+$/.test(value) && days >= 1 && days <= 3650) return days
  throw new InvalidArgumentError('1–3650')
}

function collectRole(value: string, earlier: Role[] | undefined): Role[] {
  const role = ROLES.find((one) => one === value)
  if (role === undefined) throw new InvalidArgumentError(`${ROLES.join(', ')}`)
  return [...(earlier ?? []), role]
}
