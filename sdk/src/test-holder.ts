import { fileJournal } from './node/index.ts'

/* Takes the outbox's lock and keeps it until it is killed. */
await fileJournal(process.argv[2] ?? '').lock('outbox')
console.log('held')
setInterval(() => {}, 60_000)
