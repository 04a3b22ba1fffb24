import { Command, CommanderError } from 'commander'
import { ConfigError } from '../config.ts'
import { ContactsError } from '../contacts.ts'
import { DeliverySettingsError } from '../delivery/settings.ts'
import { describeError } from '../logger.ts'
import { StartError } from '../store/start-error.ts'
import { RefusedError } from '../usecases/refused-error.ts'
import { TemplateFileError } from '../zalo/template-registry.ts'
import { addBackupCommands } from './backup-commands.ts'
import { addBroadcastCommands } from './broadcast-commands.ts'
import { addCaseCommands } from './case-commands.ts'
import { addChangeoverCommand } from './changeover-commands.ts'
import { addChannelCommands } from './channel-commands.ts'
import { addDeadLetterCommands } from './dead-letter-commands.ts'
import { addDeliveryCommand } from './delivery-commands.ts'
import { addDemonstrationPeople, demonstrationPeople } from './demonstration.ts'
import { faultSentences } from './fault-sentences.ts'
import { addImportCommands } from './import-commands.ts'
import { addKeyCommands } from './key-commands.ts'
import { type Opened, type Run, withBareDatabase, withDatabase } from './open.ts'
import { OperatorError, type Output, record } from './output.ts'
import { addPeopleCommands } from './people-commands.ts'
import { refusalSentences } from './sentences.ts'
import { addWebhookCommands } from './webhook-commands.ts'
import { addZaloCommands } from './zalo-commands.ts'

/**
 * The operator's tool: results through `output.result`, everything else through `output.say`, never a question. Answers with
 * the exit code: 0 done, 1 refused, 2 wrong use.
 */
export async function runPakn(
  args: readonly string[],
  env: Record<string, string | undefined>,
  output: Output,
): Promise<0 | 1 | 2> {
  const program = new Command('pakn')
  program
    .description(
      'Công cụ vận hành dịch vụ phản ánh, kiến nghị trên Zalo.\nThe operator’s tool of the PAKN service on Zalo.\n\nDùng chung biến môi trường với dịch vụ; chạy được cả khi dịch vụ đang chạy hoặc đã dừng.\nTakes the environment of the service; works beside it or without it.',
    )
    .helpOption('-h, --help', 'hướng dẫn / help')
    .helpCommand('help [command]', 'hướng dẫn về một lệnh / help on a command')
    .exitOverride()
    .showHelpAfterError('(--help: hướng dẫn / help)')
    .configureOutput({
      writeOut: (text) => output.result(text.trimEnd()),
      writeErr: (text) => output.say(text.trimEnd()),
    })
  const run: Run = (work) => withDatabase(env, output.say, async (opened) => work(opened, output))

  addPeopleCommands(program, run)
  addCaseCommands(program, run)
  addKeyCommands(program, run)
  addZaloCommands(program, run)
  addChannelCommands(program, run)
  addImportCommands(program, run, env)
  addChangeoverCommand(program, run, env)
  addBackupCommands(program, (work) => withBareDatabase(env, output.say, (opened) => work(opened, output)), env)
  addDeadLetterCommands(program, run)
  addDeliveryCommand(program, env, output)
  addWebhookCommands(program, run)
  addBroadcastCommands(program, run)
  program
    .command('demo')
    .description(
      'Tạo người dùng trình diễn, in tên đăng nhập, đơn vị, vai trò và mã truy cập 7 ngày / make the demonstration people, prints login, unit, roles and a token for 7 days',
    )
    .action(() => run(demonstrate))
  inherit(program)

  try {
    await program.parseAsync(args, { from: 'user' })
    return 0
  } catch (error) {
    return explain(error, output)
  }
}

async function demonstrate({ config, people }: Opened, output: Output): Promise<void> {
  if (config.mode === 'production') {
    throw new OperatorError(
      'Không tạo người dùng trình diễn trên hệ thống chính thức.',
      'Demonstration people are not made in production.',
    )
  }
  await addDemonstrationPeople(people, Date.now())
  for (const { login, unitCode, roles } of demonstrationPeople) {
    const { token } = await people.addToken(login, { name: 'demo', days: 7 }, Date.now())
    output.result(record(login, unitCode, roles.join(','), token))
  }
}

// Settings of the root do not reach commands that were made by `command()` before them.
function inherit(parent: Command): void {
  for (const child of parent.commands) {
    child.copyInheritedSettings(parent)
    inherit(child)
  }
}

/** Errors whose message is a sentence for the operator. */
function isExplained(error: unknown): error is Error {
  return (
    error instanceof OperatorError ||
    error instanceof StartError ||
    error instanceof ConfigError ||
    error instanceof ContactsError ||
    error instanceof TemplateFileError ||
    error instanceof DeliverySettingsError
  )
}

function explain(error: unknown, output: Output): 0 | 1 | 2 {
  if (error instanceof CommanderError) {
    // Help that was asked for is a result; everything else that Commander ends with is wrong use.
    return error.code === 'commander.helpDisplayed' || (error.code === 'commander.help' && error.exitCode === 0) ? 0 : 2
  }
  if (error instanceof RefusedError) {
    const sentence = refusalSentences[error.code]
    output.say(sentence === undefined ? error.code : `${sentence.vi}\n${sentence.en}`)
    for (const line of faultSentences(error.faults)) output.say(line)
  } else if (isExplained(error)) {
    output.say(error.message)
  } else {
    const { type, code, at } = describeError(error)
    output.say(
      `Lệnh không hoàn thành / the command failed: ${[type, code, at].filter((part) => part !== undefined).join(' ')}`,
    )
  }
  return 1
}
