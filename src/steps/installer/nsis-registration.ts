// What an NSIS installer tells Windows about a product: registry, shortcuts, PATH, the list of programs.
import { compareCodeUnits } from '../../base/canonical.ts';
import { nsisTemplate, nsisText } from './escape.ts';
import type { InstallerModel, Migration, RegistryValue, Service, Shortcut } from './model.ts';
import { argument, perFeature, when, windowsPath } from './nsis-words.ts';

const UNINSTALL = `Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\\${PRODUCT_ID}`;
const RUN = 'Software\\Microsoft\\Windows\\CurrentVersion\\Run';

/** Keys that belong to Windows and are never removed, in lower case. */
const SHARED_KEYS = new Set(['software', 'software\\classes', 'software\\registeredapplications']);
const SHARED_BRANCH = 'software\\microsoft';

/** Sets $Failed when something cannot be written. */
export function register(model: InstallerModel): string[] {
  const noted = when(`\${Errors}`, ['StrCpy $Failed 1']);
  return [
    ...perFeature(model, model.registry, (value) => [writeValue(value)], noted),
    ...perFeature(model, model.shortcuts, (shortcut) => makeShortcut(shortcut, model), noted),
    ...perFeature(model, model.services, runAtLogon, noted),
  ];
}

export function unregister(model: InstallerModel): string[] {
  const values = model.registry.filter(({ keep }) => !keep);
  const keys = [...new Set(values.flatMap(({ key }) => removableKeys(key)))];
  keys.sort((a, b) => b.split('\\').length - a.split('\\').length || compareCodeUnits(a, b));
  const inMenu = model.shortcuts.some(({ where }) => where === 'start-menu');
  return [
    ...values.map(({ key, name = '' }) => `DeleteRegValue SHCTX "${nsisText(key)}" "${nsisText(name)}"`),
    ...keys.map((key) => `DeleteRegKey /ifempty SHCTX "${nsisText(key)}"`),
    ...model.shortcuts.map((shortcut) => `Delete "${shortcutFile(shortcut, model)}"`),
    ...(inMenu ? [`RMDir "${SHORTCUT_DIRECTORY['start-menu'](model)}"`] : []),
    ...model.services.flatMap(({ name, perUser }) =>
      perUser === undefined ? [] : [`DeleteRegValue HKCU "${RUN}" "${name}"`],
    ),
  ];
}

function writeValue({ key, name = '', value }: RegistryValue): string {
  const at = `SHCTX "${nsisText(key)}" "${nsisText(name)}"`;
  return typeof value === 'number'
    ? `WriteRegDWORD ${at} ${value}`
    : `WriteRegStr ${at} "${nsisTemplate(value)}"`;
}

/** A key and those above it that may go when they are empty. */
function removableKeys(key: string): string[] {
  const parts = key.split('\\');
  return parts
    .map((_, index) => parts.slice(0, index + 1).join('\\'))
    .filter((above) => {
      const folded = above.toLowerCase();
      return !SHARED_KEYS.has(folded) && !`${folded}\\`.startsWith(`${SHARED_BRANCH}\\`);
    });
}

const SHORTCUT_DIRECTORY: Record<Shortcut['where'], (model: InstallerModel) => string> = {
  'start-menu': ({ menu }) => `$SMPROGRAMS\\${nsisText(menu)}`,
  desktop: () => '$DESKTOP',
  startup: () => '$SMSTARTUP',
};

function shortcutFile(shortcut: Shortcut, model: InstallerModel): string {
  return `${SHORTCUT_DIRECTORY[shortcut.where](model)}\\${nsisText(shortcut.name)}.lnk`;
}

