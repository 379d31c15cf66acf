import type { MailCause } from './mail-causes.ts';
import type { MailFailure } from './mail-failure.ts';
import { isChinese, type MailProvider } from './mail-provider.ts';

/** What the failed delivery is, beside the failure itself. */
export interface MailContext {
  readonly provider: MailProvider;
  readonly port: number;
  readonly security: 'tls' | 'starttls' | 'none';
  readonly hasLogin: boolean;
  readonly isLoopback: boolean;
  /** The sender is the address that logs in. */
  readonly isOwnSender: boolean;
  /** It carries attachments that can be left out. */
  readonly hasFiles: boolean;
}

/** The cause of a failure. Replies are judged by code, enhanced code (RFC 3463) and stage first, by a server's words last. */
export function causeOf(failure: MailFailure, context: MailContext): MailCause {
  const { stage } = failure;
  if (stage === 'program') return programCause(failure);
  if (stage === 'token') return tokenCause(failure);
  if (failure.reply !== null) return replyCause(failure, context);
  if (/larger than allowed/.test(failure.detail)) return context.hasFiles ? 'size-files' : 'size';
  if (failure.code === 'ENOAUTH') return 'login-absent';
  return lineCause(failure, context);
}

function programCause({ code, timedOut }: MailFailure): MailCause {
  if (timedOut) return 'program-timeout';
  if (code === 'ENOENT' || code === 'EACCES' || code === 'ENOTDIR') return 'program-absent';
  // sysexits.h, which sendmail and its likes keep to: 64 usage, 65 data, 67 no such user, 68 no such host, 75 try later.
  if (code === '67' || code === '68') return 'program-address';
  return code === '75' ? 'later' : 'program-failed';
}

function tokenCause({ code, timedOut }: MailFailure): MailCause {
  if (code === 'absent') return 'token-absent';
  if (code === 'invalid_grant' || code === 'refused') return 'token-expired';
  // The system and TLS write their codes large (ECONNREFUSED, CERT_HAS_EXPIRED), token servers small.
  return timedOut || /^[A-Z][A-Z0-9_]+$/.test(code) || code === '' ? 'token-unreachable' : 'token-refused';
}

/** Nothing was said: the name, the line or the encryption failed. Codes of Node's dns, net and tls (OpenSSL). */
function lineCause(failure: MailFailure, context: MailContext): MailCause {
  const { stage, code, detail, timedOut } = failure;
  if (
    /wrong.version.number|packet length too long|ssl3_get_record|unknown protocol|record layer/i.test(
      `${code} ${detail}`,
    )
  ) {
    return 'tls-wrong-port';
  }
  if (code === 'ENOTFOUND' || code === 'ENODATA' || code === 'NOTFOUND') return 'name-unknown';
  if (stage === 'resolve') return 'name-unanswered';
  if (code === 'ECONNREFUSED') return 'refused';
  if (/^E(?:HOST|NET)(?:UNREACH|DOWN)$|^EADDRNOTAVAIL$/.test(code)) return 'unreachable';
  const certificate = certificateCause(code, detail);
  if (certificate !== null) return certificate;
  if (timedOut) return timeoutCause(failure, context);
  if (stage === 'finish') return 'finish-dropped';
  if (/UNSUPPORTED_PROTOCOL|version|handshake_failure|NO_SHARED|no protocols/i.test(`${code} ${detail}`))
    return 'tls-version';
  if (code === 'EPROTOCOL' || /Invalid greeting/.test(detail)) return 'not-smtp';
  if (/closed|ECONNECTION|ECONNRESET|EPIPE/.test(`${code} ${detail}`)) return 'dropped';
  return stage === 'tls' || /^ERR_(?:SSL|TLS)/.test(code) ? 'tls-failed' : 'unknown';
}

function certificateCause(code: string, detail: string): MailCause | null {
  const text = `${code} ${detail}`;
  if (/SELF_SIGNED|self.signed/i.test(text)) return 'certificate-self-signed';
  if (/CERT_HAS_EXPIRED|CERT_NOT_YET_VALID|has expired|not yet valid/i.test(text))
    return 'certificate-expired';
  if (/ALTNAME|does not match certificate/i.test(text)) return 'certificate-name';
  if (/UNABLE_TO_(?:GET|VERIFY)|CERT_|unable to (?:get|verify)/i.test(text)) return 'certificate-unknown';
  return null;
}

function timeoutCause({ stage, detail }: MailFailure, { port, security }: MailContext): MailCause {
  if (stage === 'finish') return 'finish-timeout';
  // Both are reported while the session is being set up.
  if (/Greeting|EHLO/.test(detail)) {
    return security !== 'tls' && (port === 465 || port === 2465)
      ? 'greeting-timeout-tls'
      : 'greeting-timeout';
  }
  if (stage === 'connect') return port === 25 ? 'port-25-timeout' : 'connect-timeout';
  return 'reply-timeout';
}

