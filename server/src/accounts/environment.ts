import { ENVIRONMENTS, type Environment } from '../platform/index.ts'

/** A key or token of ours that says by its text which environment it belongs to, and so which database is asked for it. */
export function tagged(environment: Environment, text: string): string {
  return `${environment}_${text}`
}

/** The environment that a key or token names, if it names one. Imported keys do not. */
export function environmentOf(text: string): Environment | undefined {
  return ENVIRONMENTS.find((environment) => text.startsWith(`${environment}_`))
}
