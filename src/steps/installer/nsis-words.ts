// Words of NSIS scripts that the generators share.
import { nsisTemplate, quoteArgument } from './escape.ts';
import type { InstallerModel, OfFeature } from './model.ts';

/** A macro with its body indented. */
export function macro(head: string, body: readonly string[]): string {
  return [`!macro ${head}`, ...body.map((line) => `  ${line}`), '!macroend'].join('\n');
}

/** Lines for the case that a LogicLib condition holds, and for the other case. */
export function when(
  condition: string,
  body: readonly string[],
  otherwise: readonly string[] = [],
): string[] {
  const indented = (lines: readonly string[]) => lines.map((line) => `  ${line}`);
  return [
    `\${If} ${condition}`,
    ...indented(body),
    ...(otherwise.length === 0 ? [] : [`\${Else}`, ...indented(otherwise)]),
    `\${EndIf}`,
  ];
}

/**
 * Lines for each feature that is installed ($Features), those of required features without asking. `end`
 * follows the lines of each feature; error flags must not be relied on beyond it.
 */
export function perFeature<T extends OfFeature>(
  { features }: InstallerModel,
  items: readonly T[],
  lines: (item: T) => readonly string[],
  end: readonly string[] = [],
): string[] {
  return features.flatMap(({ id, required }) => {
    const body = items.filter(({ feature }) => feature === id).flatMap(lines);
    if (body.length === 0) return [];
    if (required) return [...body, ...end];
    return [
      'ClearErrors',
      `\${WordFind} "$Features" ",${id}," "E+1{" $1`,
      ...when(`\${Errors}`, ['ClearErrors'], [...body, ...end]),
    ];
  });
}

/** Inserts a macro of files.nsh, which has one only where there is something to do. */
export function insertWhenDefined(name: string): string[] {
  return [`!ifmacrodef ${name}`, `  !insertmacro ${name}`, '!endif'];
}

/** A feature's name as part of identifiers; `-` occurs in names and `_` does not. */
export function label(feature: string): string {
  return feature.replaceAll('-', '_');
}

/** The identifier of a feature's section. */
export function section(feature: string): string {
  return `\${SECTION_${label(feature)}}`;
}

export function windowsPath(path: string): string {
  return path.replaceAll('/', '\\');
}

/** An argument of a program within a double-quoted NSIS string, placeholders replaced. */
export function argument(text: string): string {
  return `$\\"${nsisTemplate(quoteArgument(text))}$\\"`;
}
