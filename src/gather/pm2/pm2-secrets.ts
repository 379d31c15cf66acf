import type { Daemon } from '../../model/pm2.ts';
import type { Cleaner } from '../clean.ts';
import { isHarmlessValue, isSecretName, looksRandom } from '../redact/secret-names.ts';
import { type Fields, isFields, parseJson, wordsOf } from './json-fields.ts';

const jsonMaxChars = 64 * 1024;
const maxDepth = 4;
/** PM2's own fields that we show, and metrics: never secret, and a hidden name would be a lost app. */
const ownFields = new Set(
  `name namespace pm_id pm_cwd pm_exec_path pm_out_log_path pm_err_log_path pm_log_path pm_pid_path unique_id status
   exec_mode exec_interpreter username version node_version axm_monitor axm_actions axm_dynamic created_at pm_uptime
   cron_restart instance_var _pm2_version HOME PWD OLDPWD PATH SHELL USER LOGNAME HOSTNAME TERM PM2_HOME SSH_CLIENT
   SSH_CONNECTION SSH_TTY XDG_SESSION_ID XDG_RUNTIME_DIR XDG_SESSION_TYPE XDG_SESSION_CLASS DBUS_SESSION_BUS_ADDRESS
   SSH_AUTH_SOCK NODE_OPTIONS NODE_ENV TZ LANG`.split(/\s+/),
);

/** Teaches a cleaner the secrets in PM2's records: PM2 keeps each environment twice, in `env` and beside its own fields. */
export interface SecretTeacher {
  /** One record's `pm2_env`, or any other object with variables. */
  teach(fields: Fields): void;
}

/**
 * @param shown names and paths the report prints and reads by. A value that is a part of one of them is no secret any
 * more, and hiding it (AUTH_SERVICE=auth-service, DB_PASSWORD=deploy) would maim the app's name or its home.
 */
export function secretTeacher(clean: Cleaner, shown: readonly string[] = []): SecretTeacher {
  const names = new Map<string, boolean>();
  const taught = new Set<string>();
  /** Values found harmless under a harmless name: most come twice in a record, and again in the next. */
  const passed = new Set<string>();
  const isSecret = (name: string): boolean => {
    const known = names.get(name);
    if (known !== undefined) return known;
    const secret = isSecretName(name);
    names.set(name, secret);
    return secret;
  };
  const learn = (value: string): void => {
    if (taught.has(value)) return;
    taught.add(value);
    clean.learn(value);
  };
  const allShown = shown.join('\n');
  const isShown = (text: string): boolean => text.length <= 64 && allShown.includes(text);
  const value = (name: string, text: string, isInSecret: boolean): void => {
    if (text.length < 6 || taught.has(text)) return;
    const isNamed = isInSecret || isSecret(name);
    if (!isNamed) {
      if (passed.has(text)) return;
      passed.add(text);
    }
    if (text.length <= jsonMaxChars && (text.startsWith('{') || text.startsWith('['))) {
      const parsed = parseJson(text);
      if (parsed !== undefined) walk(name, parsed, isInSecret, 1);
    }
    if (text.includes('://')) {
      for (const password of urlPasswords(text)) if (!isShown(password)) learn(password);
    }
    if (looksRandom(text)) learn(text);
    else if (isNamed && !isHarmlessValue(text) && !isPlainAddress(text) && !isShown(text)) learn(text);
  };
  const walk = (name: string, content: unknown, isInSecret: boolean, depth: number): void => {
    if (typeof content === 'string') value(name, content, isInSecret);
    else if (typeof content === 'number') value(name, String(content), isInSecret);
    else if (depth > maxDepth) return;
    else if (Array.isArray(content)) for (const item of content) walk(name, item, isInSecret, depth + 1);
    else if (isFields(content)) {
      const inside = isInSecret || (name !== '' && isSecret(name));
      for (const key of Object.keys(content))
        if (!ownFields.has(key)) walk(key, content[key], inside, depth + 1);
    }
  };
  return {
    teach(fields) {
      walk('', fields, false, 0);
      teachArguments(wordsOf(fields['args']));
      teachArguments(wordsOf(fields['node_args']));
    },
  };

  /** `--password=x`, `--password x`, `DB_PASSWORD=x`. */
  function teachArguments(words: readonly string[]): void {
    words.forEach((word, index) => {
      const equals = word.indexOf('=');
      if (equals > 0) value(word.slice(0, equals), word.slice(equals + 1), false);
      else if (word.startsWith('-')) value(word, words[index + 1] ?? '', false);
    });
  }
}

/** Passwords in `scheme://user:password@host`, as written and decoded. */
function urlPasswords(text: string): readonly string[] {
  const passwords: string[] = [];
  for (const match of text.matchAll(/:\/\/[^\s:@/]{0,256}:([^\s"'<>]{1,1024})@/g)) {
    const password = match[1] ?? '';
    if (isHarmlessValue(password)) continue;
    passwords.push(password);
    try {
      passwords.push(decodeURIComponent(password));
    } catch {
      // Not URL-encoded: a bare percent sign.
    }
  }
  return passwords;
}

/** An address or a path without anything secret in it, under a name like AUTH_URL or SESSION_DIR. */
function isPlainAddress(text: string): boolean {
  return /^(?:[a-z][a-z0-9+.-]*:\/\/[^\s@?]+|\.{0,2}\/[\w./-]+|[\w.-]+:\d{1,5})$/i.test(text);
}

const shownFields = [
  'name',
  'namespace',
  'username',
  'pm_cwd',
  'pm_exec_path',
  'pm_out_log_path',
  'pm_err_log_path',
] as const;

/** The names and paths of a `pm2_env` that the report shows, for `secretTeacher`. */
export function shownTexts(env: Fields): readonly string[] {
  return shownFields.map((name) => env[name]).filter((text) => typeof text === 'string');
}

/** The same of apps decoded before. */
export function shownTextsOf(daemons: readonly Daemon[]): readonly string[] {
  return daemons.flatMap((daemon) => [
    daemon.home,
    ...[...daemon.apps, ...daemon.modules].flatMap((app) =>
      [
        app.ref.name,
        app.ref.namespace,
        app.user,
        app.cwd,
        app.scriptPath,
        app.outLogPath,
        app.errLogPath,
      ].filter((text) => text !== null),
    ),
  ]);
}
