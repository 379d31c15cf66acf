import { gapAudit, gapWords } from '../derive/gap-words.ts';
import type { AnyAudit } from '../model/audit.ts';

/** Answers: which words does an audit speak? null = not known, as for a stored report of a plugin now gone. */
export type AuditWords = (auditId: string) => AnyAudit['words'] | null;

/** The same, with the words of the findings about gaps: no audit writes those, so no caller has to remember them. */
export function withGapWords(words: AuditWords): AuditWords {
  return (auditId) => (auditId === gapAudit ? gapWords : words(auditId));
}
