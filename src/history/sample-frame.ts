import { type Sample, type Subject, statusCodes } from '../model/history.ts';
import { type Column, columnsOf, kinds, toStored } from './columns.ts';
import type { Frame } from './frame.ts';
import type { SubjectNumbers } from './subjects.ts';

/** A sample as stored integers. Subjects it shows for the first time get their number here. */
export function frameOf(sample: Sample, subjects: SubjectNumbers): Frame {
  const values = new Map<number, readonly (number | null)[]>();
  let kindBits = 0;
  const put = (subject: Subject, numbers: { readonly [name: string]: unknown }): void => {
    values.set(
      subjects.of(subject),
      columnsOf[subject.kind].map((column) => stored(numbers, column)),
    );
  };
  const saw = (kind: Subject['kind']): void => {
    kindBits += 2 ** kinds.indexOf(kind);
  };
  if (sample.apps !== null) {
    saw('app');
    for (const app of sample.apps)
      put({ kind: 'app', app: app.app }, { ...app, status: statusCodes.indexOf(app.status) });
  }
  if (sample.host !== null) {
    saw('host');
    put({ kind: 'host' }, { ...sample.host });
  }
  if (sample.cgroups !== null) {
    saw('cgroup');
    for (const cgroup of sample.cgroups) put({ kind: 'cgroup', path: cgroup.path }, { ...cgroup });
  }
  if (sample.disks !== null) {
    saw('disk');
    for (const disk of sample.disks) put({ kind: 'disk', mount: disk.mount }, { ...disk });
  }
  if (sample.logs !== null) {
    saw('log');
    for (const log of sample.logs) put({ kind: 'log', path: log.path, app: log.app }, { ...log });
  }
  if (sample.processes !== null) {
    saw('daemon');
    for (const { role, home, rssBytes, pid } of sample.processes)
      if (role === 'daemon') put({ kind: 'daemon', home }, { rss: rssBytes, pid });
  }
  return { kindBits, values };
}

function stored(numbers: { readonly [name: string]: unknown }, column: Column): number | null {
  const value = numbers[column.name];
  return typeof value === 'number' ? toStored(value, column.unit) : null;
}
