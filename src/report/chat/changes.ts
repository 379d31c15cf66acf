import { appNameKey, gapAuditId, type Problem } from '../../derive/compare/report-facts.ts';
import type { Occasion } from '../../derive/delivery/occasion.ts';
import { evidenceNames } from '../../derive/gap-words.ts';
import { groupBy } from '../../derive/grouping.ts';
import type { Finding } from '../../model/finding.ts';
import type { Prose } from '../view/atoms.ts';
import type { Context } from '../view/context.ts';
import type { ChangeCounts, DigestWords } from './digest-words.ts';

/** Names in one group, and groups in one line; the rest is counted. */
const shownNames = 3;
const shownGroups = 3;

/** How a finding stands against the last message; null = as it was, or there was none. */
export type Change =
  | { readonly kind: 'new' | 'perhaps-new' }
  | { readonly kind: 'worse'; readonly was: string };

/** Answers for each finding: is it new, or worse than the reader knows it? */
export function changeOf({ diff }: Occasion): (finding: Finding) => Change | null {
  if (diff === null) return () => null;
  const fresh = new Set(diff.fresh.map(keyOf));
  const perhaps = new Set(diff.perhapsFresh.map(keyOf));
  const worse = new Map(diff.worse.map((shift) => [keyOf(shift), shift.from]));
  return (finding) => {
    const keys = keysOf(finding);
    if (keys.some((key) => fresh.has(key))) return { kind: 'new' };
    const was = keys.flatMap((key) => worse.get(key) ?? [])[0];
    if (was !== undefined) return { kind: 'worse', was };
    return keys.some((key) => perhaps.has(key)) ? { kind: 'perhaps-new' } : null;
  };
}

const keyOf = ({ audit, subject }: Problem): string => `${audit}\n${subject.key}`;

/** The keys under which derive/compare/report-facts.ts knows a finding: one for each app it is about. */
function keysOf({ audit, subject, args }: Finding): readonly string[] {
  if (audit === gapAuditId) return [`${audit}\nevidence\n${String(args['key'])}\n${String(args['why'])}`];
  switch (subject.kind) {
    case 'app':
      return [`${audit}\napp\n${appNameKey(subject.app)}`];
    case 'apps':
      return subject.apps.map((app) => `${audit}\napp\n${appNameKey(app)}`);
    case 'daemon':
      return [`${audit}\ndaemon\n${subject.home}`];
    case 'process':
      return [`${audit}\nprocess\n${subject.comm}`];
    case 'unit':
      return [`${audit}\nunit\n${subject.unit}`];
    case 'path':
      return [`${audit}\npath\n${subject.path}`];
    case 'host':
      return [`${audit}\nhost`];
  }
}

export function changeCounts({ diff }: Occasion): ChangeCounts {
  return {
    fresh: diff?.fresh.length ?? 0,
    worse: diff?.worse.length ?? 0,
    better: diff?.better.length ?? 0,
    gone: diff?.gone.length ?? 0,
    perhapsFresh: diff?.perhapsFresh.length ?? 0,
    perhapsGone: diff?.perhapsGone.length ?? 0,
    kills: diff?.kills?.length ?? 0,
  };
}

export const isChanged = (counts: ChangeCounts): boolean => Object.values(counts).some((count) => count > 0);

/** Problems in a few words, those of one audit together: `OOM killer took an app (api, web)`. */
export function problemList(context: Context, say: DigestWords, problems: readonly Problem[]): Prose {
  const { fmt, says } = context;
  const names: { readonly [key: string]: string } = evidenceNames[context.locale];
  const groups = [...groupBy(problems, ({ audit }) => audit).values()].map((group): Prose => {
    const audit = group[0]?.audit ?? '';
    const whom = group.flatMap(({ subject }) =>
      subject.text === ''
        ? []
        : audit === gapAuditId
          ? [Object.hasOwn(names, subject.text) ? (names[subject.text] ?? '') : subject.text]
          : [fmt.name(subject.text)],
    );
    return say.problem(says.auditTitle(audit), fmt.list(whom, shownNames));
  });
  return fmt.list(groups, shownGroups);
}