function makeShortcut(shortcut: Shortcut, model: InstallerModel): string[] {
  const program = `$INSTDIR\\${nsisText(windowsPath(shortcut.program))}`;
  const directory = SHORTCUT_DIRECTORY[shortcut.where](model);
  const given = nsisText(shortcut.arguments);
  const description = nsisText(shortcut.description);
  return [
    ...(shortcut.where === 'start-menu' ? [`CreateDirectory "${directory}"`] : []),
    // The shortcut starts its program in the current output directory.
    `SetOutPath "${program.slice(0, program.lastIndexOf('\\'))}"`,
    `CreateShortcut "${shortcutFile(shortcut, model)}" "${program}" "${given}" "" "" SW_SHOWNORMAL "" "${description}"`,
    'SetOutPath "$TEMP"',
  ];
}

// One user may not create services: programs that can do without run at logon instead.
function runAtLogon({ name, program, perUser }: Service): string[] {
  if (perUser === undefined) return [];
  const command = `$\\"$INSTDIR\\${nsisText(windowsPath(program))}$\\" ${nsisText(perUser)}`.trimEnd();
  return when('$Scope == user', [`WriteRegStr HKCU "${RUN}" "${name}" "${command}"`]);
}

/** Runs the helper's verb, given to the macro, for each directory of PATH. */
export function pathEntries(model: InstallerModel): string[] {
  return perFeature(model, model.path, ({ directory }) => [
    ...when(
      '$Scope == machine',
      [`Push '\${verb} --machine --directory "$INSTDIR\\${windowsPath(directory)}"'`],
      [`Push '\${verb} --directory "$INSTDIR\\${windowsPath(directory)}"'`],
    ),
    `Call \${UN}TryHelper`,
    'Pop $0',
  ]);
}

/** Runs the programs of one moment. A failure to register sets $Failed; others are in the log only. */
export function commands(model: InstallerModel, moment: 'register' | 'unregister' | 'remove'): string[] {
  const ordered = moment === 'register' ? model.commands : model.commands.toReversed();
  return perFeature(model, ordered, ({ program, scope, [moment]: given }) => {
    if (given === undefined) return [];
    const words = [`{install}\\${windowsPath(program)}`, ...given].map(argument);
    const run = [
      `Push "${words.join(' ')}"`,
      `Call \${UN}Run`,
      'Pop $0',
      ...(moment === 'register' ? when('$0 != 0', ['StrCpy $Failed 1']) : []),
    ];
    return scope === undefined ? run : when(`$Scope == ${scope}`, run);
  });
}

export function migration({ before, program, arguments: given }: Migration): string[] {
  const words = [`{install}\\${windowsPath(program)}`, ...given].map(argument);
  return when('$Before != ""', [
    `Push "run-if-older --from $Before --before ${before} -- ${words.join(' ')}"`,
    'Call Helper',
  ]);
}

/** The list of installed programs in Windows' settings. */
export function listed({ title, version, publisher, links }: InstallerModel): string[] {
  const texts: Record<string, string | undefined> = {
    DisplayName: nsisText(title),
    DisplayVersion: version,
    Publisher: nsisText(publisher),
    InstallLocation: '$INSTDIR',
    UninstallString: '$\\"$INSTDIR\\uninstall.exe$\\"',
    QuietUninstallString: '$\\"$INSTDIR\\uninstall.exe$\\" /S',
    DisplayIcon: '$\\"$INSTDIR\\uninstall.exe$\\"',
    URLInfoAbout: links.about && nsisText(links.about),
    HelpLink: links.help && nsisText(links.help),
    URLUpdateInfo: links.updates && nsisText(links.updates),
  };
  return [
    ...Object.entries(texts).flatMap(([name, text]) =>
      text === undefined ? [] : [`WriteRegStr SHCTX "${UNINSTALL}" "${name}" "${text}"`],
    ),
    `WriteRegDWORD SHCTX "${UNINSTALL}" "NoModify" 1`,
    `WriteRegDWORD SHCTX "${UNINSTALL}" "NoRepair" 1`,
    `WriteRegDWORD SHCTX "${UNINSTALL}" "EstimatedSize" \${SIZE_KB}`,
  ];
}

export function unlisted(): string[] {
  return [`DeleteRegKey SHCTX "${UNINSTALL}"`];
}
