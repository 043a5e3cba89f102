// Tables of an MSI that say what the product is: properties, features, registry, searches and conditions.
import { msiTemplate, msiText } from './escape.ts';
import type { InstallerModel, RegistryValue } from './model.ts';
import { featureKey, registryComponent, registryGuid } from './msi-names.ts';
import type { Cell, Table } from './msi-table.ts';

/** All of them. */
export function productTables(model: InstallerModel): Table[] {
  return [
    propertyTable(model),
    featureTable(model),
    registryTable(model),
    ...searchTables(model),
    conditionTable(model),
    upgradeTable(model),
    environmentTable(model),
  ];
}

/** One row of the Registry table, and the component that owns it. */
export interface RegistryRow {
  readonly value: RegistryValue;
  /** `Kept` has the values that stay for ever, others go with their feature. */
  readonly component: string;
}

/** All registry rows in order: the installers' own, one that marks each feature, the product's. */
export function registryRows(model: InstallerModel): RegistryRow[] {
  const key = model.registryKey;
  const own = {
    Version: '{version}',
    InstallDir: '{install}',
    DataDir: '{data}',
    Scope: 'machine',
    InstalledBy: 'msi',
  };
  const feature = model.features[0]?.id ?? '';
  const values: RegistryValue[] = [
    ...model.features.map(({ id }) => ({ key, name: `Feature.${id}`, value: 1, keep: false, feature: id })),
    ...Object.entries(own).map(([name, value]) => ({ key, name, value, keep: false, feature })),
    ...model.registry,
  ];
  return values.map((value) => ({
    value,
    component: value.keep ? 'Kept' : registryComponent(value.feature),
  }));
}

function propertyTable(model: InstallerModel): Table {
  const secure = ['INSTALLDIR', 'DATADIR', 'PURGE', 'OLDERVERSION', 'NEWERVERSION', 'PREVIOUSVERSION'];
  const rows: Cell[][] = [
    ['ProductCode', ''],
    ['UpgradeCode', registryGuid(model.upgradeCode)],
    ['ProductName', model.title],
    ['ProductVersion', model.version],
    ['ProductLanguage', '1033'],
    ['Manufacturer', model.publisher],
    ['ALLUSERS', '1'],
    ['ARPNOMODIFY', '1'],
    ['SecureCustomProperties', secure.join(';')],
    ...Object.entries({
      ARPURLINFOABOUT: model.links.about,
      ARPHELPLINK: model.links.help,
      ARPURLUPDATEINFO: model.links.updates,
    }).flatMap(([name, link]) => (link === undefined ? [] : [[name, link]])),
  ];
  return {
    name: 'Property',
    columns: [
      ['Property', 's72'],
      ['Value', 'l0'],
    ],
    keys: 1,
    rows,
  };
}

function featureTable(model: InstallerModel): Table {
  return {
    name: 'Feature',
    columns: [
      ['Feature', 's38'],
      ['Feature_Parent', 'S38'],
      ['Title', 'L64'],
      ['Description', 'L255'],
      ['Display', 'I2'],
      ['Level', 'i2'],
      ['Directory_', 'S72'],
      ['Attributes', 'i2'],
    ],
    keys: 1,
    // Attribute 16: cannot be left out.
    rows: model.features.map(({ id, title, description, required, selected }, index) => [
      featureKey(id),
      '',
      title,
      description,
      2 * index + 2,
      required || selected ? 1 : 1000,
      'INSTALLDIR',
      required ? 16 : 0,
    ]),
  };
}

function registryTable(model: InstallerModel): Table {
  return {
    name: 'Registry',
    columns: [
      ['Registry', 's72'],
      ['Root', 'i2'],
      ['Key', 'l255'],
      ['Name', 'L255'],
      ['Value', 'L0'],
      ['Component_', 's72'],
    ],
    keys: 1,
    rows: registryRows(model).map(({ value, component }, index) => [
      `R_${index}`,
      2, // HKEY_LOCAL_MACHINE
      msiText(value.key),
      msiText(value.name ?? ''),
      registryText(value.value),
      component,
    ]),
  };
}

