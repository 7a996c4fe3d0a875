import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { DatabaseUnavailable } from '../platform/database.ts'
import { MigrationRefused } from '../platform/migrate.ts'
import { PoolerRefused } from '../platform/pooler.ts'
import { VERSION } from '../platform/version.ts'
import { DATA_DIR, EXIT, UsageError } from './settings.ts'

/*
 * Each command is loaded when it is called, and nothing here comes from a folder's index: `regulars sign` need not wait for a web server's modules.
 */
const program = new Command('regulars')
  .description('Open-source loyalty infrastructure: the server, and everything to run it with.')
  .version(VERSION)
  .showHelpAfterError('(regulars --help shows what there is)')
  .exitOverride((error) => {
    process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage
    throw error
  })

const demo = fileURLToPath(new URL('../../../examples/taste-of-the-world/', import.meta.url))

program
  .command('dev')
  .description('everything on this machine: database, program, credential, mailbox, server')
  .option('--port <port>', 'port to listen on; 0 takes a free one', port, 8080)
  .option('--host <host>', 'address to listen on', '127.0.0.1')
  .option('--data-dir <dir>', 'where the database and the keys are kept', DATA_DIR)
  .option('--program <file>', 'program file of the brand', `${demo}program.yaml`)
  .option('--ready-file <file>', 'written (JSON) when requests are accepted')
  .option('--clock <instant>', 'freeze the test clock at this instant')
  .option('--json', 'print the ready file instead of the tour')
  .action(async (options) => (await import('./commands/dev.ts')).dev(options))

program
  .command('start')
  .description('dev on the demo brand, with a quarter of real orders replayed on the first start')
  .option('--port <port>', 'port to listen on; 0 takes a free one', port, 8080)
  .option('--host <host>', 'address to listen on', '127.0.0.1')
  .option('--data-dir <dir>', 'where the database and the keys are kept', DATA_DIR)
  .option('--ready-file <file>', 'written (JSON) when requests are accepted')
  .option('--no-replay', 'leave the sample orders out')
  .option('--no-pos', 'leave register, kiosk and web shop out')
  .option('--pos-port <port>', 'port of the screens; 8090 when left out, a free one with --port 0', port)
  .option('--pos-ready-file <file>', 'written (JSON) when the screens are served')
  .option('--json', 'print the ready file instead of the tour')
  .action(async (options) => (await import('./commands/start.ts')).start(options))

program
  .command('serve')
  .description('the server for production, on the PostgreSQL of DATABASE_URL')
  .option('--port <port>', 'port to listen on; 0 takes a free one', port, 8080)
  .option('--host <host>', 'address to listen on', '0.0.0.0')
  .option('--database-url <url>', 'instead of DATABASE_URL')
  .option('--key-file <file>', 'file with the master key, instead of REGULARS_MASTER_KEY')
  .option('--ready-file <file>', 'written (JSON) when requests are accepted')
  .option('--no-worker', 'leave mail, expiry and due campaigns to `regulars worker`')
  .option('--metrics-port <port>', 'monitoring listens here: /metrics, /healthz, /readyz', port)
  .option('--json', 'print the address as JSON when requests are accepted')
  .action(async (options) => (await import('./commands/serve.ts')).serve(options))

program
  .command('worker')
  .description('mail, expiry and due campaigns, for servers that run with --no-worker')
  .option('--host <host>', 'address that monitoring listens on', '0.0.0.0')
  .option('--database-url <url>', 'instead of DATABASE_URL')
  .option('--key-file <file>', 'file with the master key, instead of REGULARS_MASTER_KEY')
  .option('--ready-file <file>', 'written (JSON) when it works')
  .option('--metrics-port <port>', 'monitoring listens here: /metrics, /healthz, /readyz', port)
  .action(async (options) => (await import('./commands/worker.ts')).worker(options))

program
  .command('migrate')
  .description('bring the schema up to date')
  .option('--database-url <url>', 'instead of DATABASE_URL')
  .option('--environment <name>', 'test or live; both when left out')
  .option('--json', 'print JSON')
  .action(async (options) => (await import('./commands/migrate.ts')).migrateCommand(options))

