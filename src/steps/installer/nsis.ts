// product.nsh: the part of an NSIS installer that differs between products. setup.nsi is the rest.
import { nsisText } from './escape.ts';
import type { InstallerModel } from './model.ts';
import {
  commands,
  listed,
  migration,
  pathEntries,
  register,
  unlisted,
  unregister,
} from './nsis-registration.ts';
import { insertWhenDefined, label, macro, section, when } from './nsis-words.ts';

/** The text of product.nsh. Untrusted text is in quoted strings of single commands, see `nsisText`. */
export function nsisDefinitions(model: InstallerModel): string {
  const { features, prerequisites, migrations } = model;
  return [
    '; Written by nsis.ts.',
    ...defines(model),
    macro('ProductTexts', texts(model)),
    macro('ProductResources', resources(model)),
    macro('ProductSections', sections(model)),
    macro('ProductCheckPayloads', features.flatMap(checkPayloads)),
    macro('ProductSelect', features.filter(({ required }) => !required).flatMap(selectFeature)),
    macro('ProductFeatures', features.flatMap(listFeature)),
    macro('ProductRecommendations', prerequisites.recommended.flatMap(recommendation)),
    macro('ProductRegister', register(model)),
    macro('ProductUnregister', unregister(model)),
    macro('ProductPath UN verb', pathEntries(model)),
    macro('ProductCommandsRegister UN', commands(model, 'register')),
    macro('ProductCommandsUnregister UN', commands(model, 'unregister')),
    macro('ProductCommandsRemove UN', commands(model, 'remove')),
    macro('ProductMigrations', migrations.flatMap(migration)),
    macro('ProductListed', listed(model)),
    macro('ProductUnlisted', unlisted()),
    '',
  ].join('\n');
}

// Only values whose schema leaves no special character; everything else is a text.
function defines(model: InstallerModel): string[] {
  const [first = 'machine'] = model.scopes;
  const both = model.scopes.length > 1;
  const alone = first === 'machine' ? 'admin' : 'user';
  const closed = model.data.closed.map((path) => ` --closed "${path}"`).join('');
  return [
    `!define PRODUCT_ID "${model.name}"`,
    `!define VERSION "${model.version}"`,
    `!define WINDOWS_BUILD ${model.prerequisites.windowsBuild}`,
    `!define DIRECTORY "${model.directory}"`,
    `!define DATA_DIRECTORY "${model.data.directory}"`,
    `!define CLOSED '${closed}'`,
    `!define DEFAULT_SCOPE ${first}`,
    ...(both ? ['!define BOTH_SCOPES'] : []),
    `!define EXECUTION_LEVEL ${both ? 'highest' : alone}`,
  ];
}

/** The texts that setup.nsi shows, by name. */
function wording({ title, version, scopes, prerequisites }: InstallerModel): Record<string, string> {
  const build = prerequisites.windowsBuild;
  const alone = scopes[0] === 'machine' ? 'for all users' : 'for one user';
  const instead = scopes.includes('user') ? ', or add /CurrentUser' : '';
  return {
    BUSY: `Another installation of ${title} is running. Wait until it has ended, then try again.`,
    OLD_WINDOWS: `${title} needs Windows build ${build} or newer. Update Windows, then try again.`,
    TWO_SCOPES: 'Choose one of /AllUsers and /CurrentUser.',
    ONE_SCOPE: `${title} can be installed ${alone} only.`,
    OTHER_SCOPE: `${title} is installed already, and not for the users chosen now. Uninstall it first, or leave out /AllUsers and /CurrentUser.`,
    NEEDS_ADMINISTRATOR: `Installing ${title} for all users needs an administrator. Start this program as one${instead}.`,
    BY_MSI: `${title} was installed by Windows Installer. Upgrade it with its .msi file, or uninstall it first.`,
    NEWER: `A newer version of ${title} is installed. It is not replaced by ${version}; uninstall it first.`,
    MOVED: `${title} is installed in another directory and is not moved. Leave out /D=, or uninstall it first.`,
    SCOPE_TITLE: 'Users',
    SCOPE_SUBTITLE: `Who will use ${title}?`,
    SCOPE_MACHINE: 'All users of this computer, with its services',
    SCOPE_USER: 'Only me, without services',
    STEP_FAILED: 'A step of the installation failed; the details say which.',
    REGISTRY_FAILED: 'The registry or a shortcut cannot be written.',
    STOP_FAILED: `Services of ${title} cannot be stopped. Close programs that use them, then try again.`,
    TAKEN_BACK: 'Everything was put back as it was before.',
    DONE: 'Done.',
    PURGE_TITLE: 'Domains and settings',
    PURGE_SUBTITLE: 'They stay on this computer unless you say otherwise.',
    PURGE: 'Delete all domains, their files, and all settings',
  };
}

