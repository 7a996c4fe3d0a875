import { type Load, makeLoad } from './load.ts'
import { makePeerLoad, type PeerLoad } from './peer-load.ts'

/*
 * The process that makes the load: it takes one order of work after the other from its parent, and answers each with what came of it.
 */
process.on('message', (load: Load | PeerLoad) => {
  const made: Promise<object> = 'shop' in load ? makePeerLoad(load) : makeLoad(load)
  made.then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: error instanceof Error ? error.message : String(error) }),
  )
})
process.on('disconnect', () => process.exit(0))
process.send?.({ ready: true })
