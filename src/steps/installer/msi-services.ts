// Tables of an MSI for services and shortcuts, which belong to the component of their program.
import { msiText } from './escape.ts';
import type { InstallerModel, Service, Shortcut } from './model.ts';
import { directoryOf, fileComponent } from './msi-names.ts';
import type { Cell, Table } from './msi-table.ts';

const START: Record<Service['start'], number> = { auto: 2, delayed: 2, demand: 3, disabled: 4 };

/** ServiceInstall, ServiceControl and the tables that configure services further. */
export function serviceTables(model: InstallerModel): Table[] {
  const component = ({ program }: Service) => fileComponent(model, program);
  return [
    installTable(model.services, component),
    controlTable(model.services, component),
    ...configurationTables(model.services, component),
  ];
}

type ComponentOf = (service: Service) => string;

// A list in one cell: items separated by nulls and ended by two.
function nullSeparated(items: readonly string[]): string {
  return items.length === 0 ? '' : `${items.join('[~]')}[~][~]`;
}

function installTable(services: readonly Service[], component: ComponentOf): Table {
  return {
    name: 'ServiceInstall',
    columns: [
      ['ServiceInstall', 's72'],
      ['Name', 's255'],
      ['DisplayName', 'L255'],
      ['ServiceType', 'i4'],
      ['StartType', 'i4'],
      ['ErrorControl', 'i4'],
      ['LoadOrderGroup', 'S255'],
      ['Dependencies', 'S255'],
      ['StartName', 'S255'],
      ['Password', 'S255'],
      ['Arguments', 'S255'],
      ['Component_', 's72'],
      ['Description', 'L255'],
    ],
    keys: 1,
    rows: services.map((service) => [
      `S_${service.name}`,
      service.name,
      msiText(service.title),
      16, // a process of its own
      START[service.start],
      1 + 32768, // log errors at start; an installation without the service fails
      '',
      nullSeparated(service.dependsOn),
      service.account === 'LocalSystem' ? '' : `NT AUTHORITY\\${service.account}`,
      '',
      msiText(service.arguments),
      component(service),
      msiText(service.description),
    ]),
  };
}

function controlTable(services: readonly Service[], component: ComponentOf): Table {
  // 2 and 32: stop before files change, 128: delete on uninstall, 1: start after installing.
  const always = 2 + 32 + 128;
  return {
    name: 'ServiceControl',
    columns: [
      ['ServiceControl', 's72'],
      ['Name', 'l255'],
      ['Event', 'i2'],
      ['Arguments', 'L255'],
      ['Wait', 'I2'],
      ['Component_', 's72'],
    ],
    keys: 1,
    rows: services.map((service) => [
      `S_${service.name}`,
      service.name,
      service.start === 'auto' || service.start === 'delayed' ? always + 1 : always,
      '',
      1,
      component(service),
    ]),
  };
}

function configurationTables(services: readonly Service[], component: ComponentOf): Table[] {
  const delayed = services.filter(({ start }) => start === 'delayed');
  const restarting = services.filter(({ restartAfterMs }) => restartAfterMs.length > 0);
  const installed = 1; // when the component is installed
  return [
    {
      name: 'MsiServiceConfig',
      columns: [
        ['MsiServiceConfig', 's72'],
        ['Name', 's255'],
        ['Event', 'i4'],
        ['ConfigType', 'i4'],
        ['Argument', 'S0'],
        ['Component_', 's72'],
      ],
      keys: 1,
      // 3: SERVICE_CONFIG_DELAYED_AUTO_START_INFO
      rows: delayed.map((service) => [
        `S_${service.name}`,
        service.name,
        installed,
        3,
        '1',
        component(service),
      ]),
    },
    {
      name: 'MsiServiceConfigFailureActions',
      columns: [
        ['MsiServiceConfigFailureActions', 's72'],
        ['Name', 's255'],
        ['Event', 'i4'],
        ['ResetPeriod', 'I4'],
        ['RebootMessage', 'L255'],
        ['Command', 'L255'],
        ['Actions', 'S0'],
        ['DelayActions', 'S0'],
        ['Component_', 's72'],
      ],
      keys: 1,
      rows: restarting.map((service) => [
        `S_${service.name}`,
        service.name,
        installed,
        86_400, // failures are counted anew after a day without one, as setup.exe does
        '',
        '',
        service.restartAfterMs.map(() => '1').join('[~]'),
        service.restartAfterMs.join('[~]'),
        component(service),
      ]),
    },
  ];
}

const SHORTCUT_DIRECTORY: Record<Shortcut['where'], string> = {
  'start-menu': 'StartMenu',
  desktop: 'DesktopFolder',
  startup: 'StartupFolder',
};

/** Shortcut, and RemoveFile for the start menu's directory. */
export function shortcutTables(model: InstallerModel): Table[] {
  const rows = model.shortcuts.map(
    ({ name, program, arguments: given, description, where }, index): Cell[] => {
      const target = msiText(program.replaceAll('/', '\\'));
      return [
        `S_${index}`,
        SHORTCUT_DIRECTORY[where],
        name,
        fileComponent(model, program),
        `[INSTALLDIR]${target}`,
        msiText(given),
        description,
        '',
        '',
        '',
        1, // a normal window
        directoryOf(model, program),
      ];
    },
  );
  const inMenu = model.shortcuts.filter(({ where }) => where === 'start-menu');
  return [
    {
      name: 'Shortcut',
      columns: [
        ['Shortcut', 's72'],
        ['Directory_', 's72'],
        ['Name', 'l128'],
        ['Component_', 's72'],
        ['Target', 's72'],
        ['Arguments', 'S255'],
        ['Description', 'L255'],
        ['Hotkey', 'I2'],
        ['Icon_', 'S72'],
        ['IconIndex', 'I2'],
        ['ShowCmd', 'I2'],
        ['WkDir', 'S72'],
      ],
      keys: 1,
      rows,
    },
    {
      name: 'RemoveFile',
      columns: [
        ['FileKey', 's72'],
        ['Component_', 's72'],
        ['FileName', 'L255'],
        ['DirProperty', 's72'],
        ['InstallMode', 'i2'],
      ],
      keys: 1,
      // Without a file name: the directory, when it is empty. 2: when the component goes.
      rows: inMenu
        .slice(0, 1)
        .map(({ program }) => ['F_StartMenu', fileComponent(model, program), '', 'StartMenu', 2]),
    },
  ];
}
