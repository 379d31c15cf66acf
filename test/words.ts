import type { AnyAudit } from '../src/model/audit.ts';
import type { AuditWords } from '../src/report/words.ts';

/** The words of these audits, as the command hands them to the report. */
export const wordsOf =
  (audits: readonly AnyAudit[]): AuditWords =>
  (id) =>
    audits.find((audit) => audit.id === id)?.words ?? null;
