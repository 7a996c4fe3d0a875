export { comparePrograms, type SimulationReport } from './compare-programs.ts'
export { formatSimulation, simulationCsv } from './format-report.ts'