program
  .command('pooler')
  .description('let the roles log in through PgBouncer (REGULARS_POOLER_URL), and print their lines for its file of users')
  .option('--database-url <url>', 'instead of DATABASE_URL')
  .option('--json', 'print JSON')
  .action(async (options) => (await import('./commands/pooler.ts')).pooler(options))

program
  .command('apply')
  .description('put a program file in force, after showing what it changes')
  .argument('[file]', 'program file (YAML or JSON)')
  .option('--history <account>', 'list the versions of an account instead')
  .option('--rollback <version>', 'apply an old version of --account again, as a new one', count)
  .option('--account <id>', 'account that --rollback means')
  .option(
    '--convert <rate>',
    'what members have becomes another unit: points:visits=10:1; or stays, under another type: points=1:1',
  )
  .option('--database-url <url>', 'instead of DATABASE_URL')
  .option('--environment <name>', 'test or live', 'test')
  .option('--yes', 'apply without asking')
  .option('--dry-run', 'show what would change and stop')
  .option('--json', 'print JSON')
  .action(async (file, options) => (await import('./commands/apply.ts')).apply(file, options))

const credential = program.command('credential').description('API keys and their secrets')
const shared = (command: Command) =>
  command
    .option('--database-url <url>', 'instead of DATABASE_URL')
    .option('--environment <name>', 'test or live', 'test')
    .option('--json', 'print JSON')
const sealed = (command: Command) =>
  shared(command).option('--key-file <file>', 'file with the master key, instead of REGULARS_MASTER_KEY')

sealed(credential.command('create'))
  .description('make a credential; its secret is shown once')
  .requiredOption('--account <id>', 'account it is for')
  .option('--name <name>', 'what operators call it', 'partner')
  .option('--store <code...>', 'limit it to these stores')
  .option('--rate-limit <n>', 'requests a second', count)
  .option('--strict', 'turn certification warnings into errors')
  .option('--sign-minified', 'for a client that signs the minified form of what it sends')
  .option('--message-signatures', 'accept HTTP message signatures (RFC 9421) only')
  .option('--web-context <slug>', 'make it a mobile credential')
  .option('--import-key <key>', 'keep the API key that another system issued')
  .option('--import-secret <base64>', 'keep the secret that another system issued')
  .action(async (options) => (await import('./commands/credential.ts')).create(options))
shared(credential.command('list'))
  .description('list the credentials of an account')
  .requiredOption('--account <id>', 'account')
  .action(async (options) => (await import('./commands/credential.ts')).list(options))
sealed(credential.command('rotate'))
  .description('give a credential a new secret; the old one works on for the overlap')
  .argument('<api-key>', 'its API key')
  .option('--overlap-hours <n>', 'how long the old secret still works; 0 ends it now', count, 24)
  .action(async (apiKey, options) => (await import('./commands/credential.ts')).rotate(apiKey, options))
shared(credential.command('require'))
  .description('accept HTTP message signatures (RFC 9421) only, or both ways to sign again')
  .argument('<scheme>', 'message-signatures or any')
  .option('--key <api-key>', 'of this credential')
  .option('--account <id>', 'of this account, with all its credentials')
  .action(async (scheme, options) => (await import('./commands/credential.ts')).require(scheme, options))
shared(credential.command('disable'))
  .description('stop a credential at once')
  .argument('<api-key>', 'its API key')
  .action(async (apiKey, options) => (await import('./commands/credential.ts')).disable(apiKey, options))

program
  .command('sign')
  .description('print what is signed, the signature, and a curl to send')
  .argument('<uri>', 'request target: path and query, exactly as sent')
  .requiredOption('--secret <base64>', 'shared secret (or - to read it from standard input)')
  .option('--key <key>', 'API key, for the curl', '<your API key>')
  .option('--body <text>', 'body, exactly as sent; @file reads a file')
  .option('--url <base>', 'where the server is, for the curl', 'http://127.0.0.1:8080')
  .option('--message-signature', 'sign as RFC 9421 says: method, whole address, time and nonce too')
  .option('--method <method>', 'for a message signature; GET, or POST with a body, when left out')
  .option('--json', 'print JSON')
  .action(async (uri, options) => (await import('./commands/sign.ts')).signCommand(uri, options))