/** In the Value column a leading `#` means a number; texts that begin with one get another. */
function registryText(value: string | number): string {
  if (typeof value === 'number') return `#${value}`;
  const text = msiTemplate(value);
  return text.startsWith('#') ? `#${text}` : text;
}

function searchTables(model: InstallerModel): Table[] {
  const raw64 = 2 + 16; // the value as it is, from the 64-bit view
  const current = 'SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion';
  const searches: [property: string, root: number, key: string, name: string][] = [
    ['WINDOWSBUILD', 2, current, 'CurrentBuildNumber'],
    ['PREVIOUSVERSION', 2, model.registryKey, 'Version'],
    ['PREVIOUSDIR', 2, model.registryKey, 'InstallDir'],
    ['PREVIOUSBY', 2, model.registryKey, 'InstalledBy'],
    ['PREVIOUSUSERVERSION', 1, model.registryKey, 'Version'],
    ['PREVIOUSDATA', 2, model.data.key, 'DataDir'],
  ];
  return [
    {
      name: 'AppSearch',
      columns: [
        ['Property', 's72'],
        ['Signature_', 's72'],
      ],
      keys: 2,
      rows: searches.map(([property]) => [property, `S_${property}`]),
    },
    {
      name: 'RegLocator',
      columns: [
        ['Signature_', 's72'],
        ['Root', 'i2'],
        ['Key', 's255'],
        ['Name', 'S255'],
        ['Type', 'I2'],
      ],
      keys: 1,
      rows: searches.map(([property, root, key, name]) => [
        `S_${property}`,
        root,
        msiText(key),
        msiText(name),
        raw64,
      ]),
    },
  ];
}

function conditionTable({ title, version, prerequisites }: InstallerModel): Table {
  const name = msiText(title);
  const rows: Cell[][] = [
    ['Privileged', `Installing ${name} needs an administrator.`],
    [
      'NOT NEWERVERSION',
      `A newer version of ${name} is installed. It is not replaced by ${version}; uninstall it first.`,
    ],
    ['VersionNT64', `${name} needs 64-bit Windows.`],
    [
      `Installed OR WINDOWSBUILD >= ${prerequisites.windowsBuild}`,
      `${name} needs Windows build ${prerequisites.windowsBuild} or newer. Update Windows, then try again.`,
    ],
    [
      'Installed OR NOT PREVIOUSBY = "exe"',
      `${name} was installed by setup.exe. Upgrade it with setup.exe, or uninstall it first.`,
    ],
    [
      'Installed OR NOT PREVIOUSUSERVERSION',
      `${name} is installed for one user. Uninstall it first, or upgrade it with setup.exe.`,
    ],
  ];
  return {
    name: 'LaunchCondition',
    columns: [
      ['Condition', 's255'],
      ['Description', 'l255'],
    ],
    keys: 1,
    rows,
  };
}

function upgradeTable(model: InstallerModel): Table {
  const code = registryGuid(model.upgradeCode);
  return {
    name: 'Upgrade',
    columns: [
      ['UpgradeCode', 's38'],
      ['VersionMin', 'S20'],
      ['VersionMax', 'S20'],
      ['Language', 'S255'],
      ['Attributes', 'i4'],
      ['Remove', 'S255'],
      ['ActionProperty', 's72'],
    ],
    keys: 5,
    rows: [
      // 1: the same features again; 512: this version too, so that a rebuilt one replaces it.
      [code, '', model.version, '', 1 + 512, '', 'OLDERVERSION'],
      // 2: only find it.
      [code, model.version, '', '', 2, '', 'NEWERVERSION'],
    ],
  };
}

function environmentTable(model: InstallerModel): Table {
  return {
    name: 'Environment',
    columns: [
      ['Environment', 's72'],
      ['Name', 'l255'],
      ['Value', 'L255'],
      ['Component_', 's72'],
    ],
    keys: 1,
    // "=-*": set on install, remove on uninstall, the machine's; "[~];": after what is there.
    rows: model.path.map(({ directory, feature }, index) => [
      `E_${index}`,
      '=-*PATH',
      `[~];[INSTALLDIR]${msiText(directory.replaceAll('/', '\\'))}`,
      registryComponent(feature),
    ]),
  };
}
