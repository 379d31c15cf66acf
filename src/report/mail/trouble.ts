import type { Problem } from '../../derive/compare/report-facts.ts';
import type { Finding, Subject } from '../../model/finding.ts';
import type { Trouble } from './culprit-words.ts';

export function troubleOf(finding: Finding): Trouble {
  const { audit, priority, confidence, args } = finding;
  return {
    audit,
    priority,
    confidence,
    names: namesOf(finding.subject),
    evidence: args['key'] ?? null,
    isPartly: args['partly'] === true,
  };
}

/** A problem of another report is known by its subject alone. */
export function troubleOfProblem({ audit, priority, subject }: Problem): Trouble {
  const isNamed = subject.kind === 'app' || subject.kind === 'process' || subject.kind === 'path';
  return {
    audit,
    priority,
    confidence: null,
    names: isNamed && subject.text !== '' ? [subject.text] : [],
    evidence: subject.kind === 'evidence' ? subject.text : null,
    // Its key ends in why it was not seen (derive/compare/report-facts.ts); a log that was read up to a limit was seen in part.
    isPartly: subject.kind === 'evidence' && subject.key.endsWith('\ntruncated'),
  };
}

function namesOf(subject: Subject): readonly string[] {
  switch (subject.kind) {
    case 'app':
      return [subject.app.name];
    case 'apps':
      return [...new Set(subject.apps.map(({ name }) => String(name)))];
    case 'process':
      return [subject.comm];
    case 'path':
      return [subject.path];
    default:
      return [];
  }
}
