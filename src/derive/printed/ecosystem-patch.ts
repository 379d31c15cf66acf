import type { Fix, SettingChange } from '../../model/finding.ts';
import type { AppRef } from '../../model/pm2.ts';
import { groupBy } from '../grouping.ts';
import { pm2Command } from './pm2-command.ts';
import { shellQuote } from './shell-quote.ts';

type Value = SettingChange['value'];
type Patch = Extract<Fix, { readonly kind: 'ecosystem-patch' }>['patches'][number];

/** One line of a snippet: context, added or removed. `text` carries its own indent, and no sign. */
export interface PatchLine {
  readonly sign: ' ' | '+' | '-';
  readonly text: string;
}

/** Settings of one app as its ecosystem file holds them: a name that is absent is not set. */
export interface Settings {
  readonly [setting: string]: NonNullable<Value>;
}

/** A JavaScript literal in single quotes; every character that could end it or hide in it is escaped. */
export function jsString(text: string): string {
  const escaped = text
    .replace(/[\\']/g, '\\$&')
    .replace(
      /[\u{0}-\u{1f}\u{7f}-\u{9f}\u{ad}\u{61c}\u{200b}-\u{200f}\u{2028}-\u{202e}\u{2060}-\u{206f}\u{feff}]/gu,
      (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
    );
  return `'${escaped}'`;
}

function literal(value: NonNullable<Value>): string {
  if (typeof value === 'string') return jsString(value);
  if (typeof value === 'object') return `[${value.map((item) => literal(item)).join(', ')}]`;
  return String(value);
}

const property = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : jsString(name));

/**
 * Answers: how does this patch read in `ecosystem.config.js`? Opening line and name for orientation, then for each
 * setting the line that goes and the line that comes. A previous value of null was not set, so no line goes.
 */
export function patchLines(patch: Patch): readonly PatchLine[] {
  const lines: PatchLine[] = [
    { sign: ' ', text: '{' },
    { sign: ' ', text: `  name: ${jsString(patch.app.name)},` },
  ];
  for (const change of patch.set) {
    if (same(change.value, change.previous)) continue;
    const key = property(change.setting);
    if (change.previous !== null) lines.push({ sign: '-', text: `  ${key}: ${literal(change.previous)},` });
    if (change.value !== null) lines.push({ sign: '+', text: `  ${key}: ${literal(change.value)},` });
  }
  return [...lines, { sign: ' ', text: '}' }];
}

/**
 * Answers: what is to be written, each app of the file once? All instances of a cluster stand in one entry, and are one
 * patch under the first one's name. Where instances ask for different values, `choose` says which one stands; else the first.
 */
export function onePatchEach(
  patches: readonly Patch[],
  choose: (a: SettingChange, b: SettingChange) => SettingChange = (a) => a,
): readonly Patch[] {
  return [...groupBy(patches, ({ app }) => fileEntry(app)).values()].flatMap((own): readonly Patch[] => {
    const [first] = own;
    if (first === undefined) return [];
    const set = new Map<string, SettingChange>();
    for (const change of own.flatMap((patch) => patch.set)) {
      const before = set.get(change.setting);
      set.set(change.setting, before === undefined ? change : choose(before, change));
    }
    return [{ app: first.app, set: [...set.values()] }];
  });
}

/** Which entry of an ecosystem file speaks of this app: instances share one, which has a name and no id. */
export const fileEntry = ({ home, namespace, name }: AppRef): string => [home, namespace, name].join('\n');

/** The settings after the patch. */
export function applyPatch(settings: Settings, set: readonly SettingChange[]): Settings {
  const entries = new Map(Object.entries(settings));
  for (const { setting, value } of set) {
    if (value === null) entries.delete(setting);
    else entries.set(setting, value);
  }
  return Object.fromEntries(entries);
}

/** The patch that takes this one back: values and previous values change places, last first. */
export function undoPatch(set: readonly SettingChange[]): readonly SettingChange[] {
  return set
    .toReversed()
    .map(({ setting, value, previous }) => ({ setting, value: previous, previous: value }));
}

/** Answers: are two values of a setting the same? */
export function same(a: Value, b: Value): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/**
 * Answers: which command makes an edited ecosystem file take effect for these apps? Where the file lies is not known
 * to the daemon, so its usual name stands for it. `--update-env`: without it PM2 keeps settings of the old record.
 */
export function restartCommand(apps: readonly AppRef[]): readonly string[] {
  const byHome = groupBy(apps, (app) => app.home);
  return [...byHome].map(([home, own]) => {
    const names = shellQuote([...new Set(own.map((app) => app.name))].join(','));
    return `${pm2Command(home, `restart ecosystem.config.js --only ${names} --update-env`)} && ${pm2Command(home, 'save')}`;
  });
}
