import { readHouse } from './house-files.ts'
import { findUntidy } from './tidy-rules.ts'

/*
 * The rules of the house that no linter knows: `npx tsx scripts/tidy.ts`, and a step of `npm run check`.
 */
const findings = findUntidy(readHouse())
for (const { path, line, rule, text } of findings) console.log(`${path}:${line}  ${rule}  ${text}`)
if (findings.length > 0) process.exitCode = 1
