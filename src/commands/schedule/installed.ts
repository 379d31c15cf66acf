import type { CrontabAnswer } from './crontab.ts';
import { ownLines } from './crontab-text.ts';
import { type OwnUnits, ownUnits, type UnitPlace } from './systemd.ts';

/** One schedule of this user, as it stands in the crontab or among the units. */
export interface Installed {
  readonly id: string;
  readonly by: 'cron' | 'systemd';
  /** Five fields, or what its owner made of them. */
  readonly cron: string;
  /** The line, or the paths of the units. */
  readonly lines: readonly string[];
  readonly isOff: boolean;
}

/** Everything of ours; a crontab that could not be read counts as empty. */
export function installedSchedules(crontab: CrontabAnswer, place: UnitPlace): readonly Installed[] {
  const lines = crontab.ok ? ownLines(crontab.text) : [];
  return [
    ...lines.map(({ id, text, isOff }) => ({
      id,
      by: 'cron' as const,
      cron: timeOf(text),
      lines: [text],
      isOff,
    })),
    ...ownUnits(place).map(({ id, cron, paths }: OwnUnits) => ({
      id,
      by: 'systemd' as const,
      cron,
      lines: paths,
      isOff: false,
    })),
  ];
}

/** The first five words, or one that begins with `@`. */
function timeOf(line: string): string {
  const words = line.replace(/^[\s#]+/, '').split(/\s+/);
  return words[0]?.startsWith('@') ? words[0] : words.slice(0, 5).join(' ');
}