function texts(model: InstallerModel): string[] {
  const { title, registryKey, data, features } = model;
  const all = {
    NAME: title,
    // Some places take `&` for the mark of a shortcut key.
    NAME_AMPERSANDS: title.replaceAll('&', '&&'),
    KEY: registryKey,
    PUBLISHER_KEY: registryKey.slice(0, registryKey.lastIndexOf('\\')),
    DATA_KEY: data.key,
    ...wording(model),
    ...Object.fromEntries(
      features.map((each) => [`FEATURE_${label(each.id)}`, each.description || each.title]),
    ),
  };
  return Object.entries(all).map(([name, text]) => `LangString TEXT_${name} 1033 "${nsisText(text)}"`);
}

// Version resource; Windows wants four numbers.
function resources({ title, version, publisher }: InstallerModel): string[] {
  const strings = {
    ProductName: title,
    ProductVersion: version,
    FileVersion: version,
    FileDescription: `${title} setup`,
    CompanyName: publisher,
    LegalCopyright: publisher,
  };
  return [
    `VIProductVersion "${version}.0"`,
    `VIFileVersion "${version}.0"`,
    ...Object.entries(strings).map(
      ([name, text]) => `VIAddVersionKey /LANG=1033 "${name}" "${nsisText(text)}"`,
    ),
  ];
}

type Feature = InstallerModel['features'][number];

function sections({ features }: InstallerModel): string[] {
  return [
    ...features.flatMap(({ id, title, required, selected }) => [
      `Section ${selected || required ? '' : '/o '}"${nsisText(title)}" SECTION_${label(id)}`,
      ...(required ? ['SectionIn RO'] : []),
      ...insertWhenDefined(`Files_${label(id)}`),
      ...insertWhenDefined(`PlacePayloads_${label(id)}`),
      'SectionEnd',
    ]),
    '!insertmacro MUI_FUNCTION_DESCRIPTION_BEGIN',
    ...features.map(
      ({ id }) => `!insertmacro MUI_DESCRIPTION_TEXT ${section(id)} "$(TEXT_FEATURE_${label(id)})"`,
    ),
    '!insertmacro MUI_FUNCTION_DESCRIPTION_END',
  ];
}

function checkPayloads({ id }: Feature): string[] {
  return when(`\${SectionIsSelected} ${section(id)}`, insertWhenDefined(`CheckPayloads_${label(id)}`));
}

// $0 holds the wanted features between commas.
function selectFeature({ id }: Feature): string[] {
  return [
    `\${WordFind} "$0" ",${id}," "E+1{" $1`,
    ...when(
      `\${Errors}`,
      [`!insertmacro UnselectSection ${section(id)}`],
      [`!insertmacro SelectSection ${section(id)}`],
    ),
    'ClearErrors',
  ];
}

// Appends the feature to $0 when it is installed.
function listFeature({ id }: Feature): string[] {
  return when(`\${SectionIsSelected} ${section(id)}`, [
    ...when('$0 != ""', ['StrCpy $0 "$0,"']),
    `StrCpy $0 "$0${id}"`,
  ]);
}

function recommendation({
  key,
  value,
  message,
}: InstallerModel['prerequisites']['recommended'][number]): string[] {
  return [
    `ReadRegStr $0 HKLM "${nsisText(key)}" "${nsisText(value)}"`,
    ...when('$0 == ""', [
      `Push "${nsisText(message)}"`,
      'Call Log',
      `MessageBox MB_OK|MB_ICONEXCLAMATION "${nsisText(message)}" /SD IDOK`,
    ]),
    'ClearErrors',
  ];
}
