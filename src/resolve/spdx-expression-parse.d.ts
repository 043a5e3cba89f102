// Types of the package spdx-expression-parse, which has none of its own.
declare module 'spdx-expression-parse' {
  export interface License {
    readonly license: string;
    readonly plus?: true;
    readonly exception?: string;
  }

  export interface Conjunction {
    readonly left: Expression;
    readonly conjunction: 'and' | 'or';
    readonly right: Expression;
  }

  export type Expression = License | Conjunction;

  /** Throws an Error when the text is no SPDX expression or names an unlisted licence. */
  export default function parse(expression: string): Expression;
}
