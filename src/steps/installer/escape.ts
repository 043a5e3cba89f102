// Untrusted text in the generators' languages: it can become a value there, never syntax.
import { type Placeholder, splitPlaceholders } from './model.ts';

/**
 * Content of a double-quoted NSIS string. `$` becomes a define that expands to `$$`, because the
 * preprocessor expands `$${X}`, `$$%X%` and `$$\n` in spite of the doubled sign. Not for `!define` values
 * and macro arguments, which are expanded twice.
 */
export function nsisText(text: string): string {
  return text.replaceAll(/[$"]/g, (char) => (char === '$' ? '${DOLLAR}' : '$\\"')).replaceAll(/[\r\n]/g, ' ');
}

const NSIS_PLACEHOLDER: Record<Placeholder, string> = {
  install: '$INSTDIR',
  data: '$DataDir',
  version: '${VERSION}',
};

/** `nsisText` with the model's placeholders as variables. */
export function nsisTemplate(text: string): string {
  return splitPlaceholders(text)
    .map((part) => (typeof part === 'string' ? nsisText(part) : NSIS_PLACEHOLDER[part.placeholder]))
    .join('');
}

/** Literal text in Windows Installer's Formatted data type: brackets and braces lose their meaning. */
export function msiText(text: string): string {
  return text.replaceAll(/[[\]{}]/g, (char) => `[\\${char}]`);
}

const MSI_PLACEHOLDER: Record<Placeholder, string> = {
  install: '[INSTALLDIR]',
  data: '[DATADIR]',
  version: '[ProductVersion]',
};

/** `msiText` with the model's placeholders as properties. INSTALLDIR ends with a backslash. */
export function msiTemplate(text: string): string {
  const parts = splitPlaceholders(text);
  return parts
    .map((part, index) => {
      if (typeof part !== 'string') return MSI_PLACEHOLDER[part.placeholder];
      const before = parts[index - 1];
      const follows = typeof before === 'object' && before.placeholder === 'install';
      return msiText(follows && part.startsWith('\\') ? part.slice(1) : part);
    })
    .join('');
}

/**
 * Content of a quoted argument as CommandLineToArgvW and the C run-time read it: a quote gets a backslash,
 * and backslashes before a quote, or before the end, are doubled.
 */
export function quoteArgument(text: string): string {
  return text.replaceAll(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, '$1$1');
}

/** A field of a table with tabs between fields and lines between records. */
export function tableField(text: string): string {
  return text.replaceAll(/[\t\r\n]/g, ' ');
}
