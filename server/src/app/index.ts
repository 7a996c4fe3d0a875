export { type App, createApp } from './app.ts'
export { VERSION } from './version.ts'