function replyCause(failure: MailFailure, context: MailContext): MailCause {
  const { stage, reply } = failure;
  if (reply === null) return 'unknown';
  const { code, enhanced, text } = reply;
  if (stage === 'tls') return context.isLoopback ? 'starttls-loopback' : 'starttls-absent';
  if (
    code === 538 ||
    /issue a? ?STARTTLS|STARTTLS (?:is )?required|requires? (?:TLS|encryption)/i.test(text)
  ) {
    return 'starttls-needed';
  }
  if (
    code === 552 ||
    enhanced === '5.3.4' ||
    /size limit|too (?:large|big)|exceeds? .{0,30}size/i.test(text)
  ) {
    if (enhanced === '5.2.2' || /mailbox.{0,20}full|over ?quota/i.test(text)) return 'mailbox-full';
    return context.hasFiles ? 'size-files' : 'size';
  }
  if (stage === 'login') return loginCause(code, enhanced, text, context.provider);
  if (
    code === 530 ||
    enhanced === '5.7.57' ||
    /auth.{0,20}(?:required|first)|must (?:login|authenticate)/i.test(text)
  ) {
    return context.hasLogin ? 'sender-refused' : 'login-needed';
  }
  if (notLogin.test(text) || enhanced === '5.7.60' || enhanced === '5.2.252') return 'sender-not-login';
  if (code < 500) return temporaryCause(code, enhanced, text);
  if (stage === 'connect') return 'host-refused';
  if (enhanced === '5.4.5' || /frequency limit|daily .{0,30}(?:quota|limit)|rate limit/i.test(text)) {
    return 'rate-limit';
  }
  if (/spam|DT:SPM|blacklist|blocklist|reputation|spamhaus|content (?:rejected|refused|denied)/i.test(text))
    return 'spam';
  if (/not verified/i.test(text)) return 'sender-unverified';
  if (stage === 'recipient') return recipientCause(enhanced, text);
  if (stage === 'sender' && isChinese(context.provider) && !context.isOwnSender) return 'sender-not-login';
  return stage === 'sender' || /\bfrom\b.{0,3} header/i.test(text) ? 'sender-refused' : 'rejected';
}

/** The sender is not the login: QQ (501, 550), 163 (553, 554 DT:SUM), Aliyun (440), Microsoft (554 5.2.252). */
const notLogin =
  /mail from.{0,40}must (?:equal|be)|must be same as auth|not (?:owned by|allowed to send as)|SendAsDenied|doesn't conform with auth|DT:SUM|MI:SFQ/i;

function loginCause(code: number, enhanced: string | null, text: string, provider: MailProvider): MailCause {
  if (
    enhanced === '5.7.139' ||
    /SmtpClientAuthentication is disabled|basic authentication is disabled/i.test(text)
  ) {
    return 'login-microsoft';
  }
  if (code < 500) return 'login-later';
  if (code === 502 || code === 503 || code === 504) return 'login-absent';
  switch (provider) {
    case 'qq':
      return 'login-code-qq';
    case 'exmail':
      return 'login-code-exmail';
    case 'netease':
    case 'qiye163':
      return 'login-code-netease';
    case 'gmail':
      return 'login-gmail';
    case 'microsoft':
      return 'login-microsoft';
    case 'ses':
      return 'login-ses';
    default:
      return 'login-refused';
  }
}

function temporaryCause(code: number, enhanced: string | null, text: string): MailCause {
  if (/grey|gray|graylist/i.test(text)) return 'greylisted';
  if (enhanced === '4.2.2' || /mailbox.{0,20}full|over ?quota/i.test(text)) return 'mailbox-full';
  if (
    enhanced === '4.2.1' ||
    enhanced === '4.7.28' ||
    /rate|too (?:many|much|fast)|frequency|limit|throttl/i.test(text)
  ) {
    return 'rate-limit';
  }
  if (code === 421) return 'rate-limit';
  return code === 451 || code === 450 ? 'greylisted' : 'later';
}

function recipientCause(enhanced: string | null, text: string): MailCause {
  if (enhanced === '5.2.2' || /mailbox.{0,20}full|over ?quota/i.test(text)) return 'mailbox-full';
  if (/relay/i.test(text)) return 'relay';
  const isUnknown =
    /(?:user|mailbox|recipient|address|account).{0,40}(?:unknown|not found|does ?n.t exist|not exist|invalid)|(?:no such|unknown|invalid) (?:user|mailbox|recipient|address|account)/i;
  if (enhanced !== null && /^5\.1\.[0-36]$|^5\.1\.10$/.test(enhanced)) return 'recipient-unknown';
  return isUnknown.test(text) ? 'recipient-unknown' : 'recipient-refused';
}
