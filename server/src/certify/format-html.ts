import type { CertificationReport } from './report.ts'
export function formatHtml(report: CertificationReport): string {
  return report.url
}
