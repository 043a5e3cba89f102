// The MSI of a hosted product: what depends on the model alone. Files and payloads are added in the sandbox.
import { guidOf } from '../guid.ts';
import type { InstallerModel } from './model.ts';
import { actionTables } from './msi-actions.ts';
import { featureKey, registryComponent, registryGuid } from './msi-names.ts';
import { productTables, registryRows } from './msi-product.ts';
import { serviceTables, shortcutTables } from './msi-services.ts';
import { archive, type Table } from './msi-table.ts';

/**
 * Inputs of msi.sh by name: `product` (the wixl source without files), `table-NAME` (text archives) and
 * `statements` (SQL, one a line). Product and package codes are filled in by msi.sh.
 */
export function msiDefinitions(model: InstallerModel): Record<string, string> {
  const tables = [
    ...productTables(model),
    ...serviceTables(model),
    ...shortcutTables(model),
    ...actionTables(model),
    directoryTable(model),
    summaryTable(model),
  ];
  return {
    product: productSource(model),
    statements: statements(model),
    ...Object.fromEntries(tables.map((table) => [`table-${table.name}`, archive(table)])),
  };
}

/**
 * The wixl source: identifiers, which are ASCII, and no names. wixl ends with a segmentation fault on text
 * beyond Latin-1, so names come with the tables.
 */
function productSource(model: InstallerModel): string {
  const features = model.features.map(({ id }) => {
    const key = featureKey(id);
    return `    <Feature Id="${key}" Level="1"><ComponentGroupRef Id="Files_${key}"/></Feature>`;
  });
  const folders = SYSTEM_FOLDERS.map((id) => `<Directory Id="${id}"/>`).join('');
  return [
    '<?xml version="1.0" encoding="utf-8"?>',
    '<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">',
    `  <Product Id="$(var.PRODUCT_CODE)" Name="product" Language="1033" Codepage="65001" Version="${model.version}" Manufacturer="publisher" UpgradeCode="${model.upgradeCode}">`,
    '    <Package InstallerVersion="500" Compressed="yes" InstallScope="perMachine"/>',
    '    <Media Id="1" Cabinet="files.cab" EmbedCab="yes"/>',
    '    <Binary Id="Helper" SourceFile="$(var.HELPER)"/>',
    `    <Directory Id="TARGETDIR" Name="SourceDir">${folders}<Directory Id="INSTALLDIR" Name="x"/></Directory>`,
    ...features,
    '  </Product>',
    '</Wix>',
    '',
  ].join('\n');
}

/** Folders whose places Windows Installer knows. */
const SYSTEM_FOLDERS = [
  'ProgramFiles64Folder',
  'CommonAppDataFolder',
  'DesktopFolder',
  'StartupFolder',
  'ProgramMenuFolder',
] as const;

/** Directories that do not depend on files; msi-files.pl adds those below INSTALLDIR. */
function directoryTable(model: InstallerModel): Table {
  return {
    name: 'Directory',
    columns: [
      ['Directory', 's72'],
      ['Directory_Parent', 'S72'],
      ['DefaultDir', 'l255'],
    ],
    keys: 1,
    rows: [
      ['TARGETDIR', '', 'SourceDir'],
      ...SYSTEM_FOLDERS.map((id) => [id, 'TARGETDIR', '.']),
      ['INSTALLDIR', 'ProgramFiles64Folder', model.directory],
      ['StartMenu', 'ProgramMenuFolder', model.menu],
    ],
  };
}

/** SQL that adds the components of registry values; every word in it is made here. */
function statements(model: InstallerModel): string {
  const rows = registryRows(model);
  const component = (name: string, feature: string, directory: string, attributes: number) => {
    const key = rows.findIndex((row) => row.component === name);
    const guid = registryGuid(guidOf(model.upgradeCode, `component ${name}`));
    return [
      `INSERT INTO \`Component\` (\`Component\`, \`ComponentId\`, \`Directory_\`, \`Attributes\`, \`KeyPath\`) VALUES ('${name}', '${guid}', '${directory}', ${attributes}, 'R_${key}')`,
      `INSERT INTO \`FeatureComponents\` (\`Feature_\`, \`Component_\`) VALUES ('${featureKey(feature)}', '${name}')`,
    ];
  };
  // 4: a registry value is the key path; 16: permanent; 256: 64-bit.
  return [
    ...model.features.flatMap(({ id }) => component(registryComponent(id), id, 'INSTALLDIR', 4 + 256)),
    ...component('Kept', model.features[0]?.id ?? '', 'CommonAppDataFolder', 4 + 16 + 256),
  ]
    .map((statement) => `${statement}\n`)
    .join('');
}

/** The summary information (property set of [MS-OLEPS]); fixed, because wixl writes times and a random code. */
function summaryTable({ title, publisher, epoch }: InstallerModel): Table {
  const time = new Date(epoch * 1000).toISOString().slice(0, 19).replaceAll('-', '/').replace('T', ' ');
  const rows: [number, string | number][] = [
    [1, 65001],
    [2, 'Installation Database'],
    [3, title],
    [4, publisher],
    [5, 'Installer'],
    [7, 'x64;1033'],
    [9, ''],
    [12, time],
    [13, time],
    [14, 500],
    [15, 2],
    [18, 'qbuild'],
    [19, 2],
  ];
  return {
    name: '_SummaryInformation',
    columns: [
      ['PropertyId', 'i2'],
      ['Value', 'l255'],
    ],
    keys: 1,
    rows,
  };
}
