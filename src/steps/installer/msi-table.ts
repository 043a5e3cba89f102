// Tables of a Windows Installer database in their text archive form (.idt).
import { tableField } from './escape.ts';

export type Cell = string | number;

export interface Table {
  readonly name: string;
  /** Column names with their types, such as `s72` or `L0`; the first `keys` are the primary key. */
  readonly columns: readonly (readonly [name: string, type: string])[];
  readonly keys: number;
  readonly rows: readonly (readonly Cell[])[];
}

/** The table as text for `msibuild -i`, in UTF-8; lines end with CR LF as in Windows' own archives. */
export function archive(table: Table): string {
  const head = [
    table.columns.map(([name]) => name),
    table.columns.map(([, type]) => type),
    [table.name, ...table.columns.slice(0, table.keys).map(([name]) => name)],
  ];
  const rows = table.rows.map((row) => row.map((cell) => tableField(String(cell))));
  return [...head, ...rows].map((fields) => `${fields.join('\t')}\r\n`).join('');
}
