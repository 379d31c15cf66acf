import type { StorageEntry } from '../../model/storage.ts';
import { barWidth } from '../chart/bars.ts';
import type { Context } from './context.ts';
import type { StorageRow, StorageView } from './model.ts';
import { storageWords } from './words/storage.ts';
import { trendWords } from './words/trend.ts';

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
  const trend = trendWords[context.locale](fmt);
  const rates = new Map<string, number>(
    (report.history?.logs ?? []).map(({ path, bytesPerDay }) => [path, bytesPerDay]),
  );
  const row = (entry: StorageEntry): StorageRow => ({
    path: entry.path,
    kind: words.storageKind[entry.kind],
    owner: entry.app === null ? null : say.owner(fmt.name(entry.app.name)),
    size: entry.complete ? fmt.bytes(entry.bytes) : say.atLeast(fmt.bytes(entry.bytes)),
    bar: barWidth(entry.bytes, longest),
    growth: rates.has(entry.path) ? trend.perDay(rates.get(entry.path) ?? 0) : words.unknown,
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
      growth: report.history === null ? null : disksText(context),
    }),
    rows: entries.map(row),
  };
}

/** Each disk that fills, with its day; or that none does. */
function disksText({ report, fmt, locale }: Context): string {
  const say = trendWords[locale](fmt);
  const disks = report.history?.disks ?? [];
  if (disks.length === 0) return say.noDisk;
  return disks
    .map(({ mount, bytesPerDay, full }) =>
      say.disk(fmt.code(mount), fmt.bytes(bytesPerDay), full === null ? null : fmt.date(full.at)),
    )
    .join(locale === 'en' ? ' ' : '');
}
