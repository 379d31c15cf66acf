import type { MailScene } from './explain.ts';
import type { MailCause } from './mail-causes.ts';

type Words = { readonly [C in MailCause]: (scene: MailScene) => string };

/** English words of each cause: what happened, where, what to do. */
export const explainEn: Words = {
  'name-unknown': ({ host }) =>
    `The name ${host} does not resolve on this host: it is misspelt, or the DNS here does not know it. Check with: getent hosts ${host}.`,
  'name-unanswered': ({ host }) =>
    `The name ${host} could not be resolved: the DNS of this host did not answer. Check /etc/resolv.conf.`,
  refused: ({ at }) =>
    `${at} refused the connection: nothing listens there. Check host and port (465 for TLS, 587 for STARTTLS), and that the mail server runs.`,
  unreachable: ({ at }) =>
    `${at} cannot be reached from this host: there is no route to it. Check the network and the firewall.`,
  'connect-timeout': ({ at, port }) =>
    `No connection to ${at}: no answer in time. A firewall drops it, most likely: open outgoing TCP port ${port}, or use the provider's other port (465 or 587).`,
  'port-25-timeout': ({ at }) =>
    `No connection to ${at}: no answer in time. Cloud hosts block outgoing port 25 by default (Aliyun, Tencent Cloud, AWS, Google Cloud, Azure). Use port 465 or 587 of your mail provider instead.`,
  'greeting-timeout': ({ at }) =>
    `${at} took the connection and then did not answer in time. It is overloaded or slows down unknown senders, or this port speaks TLS from the first byte (then write smtps://, port 465).`,
  'greeting-timeout-tls': ({ at }) =>
    `${at} took the connection and then waited for us: this port speaks TLS from the first byte, and the settings ask for something else. Write smtps:// or "security": "tls".`,
  'reply-timeout': ({ at }) => `${at} stopped answering in the middle of the conversation.`,
  'finish-timeout': ({ at, isTest }) =>
    `${at} got the whole mail and did not confirm it in time. It may have arrived or not${isTest ? '' : ': it is sent again with the same Message-ID, so most servers show it once'}.`,
  dropped: ({ at }) => `${at} closed the connection before the mail was sent.`,
  'finish-dropped': ({ at, isTest }) =>
    `${at} got the whole mail and closed the connection without confirming it. It may have arrived or not${isTest ? '' : ': it is sent again with the same Message-ID, so most servers show it once'}.`,
  'host-refused': ({ at }) =>
    `${at} refuses to talk to this host: its address is on a block list, or the server is for others. Use the mail server of your provider with a login.`,
  'not-smtp': ({ at }) => `What answers on ${at} is not a mail server. Check host and port.`,
  'starttls-absent': ({ at }) =>
    `${at} does not offer encryption (STARTTLS), so nothing was sent: neither the password nor the report goes out in clear. Use port 465 with smtps://. If this server used to offer it, someone on the way may be removing it.`,
  'starttls-needed': ({ at }) =>
    `${at} takes this only over an encrypted connection, and the settings say none. Write "security": "starttls", or smtp:// without ?security=none.`,
  'starttls-loopback': ({ at }) =>
    `The mail server of this host (${at}) does not offer encryption (STARTTLS). Nothing leaves this host on the way to it: write "security": "none", or add ?security=none to the URL.`,
  'tls-wrong-port': ({ at }) =>
    `${at} does not speak TLS from the first byte, as the settings say. For port 587 or 25 write smtp:// or "security": "starttls"; for smtps:// use port 465.`,
  'tls-version': ({ at }) =>
    `${at} and this host found no common version of TLS: the server is too old (it must speak TLS 1.2 or newer). The mail was not sent.`,
  'certificate-self-signed': ({ at }) =>
    `The certificate of ${at} is signed by itself or by a private authority, so nothing proves whose server it is, and nothing was sent. If it is yours, name the authority's PEM file in email.smtp.caFile, or in PM2_AUDIT_SMTP_CA.`,
  'certificate-unknown': ({ at }) =>
    `The certificate of ${at} cannot be traced to a known authority: it is a private one, or the server leaves out its intermediate certificate. Nothing was sent. Name the authority's PEM file in email.smtp.caFile, or in PM2_AUDIT_SMTP_CA.`,
  'certificate-expired': ({ at }) =>
    `The certificate of ${at} is not valid today: it has expired or is not valid yet. Check the clock of this host (timedatectl); if it is right, the server's owner must renew it. Nothing was sent.`,
  'certificate-name': ({ at, host }) =>
    `The certificate of ${at} is for another name than ${host}. Write the host name that the provider tells, not an IP address or an alias. Nothing was sent.`,
  'tls-failed': ({ at, code }) =>
    `The encrypted connection to ${at} failed${code === '' ? '' : ` (${code})`}. Nothing was sent. Check host, port and a proxy on the way.`,
  'login-code-qq': ({ user, at }) =>
    `QQ mail (${at}) refused the login of ${user}. It wants the 16-letter authorisation code (授权码), not the password of the account: mail.qq.com → Settings → Account → switch on the SMTP service → generate the code. Changing the QQ password makes old codes invalid.`,
  'login-code-exmail': ({ user, at }) =>
    `Tencent Exmail (${at}) refused the login of ${user}. With secure login switched on it wants a client-specific password: exmail.qq.com → Settings → Mail binding → generate one; the administrator must allow SMTP.`,
  'login-code-netease': ({ user, at }) =>
    `NetEase mail (${at}) refused the login of ${user}. It wants the authorisation code (授权码), not the password of the account: web mail → Settings → POP3/SMTP/IMAP → switch on SMTP → add a code. Codes expire after some months.`,
  'login-gmail': ({ user, at }) =>
    `Gmail (${at}) refused the login of ${user}. It takes an app password, not the password of the account: switch on 2-Step Verification, then make one at https://myaccount.google.com/apppasswords (16 letters, no blanks).`,
  'login-microsoft': ({ user, at }) =>
    `Microsoft (${at}) refused the login of ${user}. Passwords (basic authentication) no longer work for SMTP with outlook.com, and with Microsoft 365 only where the administrator allows Authenticated SMTP for the mailbox. Use OAuth2 (email.oauth2).`,
  'login-ses': ({ user, at }) =>
    `Amazon SES (${at}) refused the login of ${user}. It wants SMTP credentials of the same region (SES console → SMTP settings → Create SMTP credentials), not the IAM access key itself.`,
  'login-refused': ({ user, at }) =>
    `${at} refused the login of ${user}: user or password are wrong, or the account may not send by SMTP. Many providers want an app password or authorisation code instead of the password.`,
  'login-absent': ({ at }) =>
    `${at} offers no login that we can use, but the settings have a user. On this port it may take none: use 587 or 465, or remove user and password for a server that needs none.`,
  'login-needed': ({ at }) =>
    `${at} takes mail only after a login, and the settings have none. Set email.smtp.user and email.password.`,
  'login-later': ({ at, user }) =>
    `${at} could not check the login of ${user} just now, or it was tried too often.`,
  'token-refused': ({ code }) =>
    `The token server refused to give an access token (${code}). Check email.oauth2: clientId, clientSecret and tokenUrl.`,
  'token-expired': ({ user, at }) =>
    `The OAuth2 token of ${user} for ${at} is no longer valid: it was revoked or has expired. Make a new refresh token and store it where email.oauth2.refreshToken says.`,
  'token-absent': () =>
    'OAuth2 is set up without a token: set email.oauth2.refreshToken (or accessToken) to where it stands.',
  'token-unreachable': ({ code }) =>
    `The OAuth2 token server could not be reached${code === '' ? '' : ` (${code})`}. Check email.oauth2.tokenUrl and the network.`,
  'sender-not-login': ({ at, from, user }) =>
    `${at} refused the sender ${from}: it must be the address that logs in${user === '' ? '' : ` (${user})`}. Set email.from to that address, or leave it out.`,
  'sender-unverified': ({ at, from, to }) =>
    `${at} refused the mail: an address is not verified there. With Amazon SES verify the sender ${from} (or its domain) in the same region; while the account is in the sandbox, the recipients (${to}) as well.`,
  'sender-refused': ({ at, from }) =>
    `${at} refused the sender ${from}. Set email.from to an address that this server may send for.`,
  relay: ({ at, to }) =>
    `${at} does not pass on mail to ${to} for this host. Set a user and a password, or use the mail server of your provider.`,
  'recipient-unknown': ({ at, to }) =>
    `${at} says that this address does not exist: ${to}. It is not tried again; correct email.to.`,
  'recipient-refused': ({ at, to }) => `${at} refused the recipient: ${to}. Check email.to.`,
  'mailbox-full': ({ at, to }) => `${at} says that the mailbox is full: ${to}.`,
  greylisted: ({ at }) => `${at} asks to come back later: it greylists senders it does not know, or is busy.`,
  'rate-limit': ({ at }) => `${at} takes no more mail from us for now: too many in a short time.`,
  'size-files': ({ at }) =>
    `${at} found the mail too large. It is tried again without its attachments; set email.attachMaxBytes lower, or attach less.`,
  size: ({ at }) =>
    `${at} found the mail too large, though it has no attachments. It is not tried again; the report is on the disk of the audited host.`,
  spam: ({ at, from }) =>
    `${at} took the mail for spam. Send from a domain with SPF and DKIM, put ${from} on the recipient's list of known senders, or use the provider's own mail server.`,
  later: ({ at }) => `${at} could not take the mail just now.`,
  rejected: ({ at }) => `${at} refused the mail.`,
  'program-absent': ({ at }) =>
    `The program ${at} could not be started: there is no mail server (MTA) on this host, or its path is another one. Install one (postfix, msmtp-mta), or use email.smtp.`,
  'program-timeout': ({ at }) => `The program ${at} did not end in time and was stopped.`,
  'program-failed': ({ at, code }) =>
    `The program ${at} ended with ${code} and did not take the mail. Look into the mail log of this host (journalctl -t postfix/sendmail, /var/log/mail.log).`,
  'program-address': ({ at, to }) => `The program ${at} knows no such recipient: ${to}. Correct email.to.`,
  unknown: ({ at, code }) => `The mail could not be handed to ${at}${code === '' ? '' : ` (${code})`}.`,
};
