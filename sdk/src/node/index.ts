/** What of the SDK needs Node, Bun or Deno: journals in files. */
export { fileJournal } from './file-journal.ts'
