export { type App, createApp } from './app.ts'
export { watchDatabases } from './watch.ts'
