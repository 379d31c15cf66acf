import { readFileSync, statSync } from 'node:fs';
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
  /** Names of those that were asked for and do not fit, or could not be read. */
  readonly leftOut: readonly string[];
}

/**
 * The report's files that go along, in the order asked for, together at most `maxBytes`: what does not fit is left out
 * whole, and a smaller one after it may still fit. Of a format that was not written there is nothing to say here.
 */
export function readMailFiles(
  asked: readonly Attachment[],
  paths: { readonly [A in Attachment]: string | null },
  maxBytes: number,
): MailFiles {
  const files: MailFile[] = [];
  const leftOut: string[] = [];
  let room = maxBytes;
  for (const kind of new Set(asked)) {
    const path = paths[kind];
    if (path === null) continue;
    const content = readUpTo(path, room);
    if (content === null) {
      leftOut.push(basename(path));
      continue;
    }
    room -= content.length;
    files.push({ name: basename(path), type: types[kind], content });
  }
  return { files, leftOut };
}

/** null = larger, gone, or not readable. */
function readUpTo(path: string, maxBytes: number): Buffer | null {
  try {
    return statSync(path).size > maxBytes ? null : readFileSync(path);
  } catch {
    return null;
  }
}
