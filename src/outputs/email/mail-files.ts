import { lstatSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Attachment } from '../../model/delivery.ts';
import type { MailFile } from './mail-compose.ts';

const types: { readonly [A in Attachment]: string } = {
  html: 'text/html; charset=utf-8',
  json: 'application/json',
  md: 'text/markdown; charset=utf-8',
};

export interface MailFiles {
  readonly files: readonly MailFile[];
  /** Names of those that do not fit. */
  readonly leftOut: readonly string[];
  /** Names of those that are gone, or that this user may not read. */
  readonly unreadable: readonly string[];
  /** Formats that were asked for and that the run did not write. */
  readonly notWritten: readonly Attachment[];
}

/**
 * The report's files that go along, in the order asked for, together at most `maxBytes`: what does not fit is left out
 * whole, and a smaller one after it may still fit.
 */
export function readMailFiles(
  asked: readonly Attachment[],
  paths: { readonly [A in Attachment]: string | null },
  maxBytes: number,
): MailFiles {
  const files: MailFile[] = [];
  const leftOut: string[] = [];
  const unreadable: string[] = [];
  const notWritten: Attachment[] = [];
  let room = maxBytes;
  for (const kind of new Set(asked)) {
    const path = paths[kind];
    if (path === null) {
      notWritten.push(kind);
      continue;
    }
    const content = readUpTo(path, room);
    if (content === 'larger') leftOut.push(basename(path));
    else if (content === null) unreadable.push(basename(path));
    else {
      room -= content.length;
      files.push({ name: basename(path), type: types[kind], content });
    }
  }
  return { files, leftOut, unreadable, notWritten };
}

/** null = gone, or not readable. Only a plain file: a pipe need not end, and a link leads to what was never a report. */
function readUpTo(path: string, maxBytes: number): Buffer | 'larger' | null {
  try {
    const stat = lstatSync(path);
    if (!stat.isFile()) return null;
    return stat.size > maxBytes ? 'larger' : readFileSync(path);
  } catch {
    return null;
  }
}
