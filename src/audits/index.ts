import type { AnyAudit } from '../model/audit.ts';
import { oomAndMemoryAudits } from './oom-and-memory.ts';
import { restartsAndHostingAudits } from './restarts-and-hosting.ts';

/** All audits, in the order of the report within a priority. */
export const audits: readonly AnyAudit[] = [...oomAndMemoryAudits, ...restartsAndHostingAudits];
