import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import {
  type Database,
  type Environment,
  inTransaction,
  openOwner,
  probeNames,
  schemaOf,
  sessionSettings,
  sqlState,
} from './database.ts'

/** The pooler is there and lends connections that are not what the server needs, or the role cannot be prepared; with what to do. */
export class PoolerRefused extends Error {
  override readonly name = 'PoolerRefused'
}

/**
 * Lets an environment's role log in and brings along what a session needs, since a pooler lends the session of whoever came before. Done again, it gives
 * another password. PostgreSQL and its logs see what the password is checked with, never the password.
 * @returns the role's line in the pooler's file of users.
 * @throws PoolerRefused when the user of the URL may not change the role.
 */
export async function preparePooledRole(url: string, environment: Environment, password: string): Promise<string> {
  const role = schemaOf(environment)
  const verifier = scramVerifier(password)
  const statements = [
    `alter role ${role} login password '${verifier}'`,
    ...Object.entries(sessionSettings(environment)).map(([name, value]) => `alter role ${role} set ${name} to '${value}'`),
  ]
  const owner = openOwner(url, environment)
  try {
    await inTransaction(owner, async (tx) => {
      for (const statement of statements) await tx.query('', statement, [])
    })
    return `"${role}" "${verifier}"`
  } catch (error) {
    if (sqlState(error) === '42704')
      throw new PoolerRefused(`there is no role ${role} yet: run regulars migrate first.`, { cause: error })
    if (sqlState(error) !== '42501') throw error
    throw new PoolerRefused(
      `the user of DATABASE_URL may not change the role ${role}. Let an administrator run: ${statements.join('; ')};\nand give the pooler this line: "${role}" "${verifier}"`,
      { cause: error },
    )
  } finally {
    await owner.close()
  }
}

/**
 * Looks at what the pooler lends before anything is asked through it, and whether statements can be prepared by name.
 * @throws PoolerRefused when the role or a setting is another: in a session with another search path nothing would be found, or something else.
 */
export async function checkPooled(db: Database): Promise<{ named: boolean }> {
  const { environment } = db
  const role = schemaOf(environment)
  const expected = Object.entries(sessionSettings(environment))
  const rows = await db
    .query<{ user: string; name: string; setting: string }>(
      '',
      'select current_user as user, name, setting from pg_settings where name = any($1)',
      [expected.map(([name]) => name)],
    )
    .catch((error: unknown) => {
      if (!sqlState(error)?.startsWith('28')) throw error
      throw new PoolerRefused(`the pooler does not let ${role} in: ${(error as Error).message}. ${MEND}`, { cause: error })
    })
  const wrong = expected.flatMap(([name, value]) => {
    const got = rows.find((row) => row.name === name)?.setting
    return got === String(value) ? [] : [`${name} is ${got} and should be ${value}`]
  })
  const user = rows[0]?.user
  if (user !== role) wrong.unshift(`the user is ${user} and should be ${role}`)
  if (wrong.length > 0) throw new PoolerRefused(`the pooler lends connections that do not fit: ${wrong.join('; ')}. ${MEND}`)
  return { named: await probeNames(db) }
}

const MEND =
  'regulars pooler prepares the roles and prints their lines for the file of users; connections that the pooler already holds learn of it by RECONNECT on its console.'

const ITERATIONS = 4096
const SALT_BYTES = 16

/** What PostgreSQL keeps of a password (RFC 5802, with SHA-256). Made here, so that the password itself stands in no statement that could be logged. */
function scramVerifier(password: string): string {
  if (!/^[\x21-\x7e]+$/.test(password))
    throw new PoolerRefused(
      'the password in the address of the pooler must be of printable ASCII characters without spaces, percent-encoded where an address needs it.',
    )
  const salt = randomBytes(SALT_BYTES)
  const salted = pbkdf2Sync(password, salt, ITERATIONS, 32, 'sha256')
  const keyed = (text: string) => createHmac('sha256', salted).update(text).digest()
  const stored = createHash('sha256').update(keyed('Client Key')).digest('base64')
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString('base64')}$${stored}:${keyed('Server Key').toString('base64')}`
}