program
  .command('certify')
  .description('run the certification checklist, as a partner, against any server that speaks the contract')
  .requiredOption('--url <url>', 'the server')
  .requiredOption('--key <key>', 'API key')
  .requiredOption('--secret <base64>', 'shared secret')
  .requiredOption('--account <id>', 'account id, which orders carry as brand')
  .requiredOption('--store <code>', 'store code')
  .option('--message-signatures', 'sign as RFC 9421 says, for a credential that must')
  .option('--menu <file>', 'what is sold (CSV: item_id, name, category, price); a usual menu when left out')
  .option('--phone <number>', 'first phone of the members it makes; at random when left out')
  .option('--needs <label=count...>', 'how many items a free-item reward takes, instead of asking the server')
  .option('--only <check...>', 'only these checks')
  .option('--skip <check...>', 'without these checks')
  .option('--format <format>', 'text, json, junit or html', 'text')
  .option('--out <file>', 'write the report to a file')
  .option('--json', 'same as --format json')
  .action(async (options) => (await import('./commands/certify.ts')).certifyCommand(options))

program
  .command('certification')
  .description('what the server has seen of a partner who integrates')
  .command('status')
  .description('tick the certification checklist by the traffic of a credential, with what was wrong')
  .requiredOption('--credential <api-key>', 'whose traffic')
  .option('--days <n>', 'how far to look back; 30 when left out', count)
  .option('--database-url <url>', 'instead of DATABASE_URL')
  .option('--environment <name>', 'test or live', 'test')
  .option('--json', 'print JSON')
  .action(async (options) => (await import('./commands/certification.ts')).certificationStatus(options))

program
  .command('debug-signature')
  .description('say which mistake made a signature that was refused')
  .argument('[file]', 'the request: a curl command or raw HTTP; standard input when left out')
  .requiredOption('--secret <base64...>', 'shared secret, or @file; further ones are tried as mix-ups')
  .option('--signature <text>', 'the signature that was refused, instead of the one in the request')
  .option('--target <uri>', 'path and query, exactly as sent')
  .option('--body <text>', 'body, exactly as sent; @file reads a file')
  .option('--method <method>', 'HTTP method')
  .option('--host <host>', 'host the request went to')
  .option('--key <key>', 'API key')
  .option('--sign-minified', 'the credential may sign the minified form')
  .option('--json', 'print JSON')
  .action(async (file, options) => (await import('./commands/debug-signature.ts')).debugSignatureCommand(file, options))

program
  .command('replay')
  .description('send a history of orders as tills would, and compare every balance with a recomputation')
  .option('--orders <file>', 'order lines', `${demo}order_lines.csv`)
  .option('--menu <file>', 'menu', `${demo}menu.csv`)
  .option('--program <file>', 'program file', `${demo}program.yaml`)
  .option('--url <url>', 'a server that runs; without it, dev is started')
  .option('--key <key>', 'API key')
  .option('--secret <base64>', 'shared secret')
  .option('--admin-token <token>', 'to move the test clock')
  .option('--data-dir <dir>', 'data folder of the server that is started', `${DATA_DIR}/replay`)
  .option('--seed <n>', 'another seed makes other members and mishaps', count)
  .option('--limit <n>', 'only the first so many orders', count)
  .option('--json', 'print the report as JSON')
  .action(async (options) => (await import('./commands/replay.ts')).replayCommand(options))

program
  .command('verify')
  .description('recompute every balance from the ledger and check every invariant')
  .option('--database-url <url>', 'instead of DATABASE_URL')
  .option('--environment <name>', 'test or live; both when left out')
  .option('--json', 'print JSON, which is what it does anyway')
  .option('--text', 'print for people')
  .action(async (options) => (await import('./commands/verify.ts')).verify(options))

