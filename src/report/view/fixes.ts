import { type PlannedFix, priorities } from '../../model/finding.ts';
import type { Prose } from './atoms.ts';
import type { Context } from './context.ts';
import { fixAnchor, pill } from './marks.ts';
import type { FixesView, FixView } from './model.ts';
import { shownPatches, snippets, undoSnippet } from './snippets.ts';
import { type FixSectionWords, fixSectionWords } from './words/fixes.ts';
import { fullStop, sentences } from './words/numbers.ts';

/** Fixes shown open; the rest unfolds. */
const openFixes = 4;
const reasonsEach = 3;

/** Fixes in order of priority: why, what to type, what it brings, how to verify it, how to take it back. */
export function fixesView(context: Context): FixesView {
  const { report } = context;
  const say = fixSectionWords[context.locale](context.fmt);
  const firsts = new Map(
    priorities.map((priority) => [report.fixes.find((fix) => fix.priority === priority)?.id, priority]),
  );
  const views = report.fixes.map((planned) => fixView(context, say, planned, firsts.get(planned.id) ?? null));
  const folded = views.slice(openFixes);
  return {
    lead: views.length === 0 ? say.none : say.lead,
    open: views.slice(0, openFixes),
    foldedLead: folded.length === 0 ? null : say.folded(folded.length),
    folded,
  };
}

function fixView(
  context: Context,
  say: FixSectionWords,
  planned: PlannedFix,
  startsPriority: string | null,
): FixView {
  const { says, fmt } = context;
  const words = says.fix(planned);
  const { fix } = planned;
  const hidden = fix.kind === 'ecosystem-patch' ? fix.patches.length - shownPatches : 0;
  return {
    id: planned.id,
    anchor: fixAnchor(planned.id),
    pill: pill(context, planned.priority),
    title: words.title,
    why: why(context, say, planned),
    time: words.minutes > 0 ? say.minutes(words.minutes) : '',
    snippets: snippets(context, fix),
    steps: [...(hidden > 0 ? [say.moreApps(hidden)] : []), ...words.steps],
    expected: words.expected,
    verify: words.verify,
    undo: words.undo,
    undoSnippet: undoSnippet(context, fix),
    dropped: planned.dropped.map(({ app, change }) =>
      say.dropped(fmt.code(change.setting), fmt.name(app.name), fmt.code(String(change.value))),
    ),
    startsPriority: startsPriority === null ? null : startsPriority.toLowerCase(),
  };
}

/** The findings it answers, in their own words. */
function why(context: Context, say: FixSectionWords, planned: PlannedFix): Prose {
  const { says, locale } = context;
  const findings = planned.findings.flatMap((id) => says.finding(id) ?? []);
  const headlines = [...new Set(findings.map((finding) => fullStop(locale, says.headline(finding))))];
  return sentences(locale, [
    ...headlines.slice(0, reasonsEach),
    headlines.length > reasonsEach ? say.moreReasons(headlines.length - reasonsEach) : null,
  ]);
}
