import type { Occasion } from '../../derive/delivery/occasion.ts';
import type { Report } from '../../model/report.ts';
import type { Json, Locale } from '../../model/text.ts';
import { subjectJson } from '../findings-json.ts';
import { makeFmt } from '../format.ts';
import { makeIso, quoteJson } from '../json-values.ts';
import { proseToText } from '../prose.ts';
import { makeSays } from '../view/context.ts';
import { withoutAppLogs } from '../view/private.ts';
import { type AuditWords, withGapWords } from '../words.ts';
import { changeCounts, changeOf } from './changes.ts';
import { chatDigest, type ReportFiles } from './digest.ts';
import { plainText } from './lines.ts';

/** More findings than these are counted in `leftOut`: a receiver takes a message, not a file. */
export const noticeFindings = 200;

/**
 * The generic webhook's body, `schema: "pm2-audit.notice/1"`. What the report's own JSON (`pm2-audit.report/1`) has too has
 * the same name, unit and form here: times ISO 8601 with zone, null = not known.
 *
 * - `reason`: why it comes: `first new worse better recovered reminder always asked`; `toldAt`: when this receiver was told
 *   last, null = never; `changes`: numbers against that time.
 * - `title`, `text`: the digest in words, in `locale`, for a receiver that only shows it.
 * - `findings`: most urgent first, each with `change` (`new`, `worse`, `perhaps-new` or null), `was` (its priority before),
 *   `quotes` (lines of the kernel log, systemd and PM2; never of an app's log) and `fix`; beyond 200 counted in `leftOut`.
 * - `files`: where the report lies on that host.
 */
export function noticeJson(
  whole: Report,
  locale: Locale,
  words: AuditWords,
  occasion: Occasion,
  files: ReportFiles,
): { readonly [key: string]: Json } {
  const report = withoutAppLogs(whole);
  const iso = makeIso(report.utcOffsetMinutes);
  const says = makeSays(report, locale, makeFmt(locale, report.utcOffsetMinutes), withGapWords(words));
  const digest = chatDigest(whole, locale, words, occasion, files);
  const change = changeOf(occasion);
  const shown = report.findings.slice(0, noticeFindings);
  const blocks = [digest.head, ...digest.findings.flatMap(({ forms }) => forms.slice(0, 1))];
  return {
    schema: 'pm2-audit.notice/1',
    tool: { name: report.tool.name, version: report.tool.version },
    locale,
    reason: occasion.reason,
    toldAt: iso(occasion.toldAt),
    changes: occasion.diff === null ? null : { ...changeCounts(occasion) },
    takenAt: iso(report.takenAt),
    window: { from: iso(report.window.from), to: iso(report.window.to) },
    host: report.host === null ? null : { name: report.host.name },
    verdict: report.verdict,
    score: report.score,
    grade: report.grade,
    scoreBefore: occasion.diff?.before.score ?? null,
    counts: { P0: report.counts.P0, P1: report.counts.P1, P2: report.counts.P2, P3: report.counts.P3 },
    title: digest.title,
    text: [...blocks, digest.foot(digest.findings.length)].map(plainText).join('\n\n'),
    findings: shown.map((finding) => {
      const fix = finding.fix === null ? null : says.plannedFix(finding.fix);
      const changed = change(finding);
      return {
        id: finding.id,
        audit: finding.audit,
        priority: finding.priority,
        title: proseToText(says.headline(finding)),
        subject: subjectJson(finding.subject),
        confidence: finding.confidence,
        change: changed?.kind ?? null,
        was: changed?.kind === 'worse' ? changed.was : null,
        quotes: finding.because.map((quote) => quoteJson(quote, iso)),
        fix: fix === null ? null : { id: fix.id, title: proseToText(says.fix(fix).title) },
      };
    }),
    leftOut: report.findings.length - shown.length,
    files: { html: files.html, json: files.json, md: files.md },
  };
}
