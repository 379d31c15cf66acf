/** Where on its way a mail was stopped. `finish`: all of it was sent, the server's last word is missing. */
export type MailStage =
  | 'settings'
  | 'resolve'
  | 'connect'
  | 'greeting'
  | 'tls'
  | 'token'
  | 'login'
  | 'sender'
  | 'recipient'
  | 'message'
  | 'finish'
  | 'program';

export interface SmtpReply {
  readonly code: number;
  /** RFC 3463, e.g. `5.7.8`; null = the server gives none. */
  readonly enhanced: string | null;
  /** As the server sent it: not yet fit to be shown. */
  readonly text: string;
}

/** One failure, as found: facts to be classified, nothing for the user's eyes yet. */
export interface MailFailure {
  readonly stage: MailStage;
  /** Error code of the system or of TLS (ECONNREFUSED, CERT_HAS_EXPIRED), of the token server (invalid_grant), exit code of a program; '' = none. */
  readonly code: string;
  readonly reply: SmtpReply | null;
  readonly timedOut: boolean;
  /** The library's message: looked at, never shown. */
  readonly detail: string;
}

export class MailError extends Error {
  override readonly name = 'MailError';
  readonly failure: MailFailure;
  constructor(failure: MailFailure) {
    super(`${failure.stage} ${failure.code}`.trim());
    this.failure = failure;
  }
}

/** By its name: each lazily loaded chunk of the build has its own copy of the class. */
function isMailError(error: unknown): error is MailError {
  return error instanceof Error && error.name === 'MailError' && 'failure' in error;
}

export function failureAt(stage: MailStage, over: Partial<MailFailure> = {}): MailFailure {
  return { stage, code: '', reply: null, timedOut: false, detail: '', ...over };
}

/** `535-5.7.8 Username and Password not accepted. …` of one or several lines. */
export function readReply(response: string): SmtpReply | null {
  const code = /^\s*([245]\d{2})(?:[ -]|$)/.exec(response);
  if (code?.[1] === undefined) return null;
  const enhanced = /^\s*\d{3}[ -]#?([245]\.\d{1,3}\.\d{1,3})\b/.exec(response);
  // Each line of a long reply repeats both codes.
  const repeated = new RegExp(`\\s*[\\r\\n]+\\s*${code[1]}[ -](?:#?[245]\\.\\d{1,3}\\.\\d{1,3} ?)?`, 'g');
  return { code: Number(code[1]), enhanced: enhanced?.[1] ?? null, text: response.replace(repeated, ' ') };
}

interface LibraryError extends Error {
  readonly code?: unknown;
  readonly originalCode?: unknown;
  readonly command?: unknown;
  readonly response?: unknown;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** What nodemailer's connection reports, at the stage the session was in. */
export function failureOf(error: unknown, stage: MailStage): MailFailure {
  if (isMailError(error)) return error.failure;
  if (!(error instanceof Error)) return failureAt(stage, { detail: String(error) });
  const { code, originalCode, command, response }: LibraryError = error;
  const library = text(code);
  return {
    stage: stageOf(stage, library, text(command)),
    code: text(originalCode) || library,
    reply: readReply(text(response)),
    timedOut: library === 'ETIMEDOUT' || text(originalCode) === 'ETIMEDOUT',
    detail: error.message,
  };
}

function stageOf(stage: MailStage, code: string, command: string): MailStage {
  if (code === 'EDNS') return 'resolve';
  if (code === 'ETLS') return 'tls';
  if (stage === 'finish') return stage;
  if (command === 'MAIL FROM') return 'sender';
  if (command === 'RCPT TO') return 'recipient';
  if (command === 'DATA') return 'message';
  return command.startsWith('AUTH') ? 'login' : stage;
}
