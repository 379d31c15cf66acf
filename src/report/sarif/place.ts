import { createHash } from 'node:crypto';
import type { Finding, Subject } from '../../model/finding.ts';
import type { Report } from '../../model/report.ts';
import { findingIdentity, subjectName } from '../machine/finding-text.ts';
import { wellFormed } from './text.ts';

export const hostName = (report: Report): string => wellFormed(report.host?.name || 'host');

/** The parts of a name from the host down: what stands in the place of a file. */
function parts(report: Report, subject: Subject): readonly string[] {
  const host = hostName(report);
  switch (subject.kind) {
    case 'app':
      return [host, wellFormed(subject.app.namespace), wellFormed(subject.app.name)];
    case 'path':
    case 'daemon':
      return [host, ...wellFormed(subjectName(subject)).split('/').filter(Boolean)];
    case 'host':
      return [host];
    default:
      return [host, wellFormed(subjectName(subject))];
  }
}

/** A part of a relative reference (RFC 3986): never empty, and never dots alone, which lead elsewhere, also as `%2E%2E`. */
const segment = (part: string): string =>
  part === '' ? '_' : /^\.+$/.test(part) ? `_${part}` : encodeURIComponent(part);

/**
 * Where a finding is. It is about a running host, so its place is a name (SARIF 2.1.0, 3.33): host, namespace, app. GitHub
 * refuses a file whose results have none but logical locations ("expected a physical location"), so the same name also stands
 * as a relative reference to a file that does not exist, as scanners of images do it.
 */
export function location(report: Report, subject: Subject) {
  const names = parts(report, subject);
  return {
    physicalLocation: {
      artifactLocation: { uri: ['pm2', ...names].map(segment).join('/') },
      region: { startLine: 1 },
    },
    logicalLocations: [{ name: names.at(-1) ?? '', fullyQualifiedName: names.join('/'), kind: 'resource' }],
  };
}

/** The same for the same problem in the next report of this host, whatever its figures, words or language. */
export function fingerprint(report: Report, finding: Finding, nth: number): string {
  const identity = `${hostName(report)}\n${findingIdentity(finding)}\n${nth}`;
  return createHash('sha256').update(identity).digest('hex').slice(0, 32);
}
