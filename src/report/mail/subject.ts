import type { Occasion } from '../../derive/delivery/occasion.ts';
import { priorities } from '../../model/finding.ts';
import type { Report } from '../../model/report.ts';
import type { Locale } from '../../model/text.ts';
import { cells } from '../cells.ts';
import { oneLine, proseToText } from '../prose.ts';
import { cutCells } from './culprit-words.ts';
import type { MailWords } from './mail-words.ts';

/** What most mailboxes show of a subject; a Chinese character takes two. */
const subjectCells = 84;

export interface SubjectFacts {
  readonly report: Report;
  readonly occasion: Occasion;
  readonly locale: Locale;
  readonly say: MailWords;
  readonly host: string;
  /** The verdict's word. */
  readonly word: string;
  /** Against the report the reader knows; null = there is none. */
  readonly change: number | null;
  /** In few words, names in at most so many cells; null = nothing is wrong. */
  readonly culprit: (width: number) => string | null;
}

/** What is given up first when it does not fit: the score, then the ends of long names. */
const shapes = [
  { names: 24, hasScore: true },
  { names: 24, hasScore: false },
  { names: 14, hasScore: false },
] as const;

/**
 * Answers: what stands in the list of mails? Host and verdict first, then the counts, the score with its change, the first
 * culprit: `[pm2-audit] web-01 critical · P0×1 P1×2 · score 41 (−18) · api OOM-killed`. One printable line of at most 84 cells.
 */
export function subjectLine(facts: SubjectFacts): string {
  const { report, occasion, say } = facts;
  const isRecovered = occasion.reason === 'recovered';
  const told = isRecovered
    ? say.subject.recovered
    : occasion.reason === 'reminder'
      ? say.subject.reminder
      : null;
  const counts = priorities
    .filter((priority) => (priority === 'P0' || priority === 'P1') && report.counts[priority] > 0)
    .map((priority) => `${priority}×${report.counts[priority]}`)
    .join(' ');
  let line = '';
  for (const { names, hasScore } of shapes) {
    const culprit = isRecovered ? null : facts.culprit(names);
    const parts = [
      `[pm2-audit] ${cutCells(plain(facts.host), names)} ${plain(facts.word)}`,
      told,
      counts === '' ? null : counts,
      !hasScore || report.score === null ? null : say.subject.score(report.score, facts.change),
      culprit === null ? null : plain(culprit),
    ];
    line = parts.filter((part) => part !== null).join(' · ');
    if (cells(line) <= subjectCells) return line;
  }
  return cutCells(line, subjectCells);
}

/** One line without control, direction or invisible characters: a subject is a header. */
const plain = (text: string): string => oneLine(proseToText(text)).replace(/\s+/gu, ' ').trim();
