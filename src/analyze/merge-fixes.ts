import { fileEntry, onePatchEach, same } from '../derive/printed/ecosystem-patch.ts';
import type { Fix, PlannedFix, Priority, SettingChange } from '../model/finding.ts';
import type { AppRef } from '../model/pm2.ts';

/** A fix as an audit proposes it; in report order, so the most urgent comes first. */
export interface Proposal {
  readonly finding: string;
  readonly audit: string;
  readonly priority: Priority;
  readonly fix: Fix;
}

interface Draft {
  readonly priority: Priority;
  readonly fix: Fix;
  readonly findings: string[];
  readonly dropped: PlannedFix['dropped'][number][];
}

type Patches = Extract<Fix, { readonly kind: 'ecosystem-patch' }>['patches'];

/**
 * Answers: what is to be done, each thing once? Identical fixes are one; an app's setting has one value, that of the
 * most urgent fix, and the loser is kept in `dropped`; commands that an earlier fix already runs are not run again.
 * Fixes come as F1, F2 … in report order. `fixOf` says which one answers a finding.
 */
export function mergeFixes(proposals: readonly Proposal[]): {
  readonly fixes: readonly PlannedFix[];
  readonly fixOf: ReadonlyMap<string, string>;
} {
  const drafts: Draft[] = [];
  const known = new Map<string, Draft>();
  const settings = new Map<string, { readonly draft: Draft; readonly value: SettingChange['value'] }>();
  const commands = new Map<string, Draft>();

  for (const proposal of proposals) {
    const key = identity(proposal);
    const twin = known.get(key) ?? alreadyRun(proposal.fix, commands);
    if (twin !== undefined) {
      twin.findings.push(proposal.finding);
      known.set(key, twin);
      continue;
    }
    const settled =
      proposal.fix.kind === 'ecosystem-patch' ? settle(onePatchEach(proposal.fix.patches), settings) : null;
    const winner = settled?.winner;
    const isAnswered = settled !== null && settled.patches.length === 0 && winner !== undefined;
    const draft: Draft = isAnswered
      ? winner
      : {
          priority: proposal.priority,
          fix: settled === null ? proposal.fix : { kind: 'ecosystem-patch', patches: settled.patches },
          findings: [],
          dropped: [],
        };
    draft.findings.push(proposal.finding);
    for (const { app, change } of settled?.lost ?? [])
      draft.dropped.push({ app, change, finding: proposal.finding });
    known.set(key, draft);
    if (isAnswered) continue;
    drafts.push(draft);
    for (const { app, set } of settled?.patches ?? []) {
      for (const change of set) settings.set(settingKey(app, change.setting), { draft, value: change.value });
    }
    for (const command of commandsOf(draft.fix)) if (!commands.has(command)) commands.set(command, draft);
  }

  const fixes = drafts.map((draft, index) => ({ id: `F${index + 1}`, ...draft }));
  return { fixes, fixOf: new Map(fixes.flatMap((fix) => fix.findings.map((finding) => [finding, fix.id]))) };
}

/** Two proposals with this in common are the same fix. Steps by hand are words of one audit: each stands alone, unless it names its task. */
function identity({ fix, finding }: Proposal): string {
  return fix.kind === 'manual' ? `manual ${fix.task ?? finding}` : JSON.stringify(fix);
}

const settingKey = (app: AppRef, setting: string): string => `${fileEntry(app)}\n${setting}`;

/** Splits patches into what is still to be set, what an earlier fix sets otherwise, and that earlier fix. */
function settle(
  patches: Patches,
  settings: ReadonlyMap<string, { readonly draft: Draft; readonly value: SettingChange['value'] }>,
): {
  readonly patches: Patches;
  readonly lost: readonly { readonly app: AppRef; readonly change: SettingChange }[];
  readonly winner: Draft | undefined;
} {
  const lost: { app: AppRef; change: SettingChange }[] = [];
  let winner: Draft | undefined;
  const left = patches.map(({ app, set }) => {
    const own = new Map<string, SettingChange>();
    for (const change of set) {
      const earlier = settings.get(settingKey(app, change.setting));
      const first = own.get(change.setting);
      if (earlier !== undefined) {
        winner ??= earlier.draft;
        if (!same(earlier.value, change.value)) lost.push({ app, change });
      } else if (first === undefined) own.set(change.setting, change);
      else if (!same(first.value, change.value)) lost.push({ app, change });
    }
    return { app, set: [...own.values()] };
  });
  return { patches: left.filter(({ set }) => set.length > 0), lost, winner };
}

/** What a fix runs, with the right it needs: the same words as another user are another command. */
function commandsOf(fix: Fix): readonly string[] {
  if (fix.kind === 'command')
    return fix.run.map((line) => `${fix.asRoot ? 'root' : (fix.user ?? '')}\n${line}`);
  return fix.kind === 'file' ? fix.then.map((line) => `${fix.asRoot ? 'root' : ''}\n${line}`) : [];
}

/** The earlier fix that runs every line of this one, for instance the same restart of a daemon. */
function alreadyRun(fix: Fix, commands: ReadonlyMap<string, Draft>): Draft | undefined {
  if (fix.kind !== 'command' || fix.run.length === 0) return undefined;
  const [first, ...rest] = commandsOf(fix).map((line) => commands.get(line));
  return rest.every((draft) => draft === first) ? first : undefined;
}
