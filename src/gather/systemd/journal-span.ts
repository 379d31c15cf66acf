import type { Host } from '../../host/host.ts';
import type { EpochMs } from '../../model/text.ts';

/** Offset of `head_entry_realtime` in a journal file (microseconds, little endian): systemd docs, JOURNAL_FILE_FORMAT. */
const headOffset = 184;
/** 2000-01-01: earlier means the clock was not set, or this is no such file. */
const earliest = 946_684_800_000;

/** Answers: where are the system's journals, and since when do they speak? `from` null = not known. */
export function journalSpan(host: Host): {
  readonly folders: readonly string[];
  readonly from: EpochMs | null;
} {
  const folders: string[] = [];
  let from: EpochMs | null = null;
  for (const root of ['/var/log/journal', '/run/log/journal']) {
    const machines = host.list(root);
    for (const machine of machines.ok ? machines.value : []) {
      const folder = `${root}/${machine}`;
      const files = host.list(folder);
      if (!files.ok) {
        if (files.why === 'permission-denied') folders.push(folder);
        continue;
      }
      const system = files.value.filter((name) => /^system(?:@.*)?\.journal$/.test(name));
      if (system.length > 0) folders.push(folder);
      for (const name of system) {
        const head = headOf(host, `${folder}/${name}`, name);
        if (head !== null && (from === null || head < from)) from = head;
      }
    }
  }
  return { folders, from };
}

/** Archived files carry the time in their names: `system@<id>-<sequence>-<microseconds, hex>.journal`. */
function headOf(host: Host, path: string, name: string): EpochMs | null {
  const named = /^system@[0-9a-f]+-[0-9a-f]+-([0-9a-f]+)\.journal$/.exec(name);
  let microseconds = named?.[1] === undefined ? 0 : Number.parseInt(named[1], 16);
  if (named === null) {
    const header = host.read(path, headOffset + 8);
    if (
      !header.ok ||
      header.value.length < headOffset + 8 ||
      header.value.toString('latin1', 0, 8) !== 'LPKSHHRH'
    )
      return null;
    microseconds = Number(header.value.readBigUInt64LE(headOffset));
  }
  const at = Math.floor(microseconds / 1000);
  return at > earliest ? at : null;
}
