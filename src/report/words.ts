import type { AnyAudit } from '../model/audit.ts';

/** Answers: which words does an audit speak? null = not known, as for a stored report of a plugin now gone. */
export type AuditWords = (auditId: string) => AnyAudit['words'] | null;
