import { type Command, InvalidArgumentError, Option } from 'commander'
import { z } from 'zod'
import { ROLES, type Role, TOKEN_SCOPES, type TokenScope } from '../cases/case.ts'
import { formatTime } from '../cases/days.ts'
import { isActive } from '../usecases/people/accounts.ts'
import type { ApiToken, Person } from '../usecases/people.ts'
import type { Run } from './open.ts'
import { type Output, record } from './output.ts'

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
    .addOption(roleOption())
    .option('--email <email>', 'thư điện tử / e-mail', readEmail)
    .addOption(dayOption('--from <day>', 'ngày đầu có hiệu lực, YYYY-MM-DD / first day'))
    .addOption(dayOption('--to <day>', 'ngày cuối có hiệu lực, YYYY-MM-DD / last day'))
    .action((asked: NewAccount) =>
      run(async ({ people }, output) => {
        const { signInUrl } = await people.addPerson(
          {
            login: asked.login,
            name: asked.name,
            unitCode: asked.unit,
            roles: asked.role,
            email: asked.email ?? null,
            validFrom: asked.from ?? null,
            validTo: asked.to ?? null,
          },
          Date.now(),
        )
        output.result(signInUrl)
        output.say('Liên kết dùng một lần, có hiệu lực 3 ngày. / The link works once, for 3 days.')
      }),
    )

  user
    .command('list')
    .description(
      'Liệt kê tài khoản: tên đăng nhập, họ tên, đơn vị, vai trò, hiệu lực từ, đến, trạng thái / list accounts: login, name, unit, roles, valid from, to, state',
    )
    .option('--unit <code>', 'chỉ của đơn vị này và các đơn vị trực thuộc / of this unit and those below it only')
    .action((asked: { unit?: string }) =>
      run(async ({ people, units }, output) => {
        const ofUnits = asked.unit === undefined ? {} : { unitCodes: units.codesWithin(asked.unit) }
        for await (const person of everybody((after) => people.listPeople({ ...ofUnits, after, limit: PAGE }))) {
          const { login, name, unitCode, roles, validFrom, validTo } = person
          output.result(record(login, name, unitCode, roles.join(','), validFrom, validTo, accountState(person)))
        }
      }),
    )

  user
    .command('disable')
    .description(
      'Khóa tài khoản: quyền, mã truy cập hết hiệu lực ngay, hồ sơ đang xử lý trả về đầu mối của đơn vị / end an account at once with its tokens; open cases go back to the coordinator',
    )
    .addOption(login())
    .action((asked: { login: string }) =>
      run(async ({ people }, output) => sayHandedBack(output, await people.disablePerson(asked.login, Date.now()))),
    )

  user
    .command('move')
    .description(
      'Chuyển sang đơn vị khác: quyền ở đơn vị cũ hết ngay, hồ sơ ở lại đơn vị cũ / to another unit: the rights in the former one end at once, cases stay there',
    )
    .addOption(login())
    .requiredOption('--unit <code>', 'mã đơn vị mới / code of the new unit')
    .addOption(roleOption())
    .action((asked: { login: string; unit: string; role: Role[] }) =>
      run(async ({ people }, output) => {
        const to = { unitCode: asked.unit, roles: asked.role }
        sayHandedBack(output, await people.movePerson(asked.login, to, Date.now()))
      }),
    )

  user
    .command('roles')
    .description('Thay các vai trò trong cùng đơn vị / other roles in the same unit')
    .addOption(login())
    .addOption(roleOption())
    .action((asked: { login: string; role: Role[] }) =>
      run(async ({ people }, output) =>
        sayHandedBack(output, await people.setRoles(asked.login, asked.role, Date.now())),
      ),
    )

  user
    .command('validity')
    .description(
      'Đặt ngày đầu, ngày cuối tài khoản có hiệu lực; bỏ trống là không giới hạn / first and last day of an account',
    )
    .addOption(login())
    .addOption(dayOption('--from <day>', 'ngày đầu, YYYY-MM-DD / first day'))
    .addOption(dayOption('--to <day>', 'ngày cuối, YYYY-MM-DD / last day'))
    .action((asked: { login: string; from?: string; to?: string }) =>
      run(async ({ people }, output) => {
        const days = { validFrom: asked.from ?? null, validTo: asked.to ?? null }
        sayHandedBack(output, await people.setValidity(asked.login, days, Date.now()))
      }),
    )

  user
    .command('reset')
    .description('In liên kết đăng nhập một lần mới / print a new one-time sign-in link')
    .addOption(login())
    .action((asked: { login: string }) =>
      run(async ({ people }, output) => output.result((await people.resetSignIn(asked.login, Date.now())).signInUrl)),
    )

  user
    .command('zalo-link')
    .description(
      'In dòng chữ để cán bộ gõ cho Official Account từ Zalo của mình, hiệu lực 10 phút / print the words that the officer types to the Official Account from the own Zalo, good for 10 minutes',
    )
    .addOption(login())
    .action((asked: { login: string }) =>
      run(async ({ links }, output) => output.result((await links.askFor(asked.login, Date.now())).words)),
    )

  user
    .command('zalo-unlink')
    .description('Bỏ liên kết Zalo của cán bộ / end the link of an officer’s Zalo')
    .addOption(login())
    .action((asked: { login: string }) =>
      run(async ({ links }, output) => {
        if (await links.unlinkFor(asked.login)) return
        output.say('Tài khoản này chưa liên kết Zalo. / This account has no Zalo linked.')
      }),
    )

  const token = program.command('token').description('Mã truy cập API / API tokens')

  token
    .command('add')
    .description('Tạo mã truy cập; chỉ in mã, một lần duy nhất / make a token; prints the token and nothing else, once')
    .addOption(login())
    .option('--name <name>', 'tên để nhận ra mã / a name to know it by', readText, 'api')
    .option('--days <days>', 'số ngày hiệu lực, 1–3650 / days it is good for', readDays, 90)
    .addOption(
      new Option(
        '--scope <scope>',
        `phạm vi, có thể lặp lại; mặc định tất cả / what it is good for, may be repeated; by default all: ${TOKEN_SCOPES.join(', ')}`,
      ).argParser(collectScope),
    )
    .action((asked: { login: string; name: string; days: number; scope?: TokenScope[] }) =>
      run(async ({ people }, output) => {
        const { login, name, days, scope } = asked
        const token = await people.addToken(login, { name, days, ...(scope && { scopes: scope }) }, Date.now())
        output.result(token.token)
      }),
    )

  token
    .command('list')
    .description(
      'Liệt kê mã truy cập, mới nhất trước: id, tài khoản, tên, phạm vi, tạo, hết hạn, dùng gần nhất, trạng thái / list tokens, newest first: id, login, name, scopes, made, ends, last use, state',
    )
    .addOption(new Option('--login <login>', 'chỉ của tài khoản này / of this account only').argParser(readLogin))
    .action((asked: { login?: string }) =>
      run(async ({ people }, output) => {
        const now = Date.now()
        const ofLogin = asked.login === undefined ? {} : { login: asked.login }
        for (const one of await people.listTokens({ ...ofLogin, limit: TOKENS_MAX })) {
          const used = one.lastUsedAt === null ? null : formatTime(one.lastUsedAt)
          const times = [formatTime(one.createdAt), formatTime(one.expiresAt), used]
          output.result(record(one.id, one.login, one.name, one.scopes.join(','), ...times, stateOf(one, now)))
        }
      }),
    )

  token
    .command('revoke')
    .description('Hủy một mã truy cập theo id / end a token by its id')
    .argument('<id>')
    .action((id: string) => run(async ({ people }) => void (await people.revokeToken(id, Date.now()))))
}

