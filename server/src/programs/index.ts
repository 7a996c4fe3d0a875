export { type ApplyOutcome, type ApplyPlan, applyProgram } from './apply-program.ts'
export { formatDifference } from './diff-documents.ts'
export { createProgramShelf, type ProgramInForce, type ProgramShelf } from './program-shelf.ts'
export { readProgramFile } from './read-program-file.ts'
