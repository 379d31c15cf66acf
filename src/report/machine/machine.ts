import type { AnyAudit } from '../../model/audit.ts';
import type { Priority } from '../../model/finding.ts';
import type { Report } from '../../model/report.ts';
import type { Locale } from '../../model/text.ts';
import type { MachineFormat } from './formats.ts';

export interface MachineOptions {
  readonly locale: Locale;
  /** The audits that ran: their topics, sentences and sources. */
  readonly audits: readonly AnyAudit[];
  /** JUnit: findings from this priority on are failures. */
  readonly failOn: Priority | 'never';
}

/**
 * Answers: this report for a program? Ends in a line break. Each format is loaded only where it is asked for. Lines that an
 * app wrote are in none of them: they are made to be handed to other services.
 */
export async function renderMachine(
  report: Report,
  format: MachineFormat,
  options: MachineOptions,
): Promise<string> {
  switch (format) {
    case 'prom':
      return (await import('../prom/prom.ts')).renderProm(report);
    case 'junit':
      return (await import('../junit/junit.ts')).renderJunit(report, options);
    case 'sarif':
      return (await import('../sarif/sarif.ts')).renderSarif(report, options);
  }
}