type NewAccount = {
  login: string
  name: string
  unit: string
  role: Role[]
  email?: string
  from?: string
  to?: string
}

const PAGE = 200
const TOKENS_MAX = 10_000

async function* everybody(page: (after: string | null) => Promise<Person[]>): AsyncGenerator<Person> {
  for (let after: string | null = null; ; ) {
    const people: Person[] = await page(after)
    yield* people
    if (people.length < PAGE) return
    after = people.at(-1)?.login ?? null
  }
}

function accountState(person: Person): string {
  if (person.disabledAt !== null) return 'disabled'
  return isActive(person, Date.now()) ? 'active' : 'notValid'
}

function sayHandedBack(output: Output, count: number): void {
  if (count === 0) return
  output.say(`${count} hồ sơ trả về đầu mối của đơn vị. / ${count} cases went back to the coordinator.`)
}

function roleOption(): Option {
  return new Option('--role <role>', `vai trò, có thể lặp lại / role, may be repeated: ${ROLES.join(', ')}`)
    .argParser(collectRole)
    .makeOptionMandatory()
}

function dayOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((value: string) => {
    if (z.iso.date().safeParse(value).success) return value
    throw new InvalidArgumentError('YYYY-MM-DD')
  })
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

function collectScope(value: string, earlier: TokenScope[] | undefined): TokenScope[] {
  const scope = TOKEN_SCOPES.find((one) => one === value)
  if (scope === undefined) throw new InvalidArgumentError(`${TOKEN_SCOPES.join(', ')}`)
  return [...(earlier ?? []), scope]
}