program
  .command('explain')
  .description('say of an order which rule did what on which line, what did not apply and why, and what was moved')
  .argument('<order>', "the partner's order id, its basket's uuid, or a guest's receipt code")
  .option('--account <id>', 'account; needed where several have such an order')
  .option('--database-url <url>', 'instead of DATABASE_URL')
  .option('--environment <name>', 'test or live', 'test')
  .option('--json', 'print JSON')
  .action(async (order, options) => (await import('./commands/explain.ts')).explain(order, options))

program
  .command('simulate')
  .description('price a history of orders under a new program and compare it with the current one')
  .requiredOption('--program <file>', 'the new program file')
  .option('--current <file>', "the program file to compare with; the demo brand's when left out")
  .option('--account <id>', 'compare with what this account has in force')
  .option('--database-url <url>', 'with --account, instead of DATABASE_URL')
  .option('--environment <name>', 'with --account: test or live', 'test')
  .option('--orders <file>', 'the history (CSV: order_id, ordered_at, item_id)', `${demo}order_lines.csv`)
  .option('--menu <file>', 'prices and categories (CSV: item_id, name, category, price_usd)', `${demo}menu.csv`)
  .option('--seed <n>', 'who orders what', count)
  .option('--limit <n>', 'only the first orders', count)
  .option('--json', 'print JSON; money in minor units')
  .option('--csv', 'print CSV')
  .action(async (options) => (await import('./commands/simulate.ts')).simulate(options))

program
  .command('seed')
  .description('fill an account with members who have a history, for benches and trials')
  .requiredOption('--members <n>', 'how many there are in the end', count)
  .requiredOption('--account <id>', 'account; it needs a program and a credential')
  .option('--seed <n>', 'another seed makes other histories', count, 1)
  .option('--database-url <url>', 'instead of DATABASE_URL')
  .option('--environment <name>', 'test or live', 'test')
  .option('--json', 'print JSON')
  .action(async (options) => (await import('./commands/seed.ts')).seed(options))

program
  .command('budgets')
  .description('how much of each budget of the campaigns is used, and how much is left')
  .requiredOption('--account <id>', 'account')
  .option('--database-url <url>', 'instead of DATABASE_URL')
  .option('--environment <name>', 'test or live', 'test')
  .option('--json', 'print JSON')
  .action(async (options) => (await import('./commands/budgets.ts')).budgets(options))

program
  .command('events')
  .description("what an account's systems should hear of: warnings that something is about to expire")
  .requiredOption('--account <id>', 'account')
  .option('--after <number>', 'only those after this one', count, 0)
  .option('--limit <n>', 'at most so many', count, 100)
  .option('--database-url <url>', 'instead of DATABASE_URL')
  .option('--environment <name>', 'test or live', 'test')
  .option('--json', 'print JSON')
  .action(async (options) => (await import('./commands/events.ts')).events(options))

program
  .command('clock')
  .description('show, freeze or release the clock of the test environment')
  .argument('[instant]', 'freeze at this instant; "run" lets time run again')
  .option('--database-url <url>', 'instead of DATABASE_URL')
  .option('--json', 'print JSON')
  .action(async (instant, options) => (await import('./commands/clock.ts')).clock(instant, options))

program
  .command('doctor')
  .description('check Node, database, clock, SMTP and signing, and say how to mend what fails')
  .option('--database-url <url>', 'instead of DATABASE_URL')
  .option('--json', 'print JSON')
  .action(async (options) => (await import('./commands/doctor.ts')).doctor(options))

function port(text: string): number {
  const value = count(text)
  if (value > 65_535) throw new UsageError(`A port is at most 65535; got ${text}.`)
  return value
}

function count(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`A whole number is needed; got ${text}.`)
  return Number(text)
}

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof UsageError || error instanceof MigrationRefused || error instanceof PoolerRefused) {
    process.stderr.write(`${error.message}\n`)
    process.exitCode = EXIT.usage
  } else if (error instanceof DatabaseUnavailable) {
    process.stderr.write(`${error.message}\nIs PostgreSQL running, and is its address right? regulars doctor looks into it.\n`)
    process.exitCode = EXIT.unavailable
  } else if (!(error instanceof Error && 'exitCode' in error)) {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : error}\n`)
    process.exitCode = EXIT.failed
  }
}
