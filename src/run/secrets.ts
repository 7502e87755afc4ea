export { type Scrub, scrubber } from '../untrusted/index.ts'
