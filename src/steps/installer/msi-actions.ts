// An MSI's own actions: programs that run inside of its transaction, and the order of everything.
import { msiTemplate, msiText, quoteArgument } from './escape.ts';
import type { InstallerModel } from './model.ts';
import { fileComponent, payloadComponent } from './msi-names.ts';
import { AT, executeSequence, type SequenceRow } from './msi-sequence.ts';
import type { Table } from './msi-table.ts';

/*
 * Types of custom actions (Windows Installer reference): 2 starts a program from the Binary table, 34 one at a
 * path; 51 sets a property. 1024: within the transaction, 2048: as the system, 256: when a later step fails,
 * 64: its own failure is ignored.
 */
const IN_TRANSACTION = 1024 + 2048;
const HELPER = 2 + IN_TRANSACTION;
const HELPER_ROLLBACK = HELPER + 256 + 64;
const PROGRAM = 34 + IN_TRANSACTION;
const PROGRAM_THAT_MAY_FAIL = PROGRAM + 64;
const PROGRAM_ROLLBACK = PROGRAM + 256 + 64;
const SET_PROPERTY = 51;

/** An argument in a Formatted column; a directory's last backslash must not escape the quote. */
function argument(text: string): string {
  return `"${msiTemplate(quoteArgument(text).replace(/\{install\}$/, '{install}.'))}"`;
}

function commandLine(program: string, given: readonly string[]): string {
  return [`{install}\\${program.replaceAll('/', '\\')}`, ...given].map(argument).join(' ');
}

type OwnAction = readonly [
  name: string,
  type: number,
  source: string,
  target: string,
  condition: string,
  at: number,
];

const INSTALLING = 'NOT REMOVE = "ALL"';
const REMOVING = 'REMOVE = "ALL" AND NOT UPGRADINGPRODUCTCODE';

/** Where the product and its data are: what was chosen before, else what the person says, else the default. */
function directoryActions({ data }: InstallerModel): OwnAction[] {
  const fallback = `[CommonAppDataFolder]${msiText(data.directory)}`;
  return [
    ['SetInstallDir', SET_PROPERTY, 'INSTALLDIR', '[PREVIOUSDIR]', 'PREVIOUSDIR', AT.directories],
    ['SetPreviousData', SET_PROPERTY, 'DATADIR', '[PREVIOUSDATA]', 'PREVIOUSDATA', AT.directories + 1],
    ['SetData', SET_PROPERTY, 'DATADIR', fallback, 'NOT DATADIR', AT.directories + 2],
  ];
}

/** Seeding, settling, releasing and purging the data directory through the helper. */
function dataActions(model: InstallerModel): OwnAction[] {
  // A directory's path may end with a backslash, which would escape the quote: hence the dot.
  const at = '--data "[DATADIR]\\."';
  const data = `${at} --id ${model.name}`;
  const closed = model.data.closed.map((path) => ` --closed "${path}"`).join('');
  const purge = `purge ${data} --machine --key "${msiText(model.data.key)}"`;
  return [
    ['TakeSeedBack', HELPER_ROLLBACK, 'Helper', `unseed ${at}`, INSTALLING, AT.seed],
    [
      'Seed',
      HELPER,
      'Helper',
      `seed ${data} --defaults "[INSTALLDIR]defaults"${closed}`,
      INSTALLING,
      AT.seed + 1,
    ],
    ['Settle', HELPER, 'Helper', `settle ${at}`, INSTALLING, AT.settle],
    ['Release', HELPER, 'Helper', `release ${data}`, REMOVING, AT.release],
    ['Purge', HELPER, 'Helper', purge, `${REMOVING} AND PURGE = "1"`, AT.purge],
  ];
}

function migrationActions({ migrations }: InstallerModel): OwnAction[] {
  const condition = `PREVIOUSVERSION AND ${INSTALLING}`;
  return migrations.map((migration, index) => {
    const { before } = migration;
    const program = commandLine(migration.program, migration.arguments);
    const target = `run-if-older --from [PREVIOUSVERSION] --before ${before} -- ${program}`;
    return [`Migrate_${index}`, HELPER, 'Helper', target, condition, AT.migrations + index];
  });
}

/** Commands of components. Taking one back is the command that undoes it, whose own failure is ignored. */
function commandActions(model: InstallerModel): OwnAction[] {
  return model.commands.flatMap(
    ({ program, scope, payload, register, unregister, remove }, index): OwnAction[] => {
      if (scope === 'user') return [];
      // The component of program or payload comes (3) or goes (2), with its feature or with the product.
      const component = payload === undefined ? fileComponent(model, program) : payloadComponent(payload);
      const coming = `$${component} = 3`;
      const going = `$${component} = 2`;
      const final = `${going} AND NOT UPGRADINGPRODUCTCODE`;
      const late = AT.unregister + 2 * (model.commands.length - 1 - index);
      const action = (
        name: string,
        type: number,
        given: readonly string[] | undefined,
        condition: string,
        at: number,
      ): OwnAction[] =>
        given === undefined
          ? []
          : [[`${name}_${index}`, type, 'INSTALLDIR', commandLine(program, given), condition, at]];
      return [
        ...action('TakeRegistrationBack', PROGRAM_ROLLBACK, unregister, coming, AT.register + 2 * index),
        ...action('Register', PROGRAM, register, coming, AT.register + 2 * index + 1),
        ...action('TakeUnregistrationBack', PROGRAM_ROLLBACK, register, going, late),
        ...action('Unregister', PROGRAM_THAT_MAY_FAIL, unregister, going, late + 1),
        ...action('Remove', PROGRAM_THAT_MAY_FAIL, remove, final, AT.remove + index),
      ];
    },
  );
}

/** `CustomAction` and `InstallExecuteSequence`, without the actions of payloads, which msi-files.pl adds. */
export function actionTables(model: InstallerModel): Table[] {
  const actions = [
    ...directoryActions(model),
    ...dataActions(model),
    ...migrationActions(model),
    ...commandActions(model),
  ];
  return [
    {
      name: 'CustomAction',
      columns: [
        ['Action', 's72'],
        ['Type', 'i2'],
        ['Source', 'S72'],
        ['Target', 'S0'],
        ['ExtendedType', 'I4'],
      ],
      keys: 1,
      rows: actions.map(([name, type, source, target]) => [name, type, source, target, '']),
    },
    {
      name: 'InstallExecuteSequence',
      columns: [
        ['Action', 's72'],
        ['Condition', 'S255'],
        ['Sequence', 'I2'],
      ],
      keys: 1,
      rows: executeSequence(actions.map(([name, , , , condition, at]): SequenceRow => [name, condition, at])),
    },
  ];
}
