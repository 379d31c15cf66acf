import type { StorageEntry } from '../../model/storage.ts';
import { barWidth } from '../chart/bars.ts';
import type { Context } from './context.ts';
import type { StorageRow, StorageView } from './model.ts';
import { storageWords } from './words/storage.ts';

const shownEach = 10;

/** The ten biggest folders and the ten biggest logs in one list, biggest first. */
export function storageView(context: Context): StorageView {
  const { report, fmt, words } = context;
  const say = storageWords[context.locale](fmt);
  const { storage } = report;
  if (storage === null) return { lead: say.unseen, rows: [] };
  const paths = new Set<string>();
  const entries = [...storage.top.slice(0, shownEach), ...storage.logs.slice(0, shownEach)]
    .toSorted((a, b) => b.bytes - a.bytes || (a.path < b.path ? -1 : 1))
    .filter((entry) => {
      if (paths.has(entry.path)) return false;
      paths.add(entry.path);
      return true;
    });
  if (entries.length === 0) return { lead: say.nothing, rows: [] };
  const longest = entries[0]?.bytes ?? 0;
  const row = (entry: StorageEntry): StorageRow => ({
    path: entry.path,
    kind: words.storageKind[entry.kind],
    owner: entry.app === null ? null : say.owner(fmt.name(entry.app.name)),
    size: entry.complete ? fmt.bytes(entry.bytes) : say.atLeast(fmt.bytes(entry.bytes)),
    bar: barWidth(entry.bytes, longest),
    growth: words.unknown,
  });
  const isInside = (entry: StorageEntry): boolean =>
    entries.some(
      (other) => other !== entry && other.kind === 'folder' && entry.path.startsWith(`${other.path}/`),
    );
  const shown = entries.filter((entry) => !isInside(entry)).reduce((sum, entry) => sum + entry.bytes, 0);
  return {
    lead: say.lead({
      shown: fmt.bytes(shown),
      scanned: fmt.bytes(storage.scannedBytes),
      files: storage.scannedFiles,
      isComplete: storage.complete,
    }),
    rows: entries.map(row),
  };
}
