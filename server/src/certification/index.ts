export type { RequestFacts } from './facts.ts'
export { type CertificationStatus, readCertification, SINCE_DAYS } from './read-certification.ts'
