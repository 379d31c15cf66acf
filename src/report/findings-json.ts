import { patchLines } from '../derive/printed/ecosystem-patch.ts';
import type { Finding, Fix, PlannedFix, Subject } from '../model/finding.ts';
import type { Json } from '../model/text.ts';
import { appJson, type Iso, quoteJson } from './json-values.ts';
import { proseToText } from './prose.ts';
import type { Context } from './view/context.ts';

type JsonObject = { readonly [key: string]: Json };

/** A finding with its fix in full, so that a reader of one finding needs no second list. */
export function findingJson(context: Context, finding: Finding, iso: Iso): JsonObject {
  const { says } = context;
  const planned = finding.fix === null ? null : says.plannedFix(finding.fix);
  return {
    id: finding.id,
    audit: finding.audit,
    priority: finding.priority,
    title: proseToText(says.headline(finding)),
    effect: proseToText(says.effect(finding)),
    subject: subjectJson(finding.subject),
    confidence: finding.confidence,
    args: finding.args,
    because: finding.because.map((quote) => quoteJson(quote, iso)),
    fix: planned === null ? null : fixJson(context, planned),
  };
}

export function subjectJson(subject: Subject): JsonObject {
  switch (subject.kind) {
    case 'app':
      return { kind: 'app', app: appJson(subject.app) };
    case 'apps':
      return { kind: 'apps', apps: subject.apps.map((app) => appJson(app)) };
    default:
      return { ...subject };
  }
}

function fixJson({ says }: Context, planned: PlannedFix): JsonObject {
  const words = says.fix(planned);
  return {
    id: planned.id,
    kind: planned.fix.kind,
    priority: planned.priority,
    title: proseToText(words.title),
    steps: words.steps.map(proseToText),
    patch: patchText(planned.fix),
    change: changeJson(planned.fix),
    verify: proseToText(words.verify),
    undo: proseToText(words.undo),
    expected: proseToText(words.expected),
    minutes: words.minutes,
    findings: planned.findings,
    dropped: planned.dropped.map(({ app, change, finding }) => ({
      app: appJson(app),
      setting: change.setting,
      value: change.value,
      finding,
    })),
  };
}

/** The exact text to put in place: lines with `+`, `-` or a space, commands, or a file. null = there is none. */
function patchText(fix: Fix): string | null {
  if (fix.kind === 'ecosystem-patch')
    return fix.patches
      .flatMap((patch) => patchLines(patch))
      .map(({ sign, text }) => sign + text)
      .join('\n');
  if (fix.kind === 'command') return fix.run.join('\n');
  return fix.kind === 'file' ? fix.content : null;
}

/** The same as data. */
function changeJson(fix: Fix): JsonObject | null {
  switch (fix.kind) {
    case 'ecosystem-patch':
      return {
        patches: fix.patches.map(({ app, set }) => ({
          app: appJson(app),
          set: set.map(({ setting, value, previous }) => ({ setting, value, previous })),
        })),
      };
    case 'command':
      return { asRoot: fix.asRoot, user: fix.user, run: fix.run, undo: fix.undo };
    case 'file':
      return { asRoot: fix.asRoot, path: fix.path, content: fix.content, apply: fix.then, undo: fix.undo };
    default:
      return null;
  }
}

/** Fixes by id and title. */
export function actionsJson({ says }: Context, ids: readonly string[]): readonly JsonObject[] {
  return ids.flatMap((id) => {
    const planned = says.plannedFix(id);
    return planned === null ? [] : [{ fix: id, title: proseToText(says.fix(planned).title) }];
  });
}
