/** A crontab as bytes: `latin1` keeps every one of them, whatever encoding its owner writes. */
const encoding = 'latin1';

/** What stands at the end of every line of ours; behind it the id. */
export const marker = '# pm2-audit:schedule';
const own = /(?:^|[ \t])# pm2-audit:schedule ([0-9a-f]{8})[ \t]*\r?$/;

/** A line of ours in a crontab. */
export interface OwnLine {
  readonly id: string;
  /** As it stands there, without the marker. */
  readonly text: string;
  /** Its owner put a `#` before it. */
  readonly isOff: boolean;
}

/** Every line that bears our marker. */
export function ownLines(crontab: Buffer): readonly OwnLine[] {
  return crontab
    .toString(encoding)
    .split('\n')
    .flatMap((line) => {
      const id = own.exec(line)?.[1];
      const text = Buffer.from(line.replace(own, ''), encoding).toString('utf8').trimEnd();
      return id === undefined ? [] : [{ id, text, isOff: /^\s*#/.test(text) }];
    });
}

/**
 * The crontab with this line under our marker: in the place of the line with the same id, else at the end. Every other
 * byte stays; only a missing last newline is set, without which no cron takes a crontab. A second line with the id goes.
 */
export function withLine(crontab: Buffer, id: string, line: string): Buffer {
  const written = Buffer.from(`${line} ${marker} ${id}`, 'utf8').toString(encoding);
  let isWritten = false;
  const lines = linesOf(crontab).flatMap((each) => {
    if (own.exec(each.replace(/\n$/, ''))?.[1] !== id) return [each];
    if (isWritten) return [];
    isWritten = true;
    return [`${written}\n`];
  });
  const before = lines.join('');
  const joint = before === '' || before.endsWith('\n') ? '' : '\n';
  return Buffer.from(isWritten ? before : `${before}${joint}${written}\n`, encoding);
}

/** The crontab without the lines of these ids. */
export function withoutLines(crontab: Buffer, ids: ReadonlySet<string>): Buffer {
  const lines = linesOf(crontab).filter((each) => {
    const id = own.exec(each.replace(/\n$/, ''))?.[1];
    return id === undefined || !ids.has(id);
  });
  return Buffer.from(lines.join(''), encoding);
}

/** Each with its newline; the last one perhaps without. */
function linesOf(crontab: Buffer): readonly string[] {
  return crontab.toString(encoding).match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** What a crontab gives its jobs, e.g. SHELL or CRON_TZ; the last one counts. crontab(5): `NAME = value`. */
export function variablesIn(crontab: Buffer): { readonly [name: string]: string } {
  const found: { [name: string]: string } = {};
  for (const line of crontab.toString('utf8').split('\n')) {
    const match = /^[ \t]*(?:"([^"]+)"|'([^']+)'|([A-Za-z_]\w*))[ \t]*=[ \t]*(.*?)[ \t\r]*$/.exec(line);
    const name = match?.[1] ?? match?.[2] ?? match?.[3];
    if (name !== undefined) found[name] = (match?.[4] ?? '').replace(/^(["'])(.*)\1$/, '$2');
  }
  return found;
}
