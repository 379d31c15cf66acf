/** Words that make a variable, key or flag a secret whatever its value looks like. */
export const strongWords =
  'pass(?:word|wd|phrase|code)|passwd|pwd|secret|token|api[-_. ]?key|' +
  '(?:access|private|signing|encryption|master|account|auth|session|cookie|jwt|license)[-_.]?key|credential|connection[-_. ]?string';

/** Words that often name something harmless too: here the value must look like a credential. */
export const weakWords =
  '(?<![a-z])auth(?![a-z])|authorization|cookie|session|(?<![a-z])dsn(?![a-z])|(?<![a-z])pass(?![a-z])|' +
  '(?<![a-z])(?:jwt|salt|pepper|pin|otp|sig|signature|webhook)(?![a-z])|[-_.]key(?![a-z])';

const secretName = new RegExp(`${strongWords}|${weakWords}`, 'i');
/** PASSWORD_MIN_LENGTH, TOKEN_TTL, SSL_KEY_FILE …: about a secret, not a secret. */
const aboutSecret =
  /[-_.](?:path|file|dir|ttl|timeout|expir(?:es|y|ation)(?:[-_]in)?|length|size|enabled|header|type|mode|region|port|algorithm|issuer|audience|interval|count|limit|rounds|policy)$/i;
/** Values that are no secret anywhere; hiding them would only maim names and paths. */
const harmless =
  /^(?:true|false|null|undefined|none|default|enabled|disabled|required|optional|production|development|staging|testing|localhost|password|secret|changeme|postgres|postgresql|mariadb|mongodb|rabbitmq|memory|session|cookie|bearer|digest|authorization|administrator|\d{1,5})$/i;
const random = /^[A-Za-z0-9_+/=.-]{20,}$/;

/** True for the name of a variable, key or flag whose value must not be seen. */
export function isSecretName(name: string): boolean {
  return secretName.test(name) && !aboutSecret.test(name);
}

/** True for values nobody needs to hide, even under a secret's name. */
export function isHarmlessValue(value: string): boolean {
  return value.length < 6 || harmless.test(value);
}

/** True for text that looks made by chance rather than by a person: long, of mixed kinds of characters. */
export function looksRandom(value: string): boolean {
  if (/^[0-9a-f]{32,}$/i.test(value)) return true;
  return (
    random.test(value) &&
    /[a-z]/.test(value) &&
    /[A-Z]/.test(value) &&
    /\d/.test(value) &&
    !value.includes('/')
  );
}
